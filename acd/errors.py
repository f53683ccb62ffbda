"""Refusals. `reason` is a stable word that screens translate; the message is for logs and developers."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a command was refused."""

    NOT_SIGNED_IN = "not_signed_in"
    """The engine knows no such agent, or the agent has signed out: sign in first."""
    TELEPHONE_UNREACHABLE = "telephone_unreachable"
    """Ready is proven, not declared: the telephone is not registered."""
    ON_CALL = "on_call"
    """Signing out has to wait for the end of the call."""
    NOT_IN_WRAP_UP = "not_in_wrap_up"
    NO_MORE_TIME = "no_more_time"
    """The wrap-up was extended as often as the queue allows."""
    NOT_IN_TALK = "not_in_talk"
    """There is no talk to be sent on, or it has a second line already."""
    TARGET_NOT_FREE = "target_not_free"
    """The colleague is not ready, talks, or has no telephone: choose another or a queue."""
    NO_SUCH_TARGET = "no_such_target"
    NO_CONSULT = "no_consult"
    """Nobody is on the second line, or nobody has answered there yet."""
    NOT_WITH_OUTSIDE = "not_with_outside"
    """Three talk only among ourselves: hand the caller over to the number outside, or go back."""
    TOO_LATE = "too_late"
    """The call that was sent on has been answered, has ended or is past its time."""
    CALLER_PAYS = "caller_pays"
    """The caller is paying: wait, or call the caller back first."""
    NOT_PAYING = "not_paying"
    """The caller is in no payment (any more)."""
    BANK_IS_ASKED = "bank_is_asked"
    """The card is being charged: the caller comes back as soon as the bank has answered."""
    ILLEGAL_MOVE = "illegal_move"
    """A fact that does not fit; never the answer to a command."""
    ENGINE_FAULT = "engine_fault"
    """A fault of ours; the log has it. Nothing was changed."""


class AcdError(Exception):
    """Base of the engine's errors."""


class IllegalMove(AcdError):
    """The tables of acd.states forbid it. Nothing was changed."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unreadable(AcdError):
    """Text that is no event, entity or effect of ours, or was written by a newer version."""


class Fenced(AcdError):
    """Another writer holds the lease: this process must stop writing at once."""


class StoreUnavailable(AcdError):
    """Redis did not answer. Calls in progress go on; commits are tried again."""


class StoreBehind(StoreUnavailable):
    """Redis answers but has lost commits: the floor has to be written anew."""


class InboxFull(StoreUnavailable):
    """The engine does not keep up, or is away for long: the message was not taken."""


class NotInLog(AcdError):
    """The event log does not reach back so far."""
