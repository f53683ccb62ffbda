"""Brute force of PINs against both databases: over many calls, numbers, processes and threads at once."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

import pytest
from sqlalchemy import delete, func, select, text, update

from calls.clock import NEVER, Instant, after
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber, PinAnswer, PinCheck
from customers.attempts import (
    ACCOUNT_TRIES,
    CLOSING_TRIES,
    DAY_S,
    HIDDEN_TRIES,
    HOUR_S,
    LEAST_LIMIT,
    NUMBER_TRIES,
    HouseTries,
    Standing,
    Watched,
)
from customers.ports import CustomersUnavailable, PinChoice, Pins
from database.attempt_tables import PinHourRow, PinTriesRow
from database.attempts import ACCOUNT_KEPT_S, CLOSED_KEPT_S, NUMBER_KEPT_S, AttemptWatch, DatabaseAttempts
from database.audit import DatabaseAudit
from database.bulk import insert_rows
from database.demo_data import load_demo
from database.engine import DatabaseUnavailable, Engine, open_engine, reading, writing
from database.pins import DatabasePins
from database.tables import AccountRow, PinRow
from tests.kit.databases import NOW, PIN_KEY, passwords
from tests.kit.fake_attempts import FakeAttempts
from tests.kit.fake_customers import demo_customers

VICTIM, OTHER = demo.IN_DEBT, demo.OVERPAID
CALLER = PhoneNumber("+73060009999")
WRONG = {f"{pin:04}" for pin in range(1, 1000)} - {VICTIM.pin}
THREADS = 8


class CountedPins(DatabasePins):
    """Knows how often a sealed PIN was really compared with what was keyed, and with which."""

    def __init__(self, engine: Engine, at_once: int = 2) -> None:
        super().__init__(engine, PIN_KEY, at_once, waiting=500, answer_s=60.0)
        self.lock = Lock()
        self.compared: Counter[str] = Counter()

    def _matches(self, sealed: str, told: bytes) -> bool:
        if sealed != self._decoy:
            with self.lock:
                self.compared[sealed] += 1
        return super()._matches(sealed, told)


@pytest.fixture
def supplier(engine: Engine) -> Engine:
    """A demo of one's own, whose counters may be filled."""
    load_demo(engine, 3, 1, PIN_KEY, passwords(), NOW, with_pin=1)
    return engine


@pytest.fixture
def pins(supplier: Engine) -> Iterator[CountedPins]:
    opened = CountedPins(supplier)
    yield opened
    opened.close()


def phone(number: int) -> PhoneNumber:
    return PhoneNumber(f"+7306{number:07}")


def at_once(act: Callable[[int], PinCheck], times: int) -> Counter[PinCheck]:
    with ThreadPoolExecutor(THREADS) as threads:
        return Counter(threads.map(act, range(times)))


def test_of_many_calls_at_once_an_account_is_tried_no_more_than_five_times(supplier: Engine, pins: CountedPins) -> None:
    """Two processes with pools of their own, a number of its own for every call."""
    others = CountedPins(supplier)
    guesses = sorted(WRONG)

    def call(number: int) -> PinCheck:
        asked = (pins, others)[number % 2]
        return asked.check(VICTIM.number, guesses[number], phone(number), NOW).result

    assert at_once(call, 60) == {PinCheck.WRONG: ACCOUNT_TRIES, PinCheck.LOCKED: 60 - ACCOUNT_TRIES}
    assert sum((pins.compared + others.compared).values()) == ACCOUNT_TRIES
    others.close()


def test_a_number_tries_ten_pins_a_day_over_all_accounts_and_all_its_calls_at_once(pins: CountedPins) -> None:
    accounts = [*(account.number for account in demo.FIXED), *(AccountNumber(f"44013{each:05}") for each in range(33))]
    results = at_once(lambda call: pins.check(accounts[call], "0000", CALLER, NOW).result, len(accounts))
    assert results[PinCheck.BLOCKED] == len(accounts) - NUMBER_TRIES
    assert sum(pins.compared.values()) == results[PinCheck.WRONG] <= NUMBER_TRIES
    assert pins.check(OTHER.number, OTHER.pin, CALLER, after(NOW, DAY_S - 1)).result is PinCheck.BLOCKED
    assert pins.check(OTHER.number, OTHER.pin, CALLER, after(NOW, DAY_S)).result is PinCheck.RIGHT


def test_callers_without_a_number_are_counted_together(pins: CountedPins) -> None:
    results = at_once(lambda call: pins.check(AccountNumber(f"44013{call:05}"), "0000", None, NOW).result, 40)
    assert results == {PinCheck.NO_SUCH_ACCOUNT: HIDDEN_TRIES, PinCheck.BLOCKED: 40 - HIDDEN_TRIES}
    assert pins.check(OTHER.number, OTHER.pin, phone(1), NOW).result is PinCheck.RIGHT


def test_the_right_pin_helps_nobody_once_the_account_is_locked(pins: CountedPins) -> None:
    for each in range(ACCOUNT_TRIES):
        pins.check(VICTIM.number, "0000", phone(each), NOW)
    assert pins.check(VICTIM.number, VICTIM.pin, phone(9), NOW).result is PinCheck.LOCKED
    assert pins.check(VICTIM.number, VICTIM.pin, phone(9), after(NOW, 1800)).result is PinCheck.RIGHT
    assert pins.check(VICTIM.number, "0000", phone(9), after(NOW, 1800)).result is PinCheck.WRONG


def test_a_search_of_weeks_is_checked_twenty_times_and_then_never(pins: CountedPins) -> None:
    """An attacker who comes back the moment each lock is over, from a new number each time."""
    now, calls = NOW, count()
    for _ in range(60):
        for _ in range(3):
            pins.check(VICTIM.number, "0000", phone(next(calls)), now)
        now = after(now, DAY_S)
    assert sum(pins.compared.values()) == CLOSING_TRIES
    assert pins.check(VICTIM.number, VICTIM.pin, phone(next(calls)), now).result is PinCheck.LOCKED
    assert pins.choose(VICTIM.number, "8305", PinChoice.RESET, now)
    assert pins.check(VICTIM.number, "8305", phone(next(calls)), now).result is PinCheck.RIGHT


def test_a_search_by_many_numbers_over_many_accounts_is_seen_and_slowed(supplier: Engine, pins: CountedPins) -> None:
    watch = AttemptWatch(supplier)

    def call(number: int) -> PinCheck:
        return pins.check(AccountNumber(f"44013{number:05}"), "0000", phone(number), NOW).result

    assert at_once(call, LEAST_LIMIT) == {PinCheck.NO_SUCH_ACCOUNT: LEAST_LIMIT}
    assert not watch.standing(NOW).house.searched
    slowed = pins.check(VICTIM.number, "0000", CALLER, NOW)
    assert (slowed.result, slowed.delay_s) == (PinCheck.WRONG, 8)
    assert watch.standing(NOW) == Standing(house=HouseTries(LEAST_LIMIT + 1, LEAST_LIMIT))
    assert pins.check(VICTIM.number, VICTIM.pin, CALLER, NOW).delay_s == 0, "who knows the PIN waits for nothing"
    assert watch.standing(NOW).house.wrong == LEAST_LIMIT + 1


def test_what_is_usual_here_is_learnt_from_the_hours_of_a_week(supplier: Engine) -> None:
    hours = [(NOW - NOW % 3_600_000 - past * 3_600_000, 40, 300) for past in range(1, 100)]
    with writing(supplier, DatabaseUnavailable) as connection:
        insert_rows(connection, PinHourRow, ("starts_at", "wrong", "most"), hours)
    assert AttemptWatch(supplier).standing(NOW).house.limit == 200
    DatabaseAttempts(supplier, PIN_KEY).begin(VICTIM.number, CALLER, NOW)
    assert AttemptWatch(supplier).standing(NOW).house.limit == 200


def test_supervisors_are_told_the_tail_and_the_count_of_what_is_locked(supplier: Engine, pins: CountedPins) -> None:
    for each in range(ACCOUNT_TRIES):
        pins.check(VICTIM.number, "0000", phone(each), NOW)
    for each in range(NUMBER_TRIES):
        pins.check(AccountNumber(f"44013{each:05}"), "0000", CALLER, NOW)
    standing = AttemptWatch(supplier).standing(NOW)
    assert standing.accounts == (Watched("0170", ACCOUNT_TRIES),)
    assert standing.numbers == (Watched("99", NUMBER_TRIES),)
    assert AttemptWatch(supplier).standing(after(NOW, DAY_S)).accounts == ()


def test_ten_thousand_locked_accounts_are_not_as_many_alarms(supplier: Engine) -> None:
    columns = ("kind", "subject", "tail", "wrong", "since", "until", "touched_at")
    rows = [("account", f"{each}", f"{each:04}", 5, 0, NOW + 1000 + each, NOW) for each in range(1000)]
    with writing(supplier, DatabaseUnavailable) as connection:
        insert_rows(connection, PinTriesRow, columns, rows)
    assert len(AttemptWatch(supplier).standing(NOW).accounts) == 10


def test_old_counters_are_erased_and_a_closed_pin_stays_closed(supplier: Engine, pins: CountedPins) -> None:
    attempts = DatabaseAttempts(supplier, PIN_KEY)
    attempts.begin(VICTIM.number, CALLER, NOW)
    attempts.begin(OTHER.number, None, NOW)
    with writing(supplier, DatabaseUnavailable) as connection:
        closed = update(PinTriesRow).where(PinTriesRow.tail == OTHER.number[-4:])
        connection.execute(closed.values(wrong=CLOSING_TRIES, until=NEVER))
    watch = AttemptWatch(supplier)

    def kept(after_s: float) -> list[str]:
        watch.forget_old(after(NOW, after_s))
        with reading(supplier, DatabaseUnavailable) as connection:
            return sorted(connection.scalars(select(PinTriesRow.kind)))

    assert kept(NUMBER_KEPT_S) == ["account", "account", "hidden", "number"]
    assert kept(NUMBER_KEPT_S + 1) == ["account", "account"]
    assert kept(ACCOUNT_KEPT_S + 1) == ["account"]
    assert pins.check(OTHER.number, OTHER.pin, CALLER, after(NOW, ACCOUNT_KEPT_S + 1)).result is PinCheck.LOCKED
    with writing(supplier, DatabaseUnavailable) as connection:
        connection.execute(delete(PinTriesRow).where(PinTriesRow.kind == "number"))
    assert kept(ACCOUNT_KEPT_S + CLOSED_KEPT_S + 2) == []
    with reading(supplier, DatabaseUnavailable) as connection:
        assert connection.scalar(select(func.count()).select_from(PinHourRow)) == 0


def test_no_store_tells_which_account_or_number_was_tried_nor_what_was_keyed(
    supplier: Engine, pins: CountedPins
) -> None:
    keyed = ["7305", "96281"]
    pins.check(VICTIM.number, keyed[0], CALLER, NOW)
    pins.choose(VICTIM.number, keyed[1], PinChoice.CHANGED, NOW)
    pins.check(VICTIM.number, keyed[0], CALLER, NOW)
    with reading(supplier, DatabaseUnavailable) as connection:
        counters = repr(connection.execute(select(*PinTriesRow.__table__.columns)).all())
        everything = counters + repr(connection.execute(select(*PinRow.__table__.columns)).all())
        everything += repr(connection.execute(text("SELECT * FROM audit")).all())
    assert VICTIM.number not in counters
    assert CALLER not in counters
    assert not [pin for pin in keyed if f"'{pin}'" in everything]


def test_a_new_pin_is_audited_and_begins_the_counting_anew(supplier: Engine, pins: CountedPins) -> None:
    for each in range(ACCOUNT_TRIES):
        pins.check(VICTIM.number, "0000", phone(each), NOW)
    assert pins.choose(VICTIM.number, "96281", PinChoice.RESET, NOW)
    assert pins.check(VICTIM.number, VICTIM.pin, phone(9), NOW).result is PinCheck.WRONG, "the old one is over"
    assert pins.check(VICTIM.number, "96281", phone(9), NOW).result is PinCheck.RIGHT
    assert not pins.choose(demo.UNKNOWN_ACCOUNT, "96281", PinChoice.RESET, NOW)
    with pytest.raises(ValueError, match="four to six"):
        pins.choose(VICTIM.number, "123", PinChoice.RESET, NOW)
    entries = [entry for entry in DatabaseAudit(supplier).recent() if entry.act == "pin_reset"]
    assert [(entry.actor, entry.subject) for entry in entries] == [("caller", VICTIM.number)]


def test_without_the_database_nothing_is_checked() -> None:
    away = DatabasePins(open_engine("sqlite:////nowhere/at/all.db"), PIN_KEY)
    with pytest.raises(CustomersUnavailable):
        away.check(VICTIM.number, VICTIM.pin, CALLER, NOW)
    with pytest.raises(CustomersUnavailable):
        away.choose(VICTIM.number, "96281", PinChoice.RESET, NOW)
    away.close()


@dataclass(slots=True)
class Both:
    """The database and the fake of flows, asked the same."""

    real: DatabaseAttempts
    fake: FakeAttempts = field(default_factory=FakeAttempts)

    def begin(self, account: AccountNumber, caller: PhoneNumber | None, now: Instant, *, right: bool) -> None:
        made = self.real.begin(account, caller, now)
        expected = self.fake.begin(account, caller, now)
        assert (made.verdict, made.delay_s, made.number) == (expected.verdict, expected.delay_s, expected.number)
        if right and made.verdict == "check":
            self.real.was_right(account, caller, now)
            self.fake.was_right(account, caller, now)


def test_the_fake_of_the_flows_counts_as_the_database_does(engine: Engine) -> None:
    both, now = Both(DatabaseAttempts(engine, PIN_KEY)), NOW
    for step in range(120):
        account, caller = AccountNumber(f"440122000{step * 7 % 5}"), phone(step % 6) if step % 4 else None
        both.begin(account, caller, now, right=step % 11 == 0)
        now = after(now, (0, 60, 1800, HOUR_S)[step * 5 % 4])


@pytest.mark.parametrize("kind", ["fake", "database"])
def test_choosing_a_pin_is_the_same_for_the_fake_and_the_database(supplier: Engine, kind: str) -> None:
    pins: Pins = demo_customers(NOW) if kind == "fake" else DatabasePins(supplier, PIN_KEY)
    for number in range(ACCOUNT_TRIES):
        assert pins.check(VICTIM.number, "0000", phone(number), NOW) == PinAnswer(PinCheck.WRONG, min(8, 2**number))
    assert pins.check(VICTIM.number, VICTIM.pin, phone(9), NOW) == PinAnswer(PinCheck.LOCKED, 8)
    for number in range(ACCOUNT_TRIES + 1):
        unknown = pins.check(demo.UNKNOWN_ACCOUNT, "0000", phone(10 + number), NOW)
        assert unknown == PinAnswer(PinCheck.NO_SUCH_ACCOUNT, min(8, 2**number)), "counted alike, and no delay tells"
    assert pins.choose(VICTIM.number, "96281", PinChoice.RESET, NOW)
    assert pins.check(VICTIM.number, VICTIM.pin, phone(9), NOW).result is PinCheck.WRONG
    assert pins.check(VICTIM.number, "96281", phone(9), NOW) == PinAnswer(PinCheck.RIGHT)
    assert not pins.choose(demo.UNKNOWN_ACCOUNT, "96281", PinChoice.CHANGED, NOW)
    for unusable in ("", "123", "1234567", "12a4"):
        with pytest.raises(ValueError, match="four to six"):
            pins.choose(VICTIM.number, unusable, PinChoice.CHANGED, NOW)


def test_an_account_that_had_no_pin_gets_its_first(supplier: Engine, pins: CountedPins) -> None:
    with writing(supplier, DatabaseUnavailable) as connection:
        mine = select(AccountRow.account_id).where(AccountRow.number == VICTIM.number).scalar_subquery()
        connection.execute(delete(PinRow).where(PinRow.account_id == mine))
    assert pins.check(VICTIM.number, VICTIM.pin, CALLER, NOW).result is PinCheck.NO_PIN
    assert pins.choose(VICTIM.number, "96281", PinChoice.RESET, NOW)
    assert pins.check(VICTIM.number, "96281", CALLER, NOW).result is PinCheck.RIGHT
