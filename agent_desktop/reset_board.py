"""The PIN resets as all open pages of this process see them: asked for once a second, however many pages there are.

Agent and supervisor may be on desks of two processes, so the database is asked and not only this process' own acts.
"""

import asyncio
import time
from typing import Final

from agent_desktop.services import DeskServices
from agent_desktop.workers import Workers, WorkersBusy
from calls.ids import AgentId
from customers.pin_resets import PinReset, ResetState
from customers.ports import CustomersUnavailable

LOOK_S: Final = 1.0
"""How old what a page shows may be: nobody waits for an answer of a person more exactly."""


class ResetBoard:
    """While the customers' data is away the last known ones stay: a stream must not end in the middle of a talk."""

    def __init__(self, services: DeskServices, workers: Workers) -> None:
        self._services = services
        self._workers = workers
        self._seen: tuple[PinReset, ...] = ()
        self._read_at = -LOOK_S
        self._reading = asyncio.Lock()

    async def current(self) -> tuple[PinReset, ...]:
        """Those that wait or have a new answer, the longest in their state first."""
        resets = self._services.pin_resets
        if resets is None:
            return ()
        async with self._reading:
            if time.monotonic() - self._read_at >= LOOK_S:
                try:
                    self._seen = await self._workers.run(resets.current, self._services.clock.now())
                except (CustomersUnavailable, WorkersBusy):
                    pass
                self._read_at = time.monotonic()
        return self._seen

    async def of(self, login: AgentId) -> tuple[PinReset, ...]:
        """What this person has asked for."""
        return tuple(one for one in await self.current() if one.asked_by == login)

    async def waiting(self) -> tuple[PinReset, ...]:
        return tuple(one for one in await self.current() if one.state is ResetState.ASKED)

    def look_again(self) -> None:
        """Something was done here: the next look is at the database."""
        self._read_at = -LOOK_S
