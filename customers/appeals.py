"""What customers report or order, with the number by which they ask for it later. Pure, with the port that keeps it.

Rules
- A number has eight digits, so that people can key it: the last one is Damm's check digit, which finds every single
  wrong digit and every swap of two neighbours. The others are random, so that nobody counts our appeals; none begins
  with 0.
- A report is answered in writing within ANSWER_S; one of no power, and whoever orders something, within CALL_BACK_S.
- The same call and kind give the same appeal, however often it is filed.
- It is closed with a word that says what came of it, and can be taken back for UNDO_S.
- One is late from an eighth of its time before its deadline on: a person is told of it while it can still be kept.
- Of an anonymous appeal neither telephone nor account nor call is kept: `source` is a word that leads to no call.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, Protocol

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.outages import Author, LocalityCode
from customers.ports import CustomersUnavailable

AppealNumber = NewType("AppealNumber", str)
"""Eight digits, the last one a check digit: 10000004."""

DIGITS: Final = 8
ANSWER_S: Final = 30 * 86_400
CALL_BACK_S: Final = 4 * 3600
UNDO_S: Final = 600
"""Long enough to see that it was the wrong row, short enough that nobody was told it is closed."""
SOON_SHARE: Final = 8
"""Half an hour of four hours, nearly four days of thirty."""

_NUMBER: Final = re.compile(rf"[1-9][0-9]{{{DIGITS - 1}}}")
_DAMM: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
"""The quasigroup of H. M. Damm, Total anti-symmetrische Quasigruppen (2004), page 111."""


class AppealKind(StrEnum):
    NO_POWER = "no_power"
    QUALITY = "quality"
    THEFT = "theft"
    METERING = "metering"
    CONNECTION = "connection"


class AppealState(StrEnum):
    NEW = "new"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    CLOSED = "closed"


MOVES: Final = {
    AppealState.NEW: (AppealState.IN_WORK, AppealState.CLOSED),
    AppealState.IN_WORK: (AppealState.ANSWERED, AppealState.CLOSED),
    AppealState.ANSWERED: (AppealState.CLOSED,),
    AppealState.CLOSED: (),
}
"""What may follow. One that is answered waits for nothing more, but its number still tells so."""
OPEN: Final = (AppealState.NEW, AppealState.IN_WORK)

DUE_S: Final = {
    AppealKind.NO_POWER: CALL_BACK_S,
    AppealKind.QUALITY: ANSWER_S,
    AppealKind.THEFT: ANSWER_S,
    AppealKind.METERING: CALL_BACK_S,
    AppealKind.CONNECTION: CALL_BACK_S,
}
"""Seconds from the filing until it has to be answered."""


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """What is filed. `source`: the call's id, or a random word in its place when the caller stays anonymous."""

    kind: AppealKind
    source: str
    account: AccountNumber | None = None
    phone: PhoneNumber | None = None
    locality: LocalityCode | None = None
    outage_id: int | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """`changed_at`: since when it is in its state. `word`, `before`: what came of a closed one, and what it was."""

    number: AppealNumber
    kind: AppealKind
    state: AppealState
    account: AccountNumber | None
    phone: PhoneNumber | None
    locality: LocalityCode | None
    outage_id: int | None
    created_at: Instant
    due_at: Instant
    changed_at: Instant
    word: str = ""
    before: AppealState | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """How many wait for an answer beyond their deadline, and how many come near to it."""

    overdue: int = 0
    soon: int = 0


class Appeals(Protocol):
    """Both methods may raise CustomersUnavailable. Implementations: database.appeals, tests.kit.fake_appeals."""

    def file(self, new: NewAppeal, now: Instant) -> Appeal:
        """Keep it; what the same source has filed of the same kind before is returned as it is."""

    def find(self, number: AppealNumber) -> Appeal | None:
        """None: there is no such number. Any text is taken."""


class AppealBook(Protocol):
    """The appeals as staff see them. Every method may raise CustomersUnavailable."""

    def open(self, most: int) -> tuple[Appeal, ...]:
        """Those that wait for an answer, the soonest due first."""

    def move(self, number: AppealNumber, state: AppealState, by: Author, now: Instant, word: str = "") -> bool:
        """Say how far it is; it stands in the audit. False: no such appeal, or its state does not lead there.

        Raises ValueError for a closing without a word.
        """

    def take_back(self, number: AppealNumber, by: Author, now: Instant) -> bool:
        """Open again what was closed within UNDO_S. False: there is no such one."""

    def closed_lately(self, now: Instant) -> tuple[Appeal, ...]:
        """What can be taken back, the newest first."""

    def late(self, now: Instant) -> Late:
        """How many have to be hurried."""


class NoAppeals:
    """Where nobody keeps appeals: every question is answered with CustomersUnavailable."""

    def file(self, new: NewAppeal, now: Instant) -> Appeal:
        raise CustomersUnavailable("No appeals are kept here. Give the self-service its appeals.")

    def find(self, number: AppealNumber) -> Appeal | None:
        raise CustomersUnavailable("No appeals are kept here. Give the self-service its appeals.")


def appeal_of(new: NewAppeal, number: AppealNumber, now: Instant) -> Appeal:
    """The appeal as it begins."""
    return Appeal(
        number,
        new.kind,
        AppealState.NEW,
        new.account,
        new.phone,
        new.locality,
        new.outage_id,
        created_at=now,
        due_at=after(now, DUE_S[new.kind]),
        changed_at=now,
    )


def soon_at(appeal: Appeal) -> Instant:
    """From when on it is told that its deadline comes near."""
    return Instant(appeal.due_at - (appeal.due_at - appeal.created_at) // SOON_SHARE)


def new_number() -> AppealNumber:
    """A random number; whoever keeps it makes sure that nobody has it yet."""
    body = str(10 ** (DIGITS - 2) + secrets.randbelow(9 * 10 ** (DIGITS - 2)))
    return AppealNumber(body + _check(body))


def is_number(text: str) -> bool:
    """Whether this can be the number of an appeal at all; any text is taken."""
    return _NUMBER.fullmatch(text) is not None and _check(text) == "0"


def _check(digits: str) -> str:
    """Damm's check digit of these; "0" when the last of them is that of the others."""
    digit = "0"
    for one in digits:
        digit = _DAMM[int(digit)][int(one)]
    return digit
