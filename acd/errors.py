"""Refusals. `reason` is a stable word that screens translate; the message is for logs and developers."""


class AcdError(Exception):
    """Base of the engine's errors."""


class IllegalMove(AcdError):
    """The tables of acd.states forbid it. Nothing was changed."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Fenced(AcdError):
    """Another writer holds the lease: this process must stop writing at once."""


class StoreUnavailable(AcdError):
    """Redis did not answer. Calls in progress go on; commits are tried again."""
