"""A new PIN for who cannot get a code at the number on file: an agent asks, a supervisor decides. Pure, with its port.

Rules
- Who asks never decides: two people look at every reset, whatever their roles.
- An account has one request that waits and one that is approved; another approval ends the one before.
- What nobody decides ends after ASKED_S; what is approved and not used, after APPROVED_S.
- An approval and the code that it sends are one step. Neither person learns the code, and none is shown anywhere.
- The code opens nothing but the choice of a new PIN. With the new PIN the reset is used, in one step too.
- A locked account stays locked under its new PIN unless the supervisor said otherwise.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NewType, Protocol

from calls.clock import Instant, after
from calls.ids import AgentId, CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.outages import Author
from customers.staff_words import proper

ResetId = NewType("ResetId", str)

ASKED_S: Final = 3600
"""An hour: the caller was told to ring again, and a supervisor is there all day."""
APPROVED_S: Final = 3600
"""For the same hour the named telephone gets codes: long enough to ring, short for who should not have it."""
SHOWN_S: Final = 900
"""So long the agent's desk tells the answer."""


class Checked(StrEnum):
    """How the agent made sure who is speaking."""

    DOCUMENT = "document"
    PAYMENTS = "payments"
    """Sums and days of payments, readings, the meter's number."""
    CALLED_BACK = "called_back"


class ResetState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    USED = "used"


MOVES: Final = {
    ResetState.ASKED: (ResetState.APPROVED, ResetState.REFUSED, ResetState.EXPIRED),
    ResetState.APPROVED: (ResetState.USED, ResetState.EXPIRED),
    ResetState.REFUSED: (),
    ResetState.EXPIRED: (),
    ResetState.USED: (),
}


class Decided(StrEnum):
    """What became of a supervisor's word."""

    DONE = "done"
    GONE = "gone"
    """There is none that waits: it was decided, or its time is over."""
    OWN = "own"
    """Who asked may not decide."""
    TOO_MANY = "too_many"
    """The telephone or the account had its codes of this hour: it waits on."""
    NOT_SENT = "not_sent"
    """No SMS goes to this telephone: it waits on, and can be refused."""


@dataclass(frozen=True, slots=True)
class NewPinReset:
    """What an agent asks. `reason`: in words, for the supervisor; `language`: of the SMS."""

    account: AccountNumber
    phone: PhoneNumber
    reason: str
    checked: Checked
    call_id: CallId
    language: Language


@dataclass(frozen=True, slots=True)
class PinReset:
    """`changed_at`: since when it is in its state; `expires_at`: when that ends by itself.

    `decided_by` and `word` are empty before the decision; `lift`: the account's lock ends with the new PIN.
    """

    reset_id: ResetId
    new: NewPinReset
    asked_by: AgentId
    asked_at: Instant
    state: ResetState
    changed_at: Instant
    expires_at: Instant
    decided_by: str = ""
    word: str = ""
    lift: bool = False


class PinResets(Protocol):
    """Every method may raise CustomersUnavailable. Implementations: database.pin_resets, tests.kit.fake_pin_resets."""

    def ask(self, new: NewPinReset, by: Author, now: Instant) -> PinReset | None:
        """Keep the request. None: one waits for this account already. Raises ValueError for texts that are none."""

    def approve(self, reset_id: ResetId, word: str, by: Author, now: Instant, *, lift: bool) -> Decided:
        """Approve and send the code, or neither. Raises ValueError for a word that is none."""

    def refuse(self, reset_id: ResetId, word: str, by: Author, now: Instant) -> Decided:
        """Raises ValueError for a word that is none."""

    def current(self, now: Instant) -> tuple[PinReset, ...]:
        """Those that wait, and those that were decided within SHOWN_S: the longest in their state first."""


class ApprovedResets(Protocol):
    """What the self-service asks. May raise CustomersUnavailable."""

    def approved(self, account: AccountNumber, now: Instant) -> PinReset | None:
        """The reset by which this account may have a new PIN now."""


class NoResets:
    """Where no PIN is reset."""

    def approved(self, _account: AccountNumber, _now: Instant) -> PinReset | None:
        return None


def asked(reset_id: ResetId, new: NewPinReset, by: AgentId, now: Instant) -> PinReset:
    """The request as it begins. Raises ValueError for a reason that is empty or too long."""
    proper(new.reason)
    return PinReset(reset_id, new, by, now, ResetState.ASKED, now, after(now, ASKED_S))


def refusal(reset: PinReset | None, by: AgentId, now: Instant) -> Decided | None:
    """Why this person cannot decide on it; None: this person can."""
    if reset is None or reset.state is not ResetState.ASKED or is_over(reset, now):
        return Decided.GONE
    return Decided.OWN if reset.asked_by == by else None


def is_over(reset: PinReset, now: Instant) -> bool:
    """Whether its time has run out, whatever is written down yet."""
    return ResetState.EXPIRED in MOVES[reset.state] and now >= reset.expires_at


def as_seen(reset: PinReset, now: Instant) -> PinReset:
    """The reset as it stands now: what has run out says so, whether or not anybody has written it down."""
    if not is_over(reset, now):
        return reset
    return replace(reset, state=ResetState.EXPIRED, changed_at=reset.expires_at)


def is_current(reset: PinReset, now: Instant) -> bool:
    """Whether somebody still has to be shown it: it waits, or its answer is new."""
    return reset.state is ResetState.ASKED or reset.changed_at > after(now, -SHOWN_S)
