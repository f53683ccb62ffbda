"""What the desk needs of the rest of the house; callcentre wires it. See customers.ports and staff.ports too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from acd.alerts import Alert, AlertId
from acd.events import Answer, Event
from acd.figures import Report
from acd.model import Agent, Call
from acd.queues import Queue
from calls.clock import Instant
from calls.ids import AgentId, CallId, QueueId
from calls.journey import Language
from prompts.catalogue import Catalogue, Prompt
from prompts.phrase import Phrase


@dataclass(frozen=True, slots=True)
class FloorView:
    """The floor at one version. Calls are those not ended (a call in wrap-up is in `wrapping`, by agent)."""

    version: int
    at: int
    queues: dict[QueueId, Queue]
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]
    wrapping: dict[AgentId, Call]
    report: Report | None = None
    """What the monitor tells; None when it has told nothing for a while."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit changed; None = gone."""

    version: int
    calls: dict[CallId, Call | None]
    agents: dict[AgentId, Agent | None]
    wrapping: dict[AgentId, Call | None]


class FloorUnavailable(Exception):
    """The engine's store cannot be reached, or the engine did not answer in time."""


class Floor(Protocol):
    async def view(self) -> FloorView:
        """The newest view; kept in memory by the live feed."""

    def changes(self) -> AsyncIterator[Change]:
        """Every change from the moment of this call on; ends when the feed is closed.

        A slow reader is dropped (its iterator ends) and starts again from a view.
        """

    async def ask(self, user: AgentId, event: Event) -> Answer:
        """Post a command and wait for its answer. Raises FloorUnavailable after 3 s."""


class Alerts(Protocol):
    """Alerts that are kept. Both may raise StaffUnavailable."""

    def acknowledge(self, alert_id: AlertId, by: AgentId, now: Instant) -> Alert | None:
        """The alert with its first acknowledgement, this one or an earlier; None when there is no such alert."""

    def recent(self, limit: int, before: Instant) -> tuple[Alert, ...]:
        """The newest that were raised before `before`, newest first."""


class SoundUnavailable(Exception):
    """The prompts are not built, or the voice is dead, late or overloaded: it can be asked again."""


class Sounds(Protocol):
    """What callers hear, for staff to listen to. Each may raise SoundUnavailable."""

    def catalogue(self) -> Catalogue:
        """The catalogue as it is built."""

    def sound(self, phrase: Phrase, language: Language) -> bytes:
        """A-law at 8 kHz; of a static prompt exactly the file that Asterisk plays."""

    def from_studio(self, prompt: Prompt) -> bool:
        """Whether a person says it and not the voice."""


@dataclass(frozen=True, slots=True)
class SipAccount:
    """What the page's softphone registers with: sip:{user}@{realm} over the desk's own WebSocket."""

    user: str
    secret: str
    realm: str


class TelephonesUnavailable(Exception):
    """The switch did not take the order; it can be asked again."""


class Softphones(Protocol):
    """Both may raise TelephonesUnavailable."""

    def rotate(self, agent_id: AgentId) -> SipAccount:
        """A new secret, valid at once; the former one is refused from now on."""

    def revoke(self, agent_id: AgentId) -> None: ...


class PhoneBooth(Protocol):
    """The browser telephone of the demo; absent in production."""

    def account(self) -> SipAccount: ...

    def callers(self) -> tuple["DemoCaller", ...]: ...

    def hotline(self) -> str: ...

    def has_post_box(self) -> bool:
        """Whether SMS are shown here, because no gateway sends them."""

    def messages(self, caller: "DemoCaller") -> tuple["BoothMessage", ...]:
        """The SMS to this caller's number, the newest first. Raises CustomersUnavailable."""


@dataclass(frozen=True, slots=True)
class BoothMessage:
    message_id: str
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class DemoCaller:
    """A demo account that the booth can ring as; `pin` is a demo PIN, printed in the README too.

    `word` says what the account shows: the catalogue has `demo.{word}`.
    """

    word: str
    phone: str
    account: str
    pin: str
