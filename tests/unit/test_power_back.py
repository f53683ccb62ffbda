"""Telling that power is back: in turn, at a bounded rate, by one process of all; nobody who answered is rung again."""

from collections.abc import Callable
from dataclasses import dataclass, field

from callcentre.power_back import AWAY_S, BUSY_S, IDLE_S, LEASE_S, MOST_TEXTS, PowerBack
from calls.clock import Instant, after
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.outgoing import (
    NothingOutside,
    OutgoingCall,
    OutgoingCalls,
    OutgoingKind,
    OutgoingRules,
    Refusal,
    count_refusal,
)
from customers import demo
from customers.notices import NoticeRules, Way
from customers.ports import CustomersUnavailable
from customers.watches import NewWatch, Watch, WatchId, WatchRules, WatchWay, next_try_at, tellable_at
from telephony.customer_ringing import CannotRing
from tests.kit.visits import NOW, StillClock

PHONE = PhoneNumber("+79123456789")


@dataclass(slots=True)
class Turns:
    """callcentre.power_back.Telling with so many wishes."""

    rings: int = 0
    texts: int = 0
    noted: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False

    def text(self, now: Instant) -> bool:
        self._up()
        self.texts -= 1
        return self.texts >= 0

    def claim(self, now: Instant) -> Watch | None:
        self._up()
        self.rings -= 1
        wish = NewWatch(1, PHONE, WatchWay.RING, Language.RU, demo.NABEREZHNAYA, "Europe/Moscow", CallId("source"))
        return Watch(WatchId("w"), wish, CallId(f"call-{self.rings}"), 1) if self.rings >= 0 else None

    def answered(self, call: CallId, now: Instant) -> None:
        self._note("answered", call)

    def not_answered(self, call: CallId, now: Instant) -> None:
        self._note("not_answered", call)

    def not_allowed(self, call: CallId, now: Instant) -> None:
        self._note("not_allowed", call)

    def let_claims_run_out(self, now: Instant) -> None:
        self._up()

    def _note(self, what: str, call: CallId) -> None:
        self._up()
        self.noted.append((what, call))

    def _up(self) -> None:
        if self.down:
            raise CustomersUnavailable("The watches were taken down by the test.")


@dataclass(slots=True)
class Bell:
    up: bool = True
    rung: list[CallId] = field(default_factory=list)
    broken: bool = False

    def ring(self, call: CallId, number: PhoneNumber, language: Language, for_s: float) -> None:
        if self.broken:
            raise CannotRing("The link was cut by the test.")
        self.rung.append(call)


@dataclass(slots=True)
class Permits:
    refusal: Refusal | None = None
    asked: list[OutgoingCall] = field(default_factory=list)

    def permit(self, call: OutgoingCall, now: Instant) -> Refusal | None:
        self.asked.append(call)
        return self.refusal


def telling(
    turns: Turns,
    bell: Bell | None = None,
    permits: OutgoingCalls | None = None,
    lead: Callable[[], bool] = lambda: True,
    clock: StillClock | None = None,
    drained: bool = False,
) -> PowerBack:
    return PowerBack(turns, lead, clock or StillClock(), bell, permits or Permits(), 35.0, 2.0, (), lambda: drained)


def test_calls_begin_no_faster_than_the_rate() -> None:
    turns, bell, clock = Turns(rings=3), Bell(), StillClock()
    power_back = telling(turns, bell, clock=clock)
    assert power_back.step() == 0.5
    power_back.step()
    assert bell.rung == ["call-2"], "half a second has not passed"
    clock.at = after(clock.at, 0.5)
    power_back.step()
    assert bell.rung == ["call-2", "call-1"]


def test_thousands_of_texts_keep_no_call_waiting() -> None:
    turns, bell = Turns(rings=1, texts=10_000), Bell()
    assert telling(turns, bell).step() == BUSY_S
    assert len(bell.rung) == 1
    assert turns.texts == 10_000 - MOST_TEXTS


def test_without_a_line_or_at_a_drained_node_only_texts_go_out() -> None:
    for bell, drained in ((None, False), (Bell(up=False), False), (Bell(), True)):
        turns = Turns(rings=1, texts=2)
        assert telling(turns, bell, drained=drained).step() == IDLE_S
        assert (turns.rings, turns.texts) == (1, -1)


def test_one_process_of_all_tells() -> None:
    asked: list[bool] = []
    turns, clock = Turns(texts=5), StillClock()

    def lead() -> bool:
        asked.append(True)
        return len(asked) > 1

    power_back = telling(turns, lead=lead, clock=clock)
    assert power_back.step() == AWAY_S
    assert turns.texts == 5
    power_back.step()
    power_back.step()
    assert len(asked) == 2, "the lease is not asked for at every step"
    clock.at = after(clock.at, LEASE_S / 3)
    power_back.step()
    assert len(asked) == 3


def test_what_became_of_a_call_is_noted_even_when_the_database_was_away() -> None:
    turns = Turns()
    power_back = telling(turns, Bell())
    power_back.told(CallId("a"), answered=True)
    power_back.told(CallId("b"), answered=False)
    turns.down = True
    assert power_back.step() == AWAY_S
    turns.down = False
    power_back.step()
    assert turns.noted == [("answered", "a"), ("not_answered", "b")]


def test_a_number_that_may_not_be_rung_is_not() -> None:
    for permits, noted in (
        (Permits(Refusal.NUMBER_LIMIT), "not_allowed"),
        (Permits(Refusal.COSTLY), "not_allowed"),
        (NothingOutside(), "not_answered"),
    ):
        turns, bell = Turns(rings=1), Bell()
        telling(turns, bell, permits).step()
        assert bell.rung == []
        assert turns.noted == [(noted, "call-0")]


def test_every_call_is_asked_for_and_counted() -> None:
    permits = Permits()
    telling(Turns(rings=1), Bell(), permits).step()
    (asked,) = permits.asked
    assert (asked.kind, asked.number, asked.call_id) == (OutgoingKind.POWER_BACK, PHONE, "call-0")
    rules = OutgoingRules(per_user=2, per_number=5)
    assert count_refusal(asked, by_actor=10_000, to_number=4, rules=rules) is None
    assert count_refusal(asked, by_actor=0, to_number=5, rules=rules) is Refusal.NUMBER_LIMIT


def test_a_link_that_breaks_leaves_the_claim_to_run_out() -> None:
    turns = Turns(rings=1)
    telling(turns, Bell(broken=True)).step()
    assert turns.noted == []


# --- the rules
RULES = WatchRules(from_hour=8, to_hour=22, tries=3, pause_s=600, notices=NoticeRules(frozenset(Way)))


def test_the_night_is_by_the_clock_of_the_place() -> None:
    # NOW is 11:00 in Moscow and 20:00 in Kamchatka.
    assert tellable_at(NOW, "Europe/Moscow", RULES) == NOW
    assert tellable_at(after(NOW, 7200), "Asia/Kamchatka", RULES) == after(NOW, 12 * 3600), "22:00 there: until 8:00"
    assert tellable_at(after(NOW, 14 * 3600), "Europe/Moscow", RULES) == after(NOW, 21 * 3600), "1:00: the same morning"


def test_tries_end() -> None:
    assert next_try_at(NOW, 2, RULES) == after(NOW, 600)
    assert next_try_at(NOW, 3, RULES) is None
