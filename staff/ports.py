"""What the desk needs to know of its users. database.* implements it."""

from typing import Protocol

from calls.clock import Instant
from calls.ids import AgentId, CallId
from staff.users import AuditEntry, User


class StaffUnavailable(Exception):
    """The database cannot be reached or did not answer in time."""


class Users(Protocol):
    def authenticate(self, login: str, password: str, now: Instant) -> User | None:
        """The user, or None; equal in time for unknown logins. Five failures lock the login for a minute."""

    def find(self, login: AgentId) -> User | None: ...

    def all(self) -> tuple[User, ...]: ...


class SignIns(Protocol):
    """Sign-ins of the desk: a random token in a cookie, only its hash in the database."""

    def begin(self, login: AgentId, now: Instant, idle_limit_s: int) -> str:
        """A new token of 256 random bits."""

    def user_of(self, token: str, now: Instant) -> User | None:
        """The user of a live sign-in, and its idle time starts again; None when unknown, ended or idle for too long."""

    def end(self, token: str) -> None: ...

    def living(self, now: Instant) -> frozenset[User]:
        """Active users who have a live sign-in."""

    def prolong(self, logins: frozenset[AgentId], now: Instant) -> None:
        """The idle time of these users' live sign-ins starts again."""


class Audit(Protocol):
    def write(self, entry: AuditEntry) -> None:
        """Append; entries are never changed or deleted."""


class CallNotes(Protocol):
    """The agent's note and reason of one call, saved as typed."""

    def save(self, call_id: CallId, author: AgentId, reason: str, note: str, now: Instant) -> None:
        """Raises ValueError when the note is longer than 4,000 characters."""

    def load(self, call_id: CallId) -> tuple[str, str] | None:
        """(reason, note) as last saved."""
