"""Why nobody spoke at a number or telephone that was rung for a caller or an agent."""

from enum import StrEnum


class Unreached(StrEnum):
    """Asterisk tells the first four of a number outside; screens translate the words."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NO_LINE = "no_line"
    """Every trunk was away, full or refused it."""
    WRONG_NUMBER = "wrong_number"
    NOT_ALLOWED = "not_allowed"
    """By our own rules against fraud (calls.outgoing); the audit has the word."""
    DECLINED = "declined"
    """By the colleague."""
    UNREACHABLE = "unreachable"
    """The colleague's telephone was away or lost."""
