"""The callers and agents of a storm, as telephones: what each does from the first ring to the end."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.heard import begins_at
from benchmarks.storm_model import Kind, StormCaller, talk_s, talk_times
from customers.demo import IN_OUTAGE
from tests.kit.call_centre import CallCentre
from tests.kit.desk_agent import DeskAgent
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.timeline import CallFailed, Step
from tests.kit.waiting import NotInTime, eventually

FIRST_LOOK_S: Final = 4.2
"""After the answer: the greeting and enough of the sentence to know it by have passed."""
HEARS_WITHIN_S: Final = 15.0
LISTENS_S: Final = 8.0
"""From the sentence's beginning: what, why and until when."""
AGENT_HZ: Final = 1000
RING_S: Final = 1.0
NO_END_S: Final = 120.0
"""So long a danger to life waits at most, and a talk with its goodbye lasts."""
SHIFT_S: Final = 3600.0
_KNOWN_S: Final = 1.0
_LOOKS_S: Final = 0.5


@dataclass(slots=True)
class Seen:
    """What the telephones saw, by the kind of caller. Times in seconds."""

    answered: list[Kind] = field(default_factory=list)
    sentence: dict[Kind, list[float]] = field(default_factory=lambda: {Kind.AFFECTED: [], Kind.NAMED: []})
    """From the answer, or from the last key of the PIN, to the sentence's first sound."""
    deaf: list[Kind] = field(default_factory=list)
    """They are concerned and have not heard it."""
    left: list[Kind] = field(default_factory=list)
    talked: list[Kind] = field(default_factory=list)
    gave_up: list[Kind] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            self.at_once -= 1


class Callers:
    """All of them come by one provider."""

    def __init__(self, centre: CallCentre, provider: Telephone, seen: Seen) -> None:
        self._centre = centre
        self._provider = provider
        self._seen = seen
        self._sentence: Path = centre.prompt("ru", "outage.emergency")

    async def call(self, caller: StormCaller, number: str) -> None:
        """One call, from the dialling to its end."""
        call = await self._provider.call(self._centre.sip, self._centre.hotline, caller_number=number)
        call.talk(440)
        with self._seen.going_on():
            try:
                await call.answered(timeout_s=10)
                self._seen.answered.append(caller.kind)
                await self._as(caller, call)
            except (CallFailed, NotInTime, TimeoutError) as fault:
                self._seen.dropped.append(f"{caller.kind} at {caller.at_s:.1f} s: {fault}")
            finally:
                with suppress(TimeoutError):
                    await call.hang_up()

    async def _as(self, caller: StormCaller, call: PhoneCall) -> None:
        match caller.kind:
            case Kind.DANGER:
                await asyncio.sleep(caller.thinks_s / 2)
                await call.press("3")
                await self._wait_for_agent(caller, call, NO_END_S)
            case Kind.OTHER:
                await asyncio.sleep(caller.thinks_s)
                await call.press("0")
                await self._wait_for_agent(caller, call, caller.patience_s)
            case Kind.AFFECTED:
                known = call.timeline.first(Step.ANSWERED) or 0.0
                await self._listen(caller, call, known)
            case Kind.NAMED:
                await call.press("1")
                for keyed in (IN_OUTAGE.number, IN_OUTAGE.pin):
                    await asyncio.sleep(1)
                    known = await call.press(f"{keyed}#")
                await self._listen(caller, call, known)

    async def _listen(self, caller: StormCaller, call: PhoneCall, known: float) -> None:
        """Hear of the outage; most have heard enough then, the others want an agent."""

        async def begins() -> float | None:
            if call.end is not None:
                raise CallFailed(f"ended while it listened: {call.end}")
            return await begins_at(call, self._sentence, known, _KNOWN_S)

        await asyncio.sleep(max(0.0, known + FIRST_LOOK_S - time.monotonic()))
        try:
            begun = await eventually(begins, HEARS_WITHIN_S, "the outage's sentence is heard", every_s=1.0)
        except NotInTime:
            self._seen.deaf.append(caller.kind)
        else:
            self._seen.sentence[caller.kind].append(begun - known)
            await asyncio.sleep(max(0.0, begun + LISTENS_S - time.monotonic()))
            if caller.leaves:
                self._seen.left.append(caller.kind)
                return
        await call.press("0")
        await self._wait_for_agent(caller, call, caller.patience_s)

    async def _wait_for_agent(self, caller: StormCaller, call: PhoneCall, patience_s: float) -> None:
        """Until an agent's voice, then until the end of the talk; or until the patience is over."""
        begun = time.monotonic()
        while time.monotonic() - begun < patience_s:
            await asyncio.sleep(_LOOKS_S)
            if call.first_sound_at(time.monotonic() - 2 * _LOOKS_S, AGENT_HZ) is not None:
                self._seen.talked.append(caller.kind)
                await call.ended(timeout_s=NO_END_S)
                return
            if call.end is not None:
                raise CallFailed(f"ended while it waited: {call.end}")
        self._seen.gave_up.append(caller.kind)


async def work(agent: DeskAgent, number: int) -> None:
    """Take calls until cancelled: ring, talk, hang up, done."""
    chance = talk_times(number)
    while True:
        talk = await agent.phone.incoming(timeout_s=SHIFT_S)
        await asyncio.sleep(RING_S)
        if talk.end is not None:
            continue  # the caller has given up
        talk.talk(AGENT_HZ)
        talk.answer()
        with suppress(NotInTime):
            await talk.ended(timeout_s=talk_s(chance))
        with suppress(TimeoutError):
            await talk.hang_up()
        with suppress(NotInTime):  # the caller left in the same moment: there is nothing to write
            await agent.end_wrap_up()
