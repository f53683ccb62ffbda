"""Callers and agents for a floor on a real Asterisk, the same for every rival: sipp plays both.

One sipp is all agents: fixed contacts at one address, told apart by the INVITE's user. Talk times and the callers'
delays are one sequence for all rivals, so that no rival is lucky: blocks of exponential quantiles, shuffled. The
callers are not answered before an agent is (200 OK is an agent's voice), so that sipp can give up by its patience.
"""

import asyncio
import contextlib
import math
import random
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.floor_watch import CALLER_WAITS, Watched, watch
from dialplan import launch
from dialplan.contract import ACCOUNT, ACCOUNT_OPENED, NOWHERE, softphone
from dialplan.render import AsteriskConfig
from dialplan.softphones import endpoint
from dialplan.trunks import SIMPLE, Trunk
from telephony.ami_packet import Packet, PacketBuffer, encode_action, parse_packet
from tests.kit.bare_ami import bare_ami
from tests.kit.scenarios import agent, queue_caller
from tests.kit.sipp import Load, Sipp
from tests.kit.udp import Address
from tests.kit.waiting import eventually

ARRIVAL: Final = Trunk(SIMPLE, ()).context
"""The context in which the provider of a simple installation arrives."""
NUMBER: Final = "bench"
"""What the callers dial."""
ANSWER_MS: Final = 300
TALK_MS: Final = 3000.0
PATIENCE_MS: Final = 10_000.0
_BLOCK: Final = 90
"""So many talks have exactly the exponential distribution's shares."""
_EMPTY_S: Final = 20.0
_ANSWER_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Course:
    """One run: `load` as share of the agents' capacity. The callers' delays fill the warming up."""

    load: float
    warm_s: float
    watched_s: float


def agent_names(count: int) -> list[str]:
    return [f"bench-{number:02d}" for number in range(1, count + 1)]


def capacity(agents: int) -> float:
    """Calls a second that the agents can serve: agents / (talk + ring)."""
    return agents * 1000 / (TALK_MS + ANSWER_MS)


def dialplan(way: Sequence[str]) -> str:
    """The callers' number, which goes on by `way`; and what tells the engine of an agent's telephone."""
    contacts = f"${{PJSIP_DIAL_CONTACTS(${{{ACCOUNT}}})}}"
    steps = ["Ringing()", f"UserEvent({CALLER_WAITS})", *way]
    opens = [f"UserEvent({ACCOUNT_OPENED},Account: ${{{ACCOUNT}}},Contacts: {contacts})", "Answer()", "Hangup()"]
    return f"\n[{ARRIVAL}](+)\n{_extension(NUMBER, steps)}\n[bench-accounts]\n{_extension('open', opens)}\n"


def _extension(name: str, steps: Sequence[str]) -> str:
    first, *rest = steps
    return "\n".join([f"exten => {name},1,{first}", *(f" same => n,{step}" for step in rest)])


def telephones(address: str, agents: Sequence[str], place: Address) -> str:
    """The agents' accounts for pjsip.conf: all at one place, told apart by the user of the INVITE."""
    parts = []
    for name in map(softphone, agents):
        options = endpoint("plain", address, "ru", rtp_timeout_s=0) | {"aors": name}
        lines = [f"[{name}]", "type = endpoint", *(f"{option} = {value}" for option, value in options.items())]
        parts += [*lines, f"[{name}]", "type = aor", f"contact = sip:{name}@{place[0]}:{place[1]}", ""]
    return "\n".join(["", *parts])


def append(config: AsteriskConfig, name: str, text: str) -> None:
    """To one of the rendered files of a running Asterisk, which then has to read it again."""
    with config.file.with_name(f"{name}.conf").open("a", encoding="utf-8") as file:
        file.write(text)


async def connect_telephones(config: AsteriskConfig, agents: Sequence[str], place: Address) -> None:
    """Make the agents' telephones known to a running Asterisk and to whoever listens to it. Errors: NotInTime."""
    append(config, "pjsip", telephones(config.bind, agents, place))
    await console(config, "module reload res_pjsip.so")
    last = softphone(agents[-1])
    await eventually(lambda: _has(config, last), _ANSWER_S, "the agents' accounts are read", every_s=0.2)
    async with bare_ami(config) as ami:
        for name in map(softphone, agents):
            channel = {"Channel": "Local/open@bench-accounts/n", "Context": NOWHERE, "Exten": "s", "Priority": "1"}
            await ami.act("Originate", {**channel, "Async": "true", "Variable": f"{ACCOUNT}={name}"})
        for name in map(softphone, agents):
            await ami.event(_of(name), _ANSWER_S, f"{name} is told")


async def _has(config: AsteriskConfig, account: str) -> bool:
    return "Unavailable" not in (told := await console(config, f"pjsip show endpoint {account}")) and "Contact:" in told


def _of(account: str) -> Callable[[Mapping[str, str]], bool]:
    return lambda event: event.get("Account") == account


class EventTape(threading.Thread):
    """Keeps what Asterisk tells as bytes while the load runs; reading them costs the measurement nothing."""

    def __init__(self, config: AsteriskConfig) -> None:
        super().__init__(name="event-tape", daemon=True)
        self._line = socket.create_connection((config.control, config.ami_port), 5)
        self._line.sendall(encode_action("Login", (("Username", config.ami_user), ("Secret", config.ami_secret)), "t"))
        self._line.settimeout(None)
        self._parts: list[bytes] = []

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while part := self._line.recv(1 << 18):
                self._parts.append(part)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._line.close()

    def packets(self) -> Iterator[Packet]:
        """Everything heard so far, in order of arrival."""
        buffer = PacketBuffer(1 << 30)
        for raw in buffer.feed(b"".join(self._parts)):
            packet = parse_packet(raw)
            if packet is not None:
                yield packet


@contextlib.contextmanager
def event_tape(config: AsteriskConfig) -> Iterator[EventTape]:
    tape = EventTape(config)
    tape.start()
    try:
        yield tape
    finally:
        tape.close()


def talks(seed: int = 1) -> tuple[int, ...]:
    """Talk times in milliseconds: each block of `_BLOCK` has the mean and the shares of the exponential."""
    chance = random.Random(seed)
    quantiles = [-math.log(1 - (number + 0.5) / _BLOCK) for number in range(_BLOCK)]
    scale = TALK_MS * _BLOCK / sum(quantiles)
    found: list[int] = []
    for _ in range(40):
        block = [max(1, round(scale * quantile)) for quantile in quantiles]
        chance.shuffle(block)
        found += block
    return tuple(found)


def delays(spread_ms: int, seed: int = 2) -> tuple[int, ...]:
    """The callers' delays: uniform, which turns a fixed rate into nearly Poisson arrivals."""
    chance = random.Random(seed)
    return tuple(chance.randrange(spread_ms) for _ in range(4001))


@contextlib.asynccontextmanager
async def agents_at(sipp: Sipp, name: str, place: Address, server: Address) -> AsyncIterator[None]:
    """All agents, at one address, until the block is left."""
    scenario = agent(ANSWER_MS, None, own_talks=True)
    async with sipp.running(f"agents-{name}", scenario, Load(place, server, values=talks())):
        yield


async def measured(
    config: AsteriskConfig, sipp: Sipp, name: str, callers: Address, agents: Sequence[str], course: Course
) -> Watched:
    """Let callers come for the whole course and read what the floor did in its watched part."""
    server = (config.bind, config.sip_port)
    rate = course.load * capacity(len(agents))
    load = Load(callers, server, NUMBER, per_second=rate, media_port=21_000, values=delays(round(course.warm_s * 1000)))
    with event_tape(config) as tape:
        begins = time.time() + course.warm_s
        async with sipp.running(f"callers-{name}", queue_caller(PATIENCE_MS, None), load):
            await asyncio.sleep(begins + course.watched_s - time.time())
        return watch(tape.packets(), agents, begins, begins + course.watched_s)


async def empty(config: AsteriskConfig) -> None:
    """End every call and wait until Asterisk has none. Errors: NotInTime."""
    await console(config, "channel request hangup all")

    async def none() -> bool:
        return "0 active channels" in await console(config, "core show channels count")

    await eventually(none, _EMPTY_S, "no call is left", every_s=0.2)


async def console(config: AsteriskConfig, question: str) -> str:
    """What Asterisk's console answers."""
    ask = launch.ask(config, question)
    answer = await asyncio.to_thread(subprocess.run, ask, capture_output=True, timeout=10, check=False)
    return answer.stdout.decode("utf-8", "replace")
