"""What the runner needs of the outside: a store (Redis), a switch (Asterisk), a place for records (the database)."""

from collections.abc import Callable, Sequence
from typing import Protocol

from acd.effects import HangUpAgent, OfferCall, ReturnToQueue, SetRescueMember, WithdrawOffer
from acd.events import Event
from acd.model import Queue
from calls.ids import QueueId
from calls.journey import Language
from calls.record import CallRecord

SwitchWish = OfferCall | WithdrawOffer | HangUpAgent | ReturnToQueue | SetRescueMember

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


class QueueSettings(Protocol):
    def load(self) -> tuple[Sequence[Queue], int]:
        """All queues and the settings' version."""
