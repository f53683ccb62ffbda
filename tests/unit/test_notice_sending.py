"""The sending of notices: claim, send and note; pauses, rests, giving up, faults; against an outbox in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from structlog.testing import capture_logs

from callcentre.notice_sending import IDLE_S, LONGEST_REST_S, THROTTLED_S, Gateway, NoticeSending, pause_s
from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.money import Kopecks
from customers.notice_texts import CodeText, ReceiptText
from customers.notices import Notice, NoticeId, Way, notice_of
from customers.ports import CustomersUnavailable
from database.notices import Claimed
from gateways.errors import CannotSend, NeverSent, Throttled

NOW = Instant(1_795_424_400_000)
PHONE = PhoneNumber("+79123456789")


def claimed(name: str = "a", attempts: int = 0) -> Claimed:
    content = ReceiptText(Kopecks(100), "7", date(2026, 12, 1)) if name != "code" else CodeText("048213", 5)
    return Claimed(notice_of(NoticeId(name), PHONE, content, Language.RU, NOW), f"claim-{name}", attempts)


@dataclass(slots=True)
class FakeOutbox:
    """`away`: what raises CustomersUnavailable."""

    due: list[Claimed]
    noted: list[tuple[str, str | None, Instant | None]] = field(default_factory=list)
    away: set[str] = field(default_factory=set)

    def claim(self, way: Way, now: Instant) -> Claimed | None:
        self._ask("claim")
        return self.due.pop(0) if self.due else None

    def sent(self, claimed: Claimed, gateway_id: str | None, now: Instant) -> None:
        self._ask("sent")
        self.noted.append((claimed.notice.notice_id, gateway_id, None))

    def not_sent(self, claimed: Claimed, fault: str, again_at: Instant | None, now: Instant) -> None:
        self._ask("not_sent")
        self.noted.append((claimed.notice.notice_id, fault, again_at))

    def _ask(self, what: str) -> None:
        if what in self.away:
            raise CustomersUnavailable("away")


@dataclass(slots=True)
class Rig:
    outbox: FakeOutbox
    faults: list[Exception | None] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    kept: int = 0

    def now(self) -> Instant:
        return NOW

    def sending(self, keep: Callable[[], None] | None = None) -> NoticeSending:
        return NoticeSending(self.outbox, Gateway(Way.SMS, self.send, keep or self.keep), self)

    def send(self, notice: Notice, now: Instant) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append(notice.notice_id)
        return f"gw-{notice.notice_id}"

    def keep(self) -> None:
        self.kept += 1


def test_what_is_sent_is_noted_with_the_gateways_id_and_the_next_follows_at_once() -> None:
    rig = Rig(FakeOutbox([claimed("a"), claimed("b")]))
    sending = rig.sending()
    assert [sending.step(), sending.step(), sending.step()] == [0.0, 0.0, IDLE_S]
    assert rig.outbox.noted == [("a", "gw-a", None), ("b", "gw-b", None)]
    assert rig.kept == 1


def test_what_was_sent_and_could_not_be_noted_is_noted_before_anything_else() -> None:
    rig = Rig(FakeOutbox([claimed("a"), claimed("b")], away={"sent"}))
    sending = rig.sending()
    for _ in range(3):
        assert sending.step() > 0
    assert rig.sent == ["a"], "nothing is sent twice, nothing else is begun"
    rig.outbox.away.clear()
    sending.step()
    assert [name for name, _, _ in rig.outbox.noted] == ["a", "b"]


def test_a_gateway_that_is_away_rests_longer_each_time_until_it_is_back() -> None:
    away = CannotSend("The line to the SMS gateway failed (TimeoutError).")
    rig = Rig(FakeOutbox([claimed(str(n)) for n in range(9)]), faults=[away] * 8)
    sending = rig.sending()
    rests = [sending.step() for _ in range(8)]
    assert rests == [0.5, 1, 2, 4, 8, LONGEST_REST_S, LONGEST_REST_S, LONGEST_REST_S]
    assert all(again_at is not None and again_at > NOW for _, _, again_at in rig.outbox.noted)
    assert sending.step() == 0.0
    rig.outbox.due, rig.faults = [claimed()], [away]
    assert sending.step() == 0.5


def test_a_full_gateway_gets_a_second() -> None:
    rig = Rig(FakeOutbox([claimed(attempts=7)]), faults=[Throttled("full")])
    assert rig.sending().step() == THROTTLED_S
    assert rig.outbox.noted == [("a", "full", after(NOW, THROTTLED_S))]


def test_what_is_never_taken_is_given_up_and_holds_up_nothing() -> None:
    rig = Rig(FakeOutbox([claimed()]), faults=[NeverSent("no such number")])
    assert rig.sending().step() == 0.0
    assert rig.outbox.noted == [("a", "no such number", None)]


def test_a_fault_of_ours_stops_nothing_and_is_not_tried_at_once() -> None:
    rig = Rig(FakeOutbox([claimed("a"), claimed("b")]), faults=[ZeroDivisionError("048213")])
    sending = rig.sending()
    sending.step()
    sending.step()
    assert rig.outbox.noted[0][2] == after(NOW, 60)
    assert rig.outbox.noted[1][0] == "b"


@pytest.mark.parametrize("away", ["claim", "not_sent"])
def test_without_the_database_it_waits(away: str) -> None:
    rig = Rig(FakeOutbox([claimed()], away={away}), faults=[CannotSend("x")])
    assert rig.sending().step() > 0


def test_a_dead_line_is_noticed_while_nothing_is_sent() -> None:
    def dead() -> None:
        raise CannotSend("dead")

    assert Rig(FakeOutbox([])).sending(dead).step() == 0.5


def test_no_log_holds_a_number_or_a_text() -> None:
    faults: list[Exception | None] = [CannotSend("x"), NeverSent("x"), ValueError("Код 048213 +79123456789"), None]
    rig = Rig(FakeOutbox([claimed("code") for _ in faults]), faults=faults)
    sending = rig.sending()
    with capture_logs() as logs:
        for _ in range(4):
            sending.step()
    assert len(logs) == 3
    assert "048213" not in str(logs)
    assert "3456789" not in str(logs)
    assert {entry["to"] for entry in logs} == {"…89"}


@pytest.mark.parametrize(("attempts", "least", "most"), [(0, 1.6, 2.4), (3, 12.8, 19.2), (99, 240, 360)])
def test_pauses_double_and_are_bounded(attempts: int, least: float, most: float) -> None:
    assert pause_s(attempts, 0) == pytest.approx(least)
    assert pause_s(attempts, 1) == pytest.approx(most)
