"""How often a PIN may be tried: the counters of an account, of a caller's number and of the whole house. Pure.

Rules
1. A try is counted as wrong before it is checked and taken back when it was right: however many calls try at the same
   time, no more than the limit are ever checked. A wrong one is counted already.
2. An account: the fifth wrong PIN in a row, over any calls and numbers, locks it for half an hour; each further one
   locks it again for twice as long, up to a day; the twentieth closes the PIN until a new one is set. A right PIN
   begins anew. A try while it is locked is not checked and does not make the lock longer.
3. A caller's number: the tenth wrong PIN within a day, of any accounts, ends its tries for a day; a right PIN takes
   back only itself. A try at a locked account counts too. A number that may not try touches no account's counter, so
   that it can lock nobody out.
4. Callers without a number share one counter of a shorter window with a limit of its own.
5. The house: more wrong PINs an hour than MOST times the usual is a search by many numbers over many accounts: every
   wrong PIN then costs the longest delay, and a person is told. The usual is the mean of the last week's hours
   without the tenth that had the most, so that an attack teaches nothing.
6. An account that does not exist is counted as one that does: nothing that is heard, and no delay, tells them apart.
7. A wrong PIN costs 1, 2, 4, then 8 seconds, by the account's or the number's count, whichever is higher.

Source of the figures: NIST SP 800-63B, 5.2.2 (at most 100 failures in a row on one account, delays that grow): see
docs/identification.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from calls.clock import EPOCH, NEVER, Instant, after

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S

ACCOUNT_TRIES: Final = 5
"""Wrong PINs in a row that lock an account: more than one call's three tries, so that an owner may ring again."""
FIRST_LOCK_S: Final = HOUR_S // 2
LONGEST_LOCK_S: Final = DAY_S
CLOSING_TRIES: Final = 20
"""Wrong PINs in a row that close the PIN: of 10,000 a chance of 0.2 %, over ten days at least."""
NUMBER_TRIES: Final = 10
HIDDEN_TRIES: Final = 30
HIDDEN_WINDOW_S: Final = HOUR_S
LONGEST_DELAY_S: Final = 8
"""The answer must come while a caller still believes in the line."""
MOST: Final = 5
LEAST_LIMIT: Final = 60
"""Wrong PINs an hour of the whole house that are nothing unusual anywhere."""
USUAL_HOURS: Final = 7 * 24
_TRIMMED: Final = 10
"""One hour of so many is left out of the usual."""


@dataclass(frozen=True, slots=True)
class AccountTries:
    """`wrong` in a row; no PIN is checked before `until`. NEVER: not before a new one is set."""

    wrong: int = 0
    until: Instant = EPOCH


@dataclass(frozen=True, slots=True)
class NumberTries:
    """`wrong` since `since`; no PIN is checked before `until`."""

    wrong: int = 0
    since: Instant = EPOCH
    until: Instant = EPOCH


@dataclass(frozen=True, slots=True)
class HouseTries:
    """`wrong` in the last hour, `limit` of the hour that goes on."""

    wrong: int = 0
    limit: int = LEAST_LIMIT

    @property
    def searched(self) -> bool:
        return self.wrong > self.limit


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many wrong PINs a caller's number has within `window_s`, and how long it then may not try."""

    tries: int
    window_s: int
    blocked_s: int


OF_A_NUMBER: Final = Allowance(NUMBER_TRIES, DAY_S, DAY_S)
HIDDEN: Final = Allowance(HIDDEN_TRIES, HIDDEN_WINDOW_S, HIDDEN_WINDOW_S)


class Verdict(StrEnum):
    """What becomes of a try."""

    CHECK = "check"
    LOCKED = "locked"
    """The account is locked: nothing is checked."""
    BLOCKED = "blocked"
    """The caller's number may try no more: nothing is checked."""


@dataclass(frozen=True, slots=True)
class Try:
    """What a try has made of the counters. `delay_s`: what a wrong PIN costs now."""

    verdict: Verdict
    account: AccountTries
    number: NumberTries
    delay_s: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A counter that a person is told of. `tail`: the last digits of the account or the number."""

    tail: str
    wrong: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is locked now, some of it, and the house: for the supervisors' alarm."""

    accounts: tuple[Watched, ...] = ()
    numbers: tuple[Watched, ...] = ()
    hidden: tuple[Watched, ...] = ()
    house: HouseTries = HouseTries()


def begin(account: AccountTries, number: NumberTries, allowance: Allowance, house: HouseTries, now: Instant) -> Try:
    """Count a try of this number at this account. `house`: with this try already among its wrong ones."""
    if number.until > now:
        return Try(Verdict.BLOCKED, account, number, LONGEST_DELAY_S)
    number = _counted(number, allowance, now)
    if account.until > now:
        verdict = Verdict.LOCKED
    else:
        verdict, account = Verdict.CHECK, _one_more(account, now)
    step = max(account.wrong, number.wrong if allowance is not HIDDEN else 0)
    delay_s = LONGEST_DELAY_S if house.searched else min(LONGEST_DELAY_S, 2 ** (step - 1))
    return Try(verdict, account, number, delay_s)


def forgive(number: NumberTries, allowance: Allowance) -> NumberTries:
    """The number's counter after its try was right: the account begins anew, the number is spared this one only."""
    left = max(0, number.wrong - 1)
    return replace(number, wrong=left, until=EPOCH if left < allowance.tries else number.until)


def lock_s(wrong: int) -> int:
    """How long an account is locked after so many wrong PINs in a row, in seconds; 0: not at all."""
    if wrong < ACCOUNT_TRIES:
        return 0
    return int(min(LONGEST_LOCK_S, FIRST_LOCK_S * 2 ** (wrong - ACCOUNT_TRIES)))


def rate(this_hour: int, hour_before: int, begun: Instant, now: Instant) -> int:
    """Wrong PINs in the last 60 minutes, when this hour began at `begun`: the hour before counts by what is left."""
    gone = min(1.0, max(0.0, (now - begun) / (HOUR_S * 1000)))
    return round(this_hour + hour_before * (1 - gone))


def hour_limit(hours: Sequence[int]) -> int:
    """The most wrong PINs an hour that are taken for usual; `hours`: those of the past week that were counted."""
    ordered = sorted(hours)
    kept = ordered[: len(ordered) - len(ordered) // _TRIMMED]
    # Up, so that a house with little to do is not below its own mean.
    return max(LEAST_LIMIT, -(-MOST * sum(kept) // len(kept)) if kept else 0)


def hour_of(now: Instant) -> Instant:
    """When the hour of UTC began that `now` is in."""
    return Instant(now - now % (HOUR_S * 1000))


def _counted(number: NumberTries, allowance: Allowance, now: Instant) -> NumberTries:
    if number.wrong == 0 or now >= after(number.since, allowance.window_s) or number.until != EPOCH:
        number = NumberTries(0, now)  # the window, or the day without tries, is over
    wrong = number.wrong + 1
    until = after(now, allowance.blocked_s) if wrong >= allowance.tries else EPOCH
    return NumberTries(wrong, number.since, until)


def _one_more(account: AccountTries, now: Instant) -> AccountTries:
    wrong = account.wrong + 1
    if wrong >= CLOSING_TRIES:
        return AccountTries(wrong, NEVER)
    locked_s = lock_s(wrong)
    return AccountTries(wrong, after(now, locked_s) if locked_s else EPOCH)
