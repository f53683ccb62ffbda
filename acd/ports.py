"""What the runner needs of the outside: a store (Redis), a switch (Asterisk), a place for records (the database)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from acd.effects import SwitchWish
from acd.events import Event
from acd.queues import FloorSettings
from calls.callback import Callback
from calls.ids import AgentId, QueueId
from calls.journey import Language
from calls.record import CallRecord
from staff.skills import Skills

SkillsOf = Callable[[QueueId, Language], frozenset[str]]
"""The skills that a call in a queue asks of its agent because of its language; the queue's own come on top."""


class SwitchUnavailable(Exception):
    """The switch did not take the action; the effect stays in the outbox and is tried again after the resync."""


class Switch(Protocol):
    """All nodes behind one face. Called from the runner's effect threads, never from the switch's own reader."""

    def perform(self, wish: SwitchWish) -> None:
        """Do it. Doing it twice does no harm. Raises SwitchUnavailable."""

    def listen(self, sink: Callable[[str, Event], None]) -> None:
        """Connect and call `sink(actor, event)` for every event from now on; `sink` only queues and never blocks.

        Each node begins with what it really holds: NodeSeen first, then adopted, answered and connected calls.
        """

    def beat(self, epoch_s: int) -> None:
        """Tell every node that the engine lives (the dialplan rescues its callers when this stops)."""

    def close(self) -> None: ...


class Records(Protocol):
    def write(self, record: CallRecord) -> None:
        """Keep the record; a second one of the same call changes nothing."""


class CallbackStore(Protocol):
    """Where callbacks are kept: their truth, that nothing is lost by."""

    def write(self, callback: Callback) -> None:
        """Keep how far it has come; what is older than the kept one changes nothing."""

    def waiting(self) -> Sequence[Callback]:
        """Those whose customers are still to be rung."""


class NoCallbackStore:
    """Where callbacks were not set up."""

    def write(self, callback: Callback) -> None:
        return None

    def waiting(self) -> Sequence[Callback]:
        return ()


class QueueSettings(Protocol):
    def load(self) -> FloorSettings: ...

    def skills(self) -> Mapping[AgentId, Skills]:
        """Those of every active user; asked for when the settings have another version."""
