"""A switch in memory: it keeps what the engine wished for and says what a test makes it say."""

import threading
from collections.abc import Callable

from acd.effects import OfferCall, SwitchWish
from acd.events import Event
from acd.ports import SwitchUnavailable


class FakeSwitch:
    """`away`: every wish is refused with SwitchUnavailable, and noted in `refused`."""

    def __init__(self) -> None:
        self.wishes: list[SwitchWish] = []
        self.beats: list[int] = []
        self.away = False
        self.refused: list[SwitchWish] = []
        self.closed = threading.Event()
        self._sink: Callable[[str, Event], None] | None = None

    def perform(self, wish: SwitchWish) -> None:
        if self.away:
            self.refused.append(wish)
            raise SwitchUnavailable("The test took the switch away.")
        self.wishes.append(wish)

    def listen(self, sink: Callable[[str, Event], None]) -> None:
        self._sink = sink

    def beat(self, epoch_s: int) -> None:
        self.beats.append(epoch_s)

    def close(self) -> None:
        self.closed.set()

    def says(self, event: Event) -> None:
        """Tell the engine; nothing when it does not listen yet or no more."""
        if self._sink is not None and not self.closed.is_set():
            self._sink("switch:node-1", event)

    @property
    def listens(self) -> bool:
        return self._sink is not None

    def offers(self) -> list[OfferCall]:
        return [wish for wish in self.wishes if isinstance(wish, OfferCall)]
