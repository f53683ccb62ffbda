"""Users and what they did. A user's login is for ever: agent ids in call records are logins."""

from dataclasses import dataclass

from calls.clock import Instant
from calls.ids import AgentId
from staff.roles import Role
from staff.skills import Skills


@dataclass(frozen=True, slots=True)
class User:
    """`skills` are those of an agent (queues' skills and languages), each with its level."""

    login: AgentId
    name: str
    role: Role
    skills: Skills
    active: bool = True


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`act` is a stable word ("signed_in", "saw_customer"); `subject` an id, never a name, PIN or telephone number."""

    at: Instant
    actor: str
    act: str
    subject: str
    address: str
