"""The real engine as the simulated world meets it: nothing of it is copied, only `acd.engine.step` is called."""

from collections.abc import Callable

from acd.effects import Wish
from acd.engine import Step, next_deadline, step
from acd.events import Message
from acd.floor import Floor
from calls.clock import Instant

Watch = Callable[[Floor, Message, Step], None]
"""Called after each step: the floor as it is now, what was told, what became of it. It must not change the floor."""


class EngineFloor:
    """A floor that starts empty. With `watch` a measurement can look at every step."""

    def __init__(self, watch: Watch | None = None, floor: Floor | None = None) -> None:
        self.floor = floor or Floor()
        self._watch = watch

    def take(self, message: Message) -> list[Wish]:
        done = step(self.floor, message)
        if self._watch is not None:
            self._watch(self.floor, message, done)
        return [effect.wish for effect in done.effects]

    def next_deadline(self) -> Instant | None:
        return next_deadline(self.floor)
