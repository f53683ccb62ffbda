"""A real Asterisk with our AGI server and our switch on it, and no engine: tests play the engine.

Callers who ring any number are sent to wait by a small flow; what the switch tells is kept in order.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from acd.effects import OfferCall, SetRescueMember
from acd.events import AgentReachable, CallQueued, Event
from acd.model import Leg
from calls.clock import AnchoredClock, after
from calls.ids import AgentId, CallId, NodeId, OfferId, offer_id
from calls.journey import Language
from dialplan import contract
from ivr.channel import Arrival, CallerHungUp
from prompts.phrase import Phrase
from telephony.agi_channel import AgiChannel
from telephony.agi_server import AgiServer, AgiSettings
from telephony.ami_link import AmiLink, AmiSettings
from telephony.announcer import Announcer
from telephony.softphones import SoftphoneAccounts
from telephony.switch import AmiSwitch
from tests.kit.asterisk import AsteriskNode
from tests.kit.fake_outgoing import FakeOutgoing
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually, eventually_sync

NODE = NodeId("test")
HOTLINE = "88005553535"
E = TypeVar("E", bound=Event)


class PromptFolder:
    """Sounds by prompt id, the same in every language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self, phrase: Phrase, language: Language) -> list[str]:
        return [str(self._folder / phrase.prompt_id)]


@dataclass
class Rig:
    """`flow` may be replaced by a test; by default a caller is sent to wait in the queue `general`."""

    node: AsteriskNode
    clock: AnchoredClock = field(default_factory=AnchoredClock)
    told: list[tuple[str, Event]] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    gone_at: list[float] = field(default_factory=list)
    flow: Callable[[AgiChannel, Arrival], None] | None = None
    switch: AmiSwitch = field(init=False)
    accounts: SoftphoneAccounts = field(init=False)
    attempts: int = 0
    outgoing: FakeOutgoing = field(default_factory=FakeOutgoing)

    def answer(self, channel: AgiChannel, arrival: Arrival, path: str) -> None:
        if path == contract.AGI_AFTER:
            return  # nobody is asked here: the goodbye follows
        self.arrivals.append(arrival)
        try:
            if self.flow is not None:
                self.flow(channel, arrival)
            self.wait_in_queue(channel)
        except CallerHungUp:
            self.gone_at.append(time.monotonic())
            raise

    def wait_in_queue(self, channel: AgiChannel) -> None:
        variables = {
            contract.QUEUE: "general",
            contract.ENQUEUED: str(self.clock.now()),
            contract.PRIORITY: "0",
            contract.LANGUAGE: "en",
        }
        channel.finish(contract.NEXT_WAIT, variables)

    def facts(self, kind: type[E], since: int = 0) -> list[E]:
        return [event for _, event in self.told[since:] if isinstance(event, kind)]

    async def fact(self, kind: type[E], since: int = 0, timeout_s: float = 5.0) -> E:
        """The first fact of a kind told after `since` (a length of `told`)."""
        found = await eventually(lambda: self.facts(kind, since), timeout_s, f"{kind.__name__} is told", 0.002)
        return found[0]

    async def waiting(self, arrivals: int = 1) -> Arrival:
        """The newest caller, once it is held by the dialplan."""
        await eventually(lambda: len(self.arrivals) >= arrivals, 5, "the caller reached the flow")
        arrival = self.arrivals[-1]
        where = f"{arrival.channel}!{contract.WAITING}!"
        await eventually(lambda: where in self.node.rx("core show channels concise"), 5, "the caller waits")
        return arrival

    def offer(self, arrival: Arrival, agent: str, seconds: float = 10.0) -> OfferCall:
        self.attempts += 1
        offer: OfferId = offer_id(arrival.call_id, self.attempts)
        expires_at = after(self.clock.now(), seconds)
        return OfferCall(offer, arrival.call_id, AgentId(agent), leg_of(arrival), expires_at)

    def queued(self, call_id: CallId, since: int = 0) -> list[CallQueued]:
        return [event for event in self.facts(CallQueued, since) if event.call_id == call_id]

    async def sign_in(self, phone: Telephone, agent: str) -> str:
        """Register the telephone with a new secret."""
        secret = self.accounts.rotate(AgentId(agent))
        await phone.register(self.node.server, contract.softphone(agent), secret)
        return secret

    @asynccontextmanager
    async def caller(self, trunk: str) -> AsyncIterator[Telephone]:
        """The telephone of callers, at the provider's address; its calls are over when this ends."""
        async with Telephone(trunk, name="caller") as phone:
            yield phone
        await self.empty()

    @asynccontextmanager
    async def agent(self, address: str, agent: AgentId) -> AsyncIterator[Telephone]:
        """An agent's registered telephone, of which the switch has told; the rescue knows the agent meanwhile."""
        async with Telephone(address, name=agent) as phone:
            await self.sign_in(phone, agent)
            self.switch.perform(SetRescueMember(agent, member=True, paused=True))
            assert await self.fact(AgentReachable) == AgentReachable(agent)
            yield phone
            self.switch.perform(SetRescueMember(agent, member=False, paused=True))

    @contextmanager
    def nobody_listens(self, since_s: int = 0) -> Iterator[None]:
        """The engine dies at the beginning (its last beat was so long ago), another one listens at the end."""
        beat = int(time.time()) - since_s
        self.switch.beat(beat)
        eventually_sync(lambda: f"{contract.BEAT}={beat}" in self.node.rx("dialplan show globals"), 5, "it has beaten")
        self.switch.close()
        yield
        self.switch = switch_of(self)
        self.switch.listen(lambda actor, event: self.told.append((actor, event)))
        assert self.switch.wait_up(10)

    async def empty(self) -> None:
        """Wait until no call is left. Errors: NotInTime with the channels that are.

        A caller who rings off while Bridge() takes the leg over can leave a channel behind that nothing runs and nobody
        can end ("Surrogate/...", state Down, in Asterisk 22.10). It is no call, and Status, by which the engine looks
        at a node, does not list it.
        """
        try:
            await eventually(lambda: not self._calls(), 10, "no call is left")
        except NotInTime as late:
            raise NotInTime(f"{late}\n{self.node.rx('core show channels concise')}") from None

    def _calls(self) -> list[str]:
        lines = self.node.rx("core show channels concise").splitlines()
        return [line for line in lines if "!" in line and not line.startswith("Surrogate/")]


async def ring_in(rig: Rig, caller: Telephone) -> tuple[PhoneCall, Arrival]:
    """A caller who waits in the music."""
    call = await caller.call(rig.node.server, HOTLINE, caller_number="79001112233")
    await call.answered(5)
    return call, await rig.waiting()


def leg_of(arrival: Arrival) -> Leg:
    return Leg(arrival.node, arrival.channel, arrival.leg)


def ami_settings(node: AsteriskNode) -> AmiSettings:
    config = node.config
    return AmiSettings(
        NODE, config.control, config.ami_port, config.ami_user, config.ami_secret, ping_s=0.2, pause_first_s=0.02
    )


def switch_of(rig: Rig) -> AmiSwitch:
    """A switch that has heard nothing yet."""
    prompts = rig.node.config.prompts
    return AmiSwitch(
        [ami_settings(rig.node)],
        rig.clock,
        lambda _, language: frozenset({language} - {"ru"}),
        rig.outgoing,
        Announcer(PromptFolder(prompts).files, str(prompts), rig.clock),
    )


@contextmanager
def switch_rig(node: AsteriskNode) -> Iterator[Rig]:
    """The rig on a running node; everything is closed at the end."""
    rig = Rig(node)
    config = node.config
    agi = AgiServer(
        AgiSettings(config.agi_host, config.agi_port, config.agi_secret, {config.bind: NODE, "127.0.0.1": NODE}),
        rig.answer,
        PromptFolder(config.prompts),
        rig.clock,
    )
    rig.switch = switch_of(rig)
    desk = AmiLink(ami_settings(node), [], lambda packet: None)
    rig.accounts = SoftphoneAccounts([desk])
    with ExitStack() as closing:
        agi.start()
        closing.callback(agi.stop)
        rig.switch.listen(lambda actor, event: rig.told.append((actor, event)))
        closing.callback(lambda: rig.switch.close())
        desk.start()
        closing.callback(desk.close)
        assert rig.switch.wait_up(10)
        assert desk.wait_up(10)
        # an hour ahead: the engine counts as living for the whole test
        rig.switch.beat(int(time.time()) + 3600)
        yield rig
