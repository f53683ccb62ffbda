"""The rules of PIN tries: how many are checked in any order of calls, numbers and time, and what is heard meanwhile."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.clock import EPOCH, NEVER, Instant, after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.attempts import (
    ACCOUNT_TRIES,
    CLOSING_TRIES,
    DAY_S,
    HIDDEN,
    HIDDEN_TRIES,
    HOUR_S,
    LEAST_LIMIT,
    LONGEST_DELAY_S,
    MOST,
    NUMBER_TRIES,
    OF_A_NUMBER,
    AccountTries,
    HouseTries,
    NumberTries,
    Try,
    Verdict,
    begin,
    forgive,
    hour_limit,
    hour_of,
    lock_s,
    rate,
)
from tests.kit.fake_attempts import FakeAttempts

NOW = Instant(1_795_424_400_000)
QUIET = HouseTries()
FRESH = NumberTries()
ACCOUNT = AccountNumber("4401220170")


def phone(number: int) -> PhoneNumber:
    return PhoneNumber(f"+7306000{number:04}")


def one(account: AccountTries, number: NumberTries = FRESH, now: Instant = NOW) -> Try:
    return begin(account, number, OF_A_NUMBER, QUIET, now)


def test_the_fifth_wrong_pin_in_a_row_locks_the_account_for_half_an_hour() -> None:
    attempts = FakeAttempts()
    verdicts = [attempts.begin(ACCOUNT, phone(each), NOW).verdict for each in range(8)]
    assert verdicts == [Verdict.CHECK] * ACCOUNT_TRIES + [Verdict.LOCKED] * 3
    assert attempts.accounts[ACCOUNT] == AccountTries(ACCOUNT_TRIES, after(NOW, 1800))


def test_each_further_one_locks_it_twice_as_long_up_to_a_day_and_the_twentieth_closes_it() -> None:
    tries, now, locks = AccountTries(), NOW, []
    while tries.until != NEVER:
        made = one(tries, now=now)
        assert made.verdict is Verdict.CHECK, "the lock before is over"
        tries = made.account
        if EPOCH < tries.until < NEVER:
            locks.append((tries.until - now) // 60_000)
            now = tries.until
    assert locks[:7] == [30, 60, 120, 240, 480, 960, 1440]
    assert set(locks[7:]) == {1440}
    assert tries.wrong == CLOSING_TRIES
    assert now - NOW > 10 * DAY_S * 1000
    assert one(tries, now=after(now, 3000 * DAY_S)).verdict is Verdict.LOCKED


def test_a_locked_account_is_not_locked_longer_by_more_tries() -> None:
    locked = AccountTries(ACCOUNT_TRIES, after(NOW, 1800))
    made = one(locked)
    assert (made.verdict, made.account) == (Verdict.LOCKED, locked)
    assert made.number.wrong == 1, "but the number has tried"


def test_a_number_has_ten_wrong_pins_a_day_over_any_accounts() -> None:
    attempts = FakeAttempts()
    tried = [attempts.begin(AccountNumber(f"44012{each:05}"), phone(1), NOW) for each in range(12)]
    assert [each.verdict for each in tried].count(Verdict.CHECK) == NUMBER_TRIES
    assert tried[-1].verdict is Verdict.BLOCKED
    assert attempts.begin(ACCOUNT, phone(1), after(NOW, DAY_S - 1)).verdict is Verdict.BLOCKED
    assert attempts.begin(ACCOUNT, phone(2), NOW).verdict is Verdict.CHECK
    assert attempts.begin(ACCOUNT, phone(1), after(NOW, DAY_S)).verdict is Verdict.CHECK


def test_a_number_that_may_not_try_locks_nobody_out() -> None:
    blocked = NumberTries(NUMBER_TRIES, NOW, after(NOW, DAY_S))
    made = one(AccountTries(4), blocked)
    assert (made.verdict, made.account, made.number) == (Verdict.BLOCKED, AccountTries(4), blocked)


def test_a_right_pin_clears_the_account_and_takes_back_only_itself_of_the_number() -> None:
    attempts = FakeAttempts()
    for each in range(9):
        attempts.begin(AccountNumber(f"44012{each:05}"), phone(1), NOW)
    attempts.begin(ACCOUNT, phone(1), NOW)
    assert attempts.numbers[phone(1)].until > NOW
    attempts.was_right(ACCOUNT, phone(1), NOW)
    assert attempts.numbers[phone(1)] == NumberTries(9, NOW)
    assert ACCOUNT not in attempts.accounts
    assert attempts.begin(ACCOUNT, phone(1), NOW).verdict is Verdict.CHECK
    assert attempts.begin(ACCOUNT, phone(1), NOW).verdict is Verdict.BLOCKED


def test_a_day_without_trying_begins_a_number_anew() -> None:
    made = one(AccountTries(), NumberTries(9, NOW), after(NOW, DAY_S))
    assert made.number == NumberTries(1, after(NOW, DAY_S))


def test_callers_without_a_number_share_a_counter_of_an_hour() -> None:
    attempts = FakeAttempts()
    verdicts = Counter(
        attempts.begin(AccountNumber(f"44012{each:05}"), None, NOW).verdict for each in range(HIDDEN_TRIES + 5)
    )
    assert verdicts == {Verdict.CHECK: HIDDEN_TRIES, Verdict.BLOCKED: 5}
    assert attempts.begin(ACCOUNT, None, after(NOW, HOUR_S)).verdict is Verdict.CHECK


def test_each_wrong_pin_costs_more() -> None:
    tries, delays = AccountTries(), []
    for _ in range(ACCOUNT_TRIES):
        made = one(tries)
        tries = made.account
        delays.append(made.delay_s)
    assert delays == [1, 2, 4, 8, 8]
    assert one(AccountTries(), NumberTries(3, NOW)).delay_s == 8, "another account does not begin anew"
    hidden = begin(AccountTries(), NumberTries(3, NOW), HIDDEN, QUIET, NOW)
    assert hidden.delay_s == 1, "what others do without a number is not this caller's"


def test_many_numbers_over_many_accounts_slow_everybody_down() -> None:
    attempts = FakeAttempts()
    tried = [attempts.begin(AccountNumber(f"44013{each:05}"), phone(each), NOW) for each in range(LEAST_LIMIT + 1)]
    assert [each.delay_s for each in tried] == [1] * LEAST_LIMIT + [LONGEST_DELAY_S]
    assert all(each.verdict is Verdict.CHECK for each in tried), "nobody is shut out by what others do"
    later = after(hour_of(NOW), 2 * HOUR_S)
    assert attempts.begin(ACCOUNT, phone(9999), later).delay_s == 1


@pytest.mark.parametrize(
    ("hours", "limit"),
    [([], LEAST_LIMIT), ([0] * 168, LEAST_LIMIT), ([40] * 168, 40 * MOST), ([40] * 152 + [9000] * 16, 40 * MOST)],
    ids=["a new house", "nothing", "a large house", "a large house that was attacked"],
)
def test_the_usual_is_that_of_the_week_and_no_attack_teaches_it(hours: list[int], limit: int) -> None:
    assert hour_limit(hours) == limit


def test_the_rate_is_that_of_the_last_sixty_minutes() -> None:
    begun = hour_of(NOW)
    assert rate(0, 60, begun, begun) == 60
    assert rate(10, 60, begun, after(begun, HOUR_S / 2)) == 40
    assert rate(10, 60, begun, after(begun, HOUR_S)) == 10


def test_an_unknown_account_is_counted_as_a_known_one() -> None:
    """The counters know no list of accounts at all: what is heard and how late follows from the tries alone."""
    one_by_one = [FakeAttempts() for _ in range(2)]
    accounts = [ACCOUNT, AccountNumber("9999999999")]
    heard = [
        [attempts.begin(account, phone(each), NOW) for each in range(9)]
        for attempts, account in zip(one_by_one, accounts, strict=True)
    ]
    assert heard[0] == heard[1]


def test_a_lock_is_never_shorter_than_the_one_before() -> None:
    assert [lock_s(wrong) for wrong in range(ACCOUNT_TRIES)] == [0] * ACCOUNT_TRIES
    locks = [lock_s(wrong) for wrong in range(ACCOUNT_TRIES, 100)]
    assert locks == sorted(locks)
    assert locks[-1] == DAY_S


def test_forgiving_never_goes_below_nought() -> None:
    assert forgive(NumberTries(0, NOW), OF_A_NUMBER).wrong == 0


MOMENTS = st.tuples(
    st.integers(0, 3),
    st.integers(0, 4),
    st.sampled_from([0, 1, 60, 600, 1800, HOUR_S, 6 * HOUR_S, DAY_S]),
    st.booleans(),
)


@given(st.lists(MOMENTS, max_size=150))
def test_no_order_of_tries_gets_more_checks_than_the_rules(moments: list[tuple[int, int, int, bool]]) -> None:
    """Accounts 0 and 1 have a PIN that the last word says was keyed; whoever tries has numbers 1-4 or none (0)."""
    attempts, now = FakeAttempts(), NOW
    in_a_row: Counter[AccountNumber] = Counter()
    checked: dict[PhoneNumber | None, list[Instant]] = {}
    for which, who, waits_s, keyed_right in moments:
        now = after(now, waits_s)
        account, caller = AccountNumber(f"440122000{which}"), phone(who) if who else None
        before = attempts.accounts.get(account, AccountTries())
        made = attempts.begin(account, caller, now)
        assert 1 <= made.delay_s <= LONGEST_DELAY_S
        if made.verdict is not Verdict.CHECK:
            assert attempts.accounts.get(account, AccountTries()) == before
            continue
        assert before.until <= now
        in_a_row[account] += 1
        assert in_a_row[account] <= CLOSING_TRIES
        if keyed_right and which < 2:
            attempts.was_right(account, caller, now)
            in_a_row[account] = 0
        else:
            checked.setdefault(caller, []).append(now)
    for caller, times in checked.items():
        allowance = OF_A_NUMBER if caller else HIDDEN
        for first in times:
            within = [at for at in times if first <= at < after(first, allowance.window_s)]
            # A window that is nearly over and the next one: never more than two of them.
            assert len(within) < 2 * allowance.tries
