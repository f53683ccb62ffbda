"""The sending of alerts: pauses, giving up, faults; against an outbox in memory."""

from dataclasses import dataclass, field

import pytest

from acd.alerts import Alert, AlertId, AlertKind, AlertMessage
from acd.monitor.sending import GIVEN_UP_S, Sending, pause_s
from calls.clock import Instant, after
from gateways.errors import CannotSend

NOW = Instant(1_795_424_400_000)
ALERT = Alert(AlertId("longest_wait:general:1"), AlertKind.LONGEST_WAIT, "general", NOW, 90, 20)


class OutboxAway(Exception):
    pass


def letter(channel: str, tries: int = 0) -> AlertMessage:
    return AlertMessage(ALERT, "raised", channel, NOW, tries)


@dataclass(slots=True)
class FakeOutbox:
    due: list[AlertMessage]
    noted: list[tuple[str, str, Instant | None]] = field(default_factory=list)

    def claim(self, now: Instant) -> AlertMessage | None:
        return self.due.pop(0) if self.due else None

    def sent(self, message: AlertMessage, now: Instant) -> None:
        self.noted.append((message.channel, "sent", None))

    def not_sent(self, message: AlertMessage, fault: str, again_at: Instant | None) -> None:
        self.noted.append((message.channel, fault, again_at))


@dataclass(slots=True)
class Now:
    at: Instant = NOW

    def now(self) -> Instant:
        return self.at


def sending(outbox: FakeOutbox, fault: Exception | None, at: Instant = NOW) -> Sending:
    def send(message: object, now: Instant) -> None:
        if fault is not None:
            raise fault

    return Sending(outbox, {"webhook": send}, Now(at), CannotSend, OutboxAway)


def test_what_is_sent_is_noted() -> None:
    outbox = FakeOutbox([letter("webhook"), letter("webhook")])
    assert sending(outbox, None).send_due() == 2
    assert outbox.noted == [("webhook", "sent", None)] * 2


def test_what_is_refused_comes_again_later() -> None:
    outbox = FakeOutbox([letter("webhook", tries=3)])
    sending(outbox, CannotSend("The webhook answered 503.")).send_due()
    ((_, fault, again_at),) = outbox.noted
    assert fault == "The webhook answered 503."
    assert again_at is not None
    assert after(NOW, 0.8 * 40) <= again_at <= after(NOW, 1.2 * 40)


def test_after_a_day_it_is_given_up() -> None:
    outbox = FakeOutbox([letter("webhook", tries=99)])
    sending(outbox, CannotSend("no"), after(NOW, GIVEN_UP_S)).send_due()
    assert outbox.noted == [("webhook", "no", None)]


def test_a_channel_that_is_set_no_more_is_given_up() -> None:
    outbox = FakeOutbox([letter("mail")])
    sending(outbox, None).send_due()
    assert outbox.noted[0][2] is None


def test_a_fault_of_ours_stops_nothing() -> None:
    outbox = FakeOutbox([letter("webhook"), letter("webhook")])
    assert sending(outbox, ZeroDivisionError()).send_due() == 2
    assert [again_at for _, _, again_at in outbox.noted] == [after(NOW, 900)] * 2


@pytest.mark.parametrize(
    ("tries", "least", "most"), [(0, 4, 6), (1, 8, 12), (5, 128, 192), (8, 720, 1080), (999, 720, 1080)]
)
def test_pauses_double_and_are_bounded(tries: int, least: float, most: float) -> None:
    assert pause_s(tries, 0) == pytest.approx(least)
    assert pause_s(tries, 1) == pytest.approx(most)
