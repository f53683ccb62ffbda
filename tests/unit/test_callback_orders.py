"""An order of a callback: in the database first, then told; what is away is said, and nothing is lost or rung twice."""

from dataclasses import dataclass, field, replace

import pytest

from acd.errors import StoreUnavailable
from acd.events import CallbackCancelled, CallbackRequested, Event
from acd.queues import CallbackRules, FloorSettings
from callcentre.callback_orders import CallbackOrders
from calls.callback import Callback
from calls.clock import Instant, after
from calls.ids import CallId, ContactId, NodeId, QueueId
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingRules, number_refusal
from ivr.callbacks import CallbackOrder, CallbacksUnavailable
from tests.kit.floors import REPAIRS, SALES
from tests.kit.visits import NOW, StillClock

NUMBER = PhoneNumber("+79123456789")
CALL = CallId("01936b00-0000-7000-8000-000000000001")
ORDER = CallbackOrder(
    ContactId(CALL), CALL, SALES.queue_id, NUMBER, CallFacts(language=Language.EN), 30, NOW, after(NOW, 5),
    NodeId("one"),
)  # fmt: skip
DANGER = replace(REPAIRS, never_full=True, callback=CallbackRules(offered_after_s=1))


@dataclass
class Database:
    """Callbacks and settings; `away`: as if it could not be reached."""

    away: bool = False
    loads: int = 0
    kept: list[Callback] = field(default_factory=list)
    cancelled: list[PhoneNumber] = field(default_factory=list)

    def order(self, callback: Callback) -> None:
        self._check()
        self.kept.append(callback)

    def waits_for(self, number: PhoneNumber) -> bool:
        self._check()
        return any(callback.number == number for callback in self.kept)

    def cancel(self, number: PhoneNumber, at: Instant) -> None:
        self._check()
        self.cancelled.append(number)

    def load(self) -> FloorSettings:
        self._check()
        self.loads += 1
        return FloorSettings((DANGER, replace(SALES, callback=CallbackRules(offered_after_s=60))))

    def _check(self) -> None:
        if self.away:
            raise ConnectionError


@dataclass
class Engine:
    away: bool = False
    told: list[Event] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        if self.away:
            raise StoreUnavailable("The test took Redis away.")
        self.told.append(event)


def orders(database: Database, engine: Engine, clock: StillClock | None = None) -> CallbackOrders:
    return CallbackOrders(
        database,
        database,
        engine.tell,
        clock or StillClock(),
        lambda _queue, language: frozenset({language.value}),
        lambda number: number_refusal(number, OutgoingRules()) is None,
        (ConnectionError,),
    )


def test_it_is_kept_with_its_place_and_then_told() -> None:
    database, engine = Database(), Engine()
    orders(database, engine).order(ORDER)
    (kept,) = database.kept
    assert (kept.contact_id, kept.number, kept.enqueued_at, kept.skills) == (
        ORDER.contact_id,
        NUMBER,
        after(NOW, 5),
        frozenset({"en"}),
    )
    assert kept.callback_id != CALL
    assert engine.told == [CallbackRequested(kept)]


def test_an_engine_that_is_away_finds_it_in_the_database() -> None:
    database = Database()
    orders(database, Engine(away=True)).order(ORDER)
    assert len(database.kept) == 1


def test_what_the_database_does_not_take_is_not_promised() -> None:
    engine = Engine()
    with pytest.raises(CallbacksUnavailable):
        orders(Database(away=True), engine).order(ORDER)
    assert not engine.told


def test_a_cancellation_that_the_engine_does_not_hear_is_none() -> None:
    database, engine = Database(), Engine()
    orders(database, engine).cancel(NUMBER)
    assert (engine.told, database.cancelled) == ([CallbackCancelled(NUMBER)], [NUMBER])
    with pytest.raises(CallbacksUnavailable):
        orders(database, Engine(away=True)).cancel(NUMBER)
    assert database.cancelled == [NUMBER]


def test_it_is_offered_when_the_queue_says_so_and_never_in_danger_to_life() -> None:
    database, clock = Database(), StillClock()
    asked = orders(database, Engine(), clock)
    assert not asked.offered(SALES.queue_id, 59)
    assert asked.offered(SALES.queue_id, 60)
    assert not asked.offered(DANGER.queue_id, 600)
    assert not asked.offered(QueueId("unknown"), 600)
    assert asked.zone_of(SALES.queue_id) == SALES.zone
    assert database.loads == 1, "not a question of the database for each caller"
    clock.at = after(NOW, 6)
    database.away = True
    with pytest.raises(CallbacksUnavailable):
        asked.offered(SALES.queue_id, 60)


@pytest.mark.parametrize(
    ("number", "rung"),
    [(NUMBER, True), ("+74951234567", True), ("+78095000000", False), ("+442071838750", False), ("+7912", False)],
)
def test_costly_and_foreign_numbers_are_not_rung(number: str, rung: bool) -> None:
    assert orders(Database(), Engine()).may_ring(PhoneNumber(number)) is rung
