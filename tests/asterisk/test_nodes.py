"""Two Asterisk nodes, one engine over a real Redis: callers wait on both, the agents' telephones are where they are."""

import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from acd.effects import RingBack
from acd.events import Accepted, AgentReady, AgentSignedIn, Answer, CallbackElsewhere, CustomerNotReached, Event
from acd.inbox import Inbox
from acd.queues import FloorSettings, Queue
from acd.redis_store import connect
from acd.runner import Runner
from calls.clock import AnchoredClock, after
from calls.ids import AgentId, CallId, NodeId, QueueId, offer_id
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.record import CallOutcome, CallRecord
from calls.unreached import Unreached
from dialplan import contract
from dialplan.peers import Peer
from ivr.channel import Arrival
from staff.skills import Skills, skilled
from telephony.agi_channel import AgiChannel
from telephony.agi_server import AgiServer, AgiSettings
from telephony.ami_link import AmiLink, AmiSettings
from telephony.softphones import SoftphoneAccounts
from telephony.switch import AmiSwitch
from tests.kit.asterisk import AsteriskNode
from tests.kit.phone_call import PhoneCall
from tests.kit.redis_server import RedisServer
from tests.kit.switch_rig import PromptFolder
from tests.kit.telephone import ANSWER, RING, Telephone
from tests.kit.waiting import eventually, eventually_sync

NORTH, SOUTH = NodeId("north"), NodeId("south")
ADDRESS = {NORTH: "127.32.6.1", SOUTH: "127.32.6.2"}
LINE = {NORTH: "127.32.6.11", SOUTH: "127.32.6.12"}
DESK = {NORTH: "127.32.6.21", SOUTH: "127.32.6.22"}
ANNA, BORIS = AgentId("anna"), AgentId("boris")
QUEUE = Queue(QueueId("general"), "Общая", 20, frozenset(), offer_s=10, wrap_up_s=0)
AGI_SECRET = "one-secret-for-both-nodes"


@dataclass
class Written:
    """The database's side."""

    records: list[CallRecord] = field(default_factory=list)

    def write(self, record: CallRecord) -> None:
        self.records.append(record)

    def skills(self) -> Mapping[AgentId, Skills]:
        return {}

    def load(self) -> FloorSettings:
        return FloorSettings((QUEUE,), version=1)


@dataclass
class House:
    """The engine and everything it needs; `arrivals` are the callers, oldest first.

    `asked`: where the dialplan goes with the question after a talk; it gets none.
    """

    nodes: dict[NodeId, AsteriskNode]
    inbox: Inbox
    accounts: SoftphoneAccounts
    written: Written
    arrivals: list[Arrival]
    asked: list[str]

    def command(self, event: Event) -> Answer:
        return self.inbox.answer(self.inbox.tell(event), 5)

    async def sign_in(self, phone: Telephone, agent: AgentId, node: NodeId) -> None:
        """The telephone registers at this one node, the account is open at both."""
        secret = self.accounts.rotate(agent)
        await phone.register(self.nodes[node].server, contract.softphone(agent), secret)
        self.command(AgentSignedIn(agent, agent.title(), skilled()))
        await eventually(
            lambda: isinstance(self.command(AgentReady(agent)), Accepted), 20, f"{agent} is ready", every_s=0.2
        )


@pytest.fixture(scope="module")
def nodes() -> Iterator[dict[NodeId, AsteriskNode]]:
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(
                AsteriskNode.fresh(
                    ADDRESS[name],
                    trunk=LINE[name],
                    node=name,
                    peers=tuple(Peer(other, ADDRESS[other]) for other in ADDRESS if other != name),
                    agi_host=ADDRESS[NORTH],
                    agi_port=24576,
                    agi_secret=AGI_SECRET,
                    rtp_first=44000 + 200 * number,
                    rtp_last=44199 + 200 * number,
                    rtp_timeout_s=2,
                )
            )
            for number, name in enumerate(ADDRESS)
        }
        for name, node in running.items():
            eventually_sync(partial(sees_the_other, node), 15, f"{name} sees the other node")
        yield running


def sees_the_other(node: AsteriskNode) -> bool:
    """Asked at once instead of at its next turn."""
    (peer,) = node.config.peers
    node.rx(f"pjsip qualify {peer.endpoint}")
    return any(f"{peer.endpoint}/" in row and " Avail " in row for row in node.rx("pjsip show contacts").splitlines())


def logins_of(nodes: dict[NodeId, AsteriskNode]) -> list[AmiSettings]:
    return [
        AmiSettings(name, node.config.control, node.config.ami_port, node.config.ami_user, node.config.ami_secret)
        for name, node in nodes.items()
    ]


@pytest.fixture
def house(nodes: dict[NodeId, AsteriskNode]) -> Iterator[House]:
    clock = AnchoredClock()
    arrivals: list[Arrival] = []
    asked: list[str] = []

    def answer(channel: AgiChannel, arrival: Arrival, path: str) -> None:
        if path == contract.AGI_AFTER:
            asked.append(arrival.extension)
            return
        arrivals.append(arrival)
        variables = {contract.QUEUE: QUEUE.queue_id, contract.ENQUEUED: str(clock.now()), contract.PRIORITY: "0"}
        channel.finish(contract.NEXT_WAIT, variables | {contract.LANGUAGE: Language.RU})

    logins = logins_of(nodes)
    written = Written()
    agi = AgiServer(
        AgiSettings(ADDRESS[NORTH], 24576, AGI_SECRET, {"127.0.0.1": NORTH}, nodes=frozenset({SOUTH})),
        answer,
        PromptFolder(nodes[NORTH].config.prompts),
        clock,
    )
    with RedisServer() as redis, ExitStack() as closing:
        agi.start()
        closing.callback(agi.stop)
        links = [AmiLink(login, [], lambda packet: None) for login in logins]
        for link in links:
            link.start()
            closing.callback(link.close)

        def switch() -> AmiSwitch:
            return AmiSwitch(logins, clock, lambda _, __: frozenset())

        runner = Runner(connect(redis.url), "cc", clock, switch, written, written)
        thread = threading.Thread(target=runner.run, daemon=True)
        thread.start()
        closing.callback(thread.join, 10)
        closing.callback(runner.stop)
        assert all(link.wait_up(10) for link in links)
        inbox = Inbox(connect(redis.url), "cc", clock, "test")
        yield House(nodes, inbox, SoftphoneAccounts(links), written, arrivals, asked)


@pytest.fixture
async def anna(house: House) -> AsyncIterator[Telephone]:
    """Her telephone is registered at the north."""
    async with Telephone(DESK[NORTH], name="anna") as phone:
        await house.sign_in(phone, ANNA, NORTH)
        yield phone


async def ring(house: House, phone: Telephone, node: NodeId) -> PhoneCall:
    call = await phone.call(house.nodes[node].server, "88000000000", caller_number="79001112233")
    await call.answered(5)
    return call


async def they_hear_each_other(caller: PhoneCall, agent: PhoneCall) -> None:
    joined = time.monotonic()
    caller.talk(500)
    agent.talk(900)
    await caller.hear(5, joined, 900)
    await agent.hear(5, joined, 500)


async def test_callers_of_both_nodes_come_to_an_agent_at_one_in_their_order(house: House, anna: Telephone) -> None:
    """The first waits at the south, where no telephone is; who came later at her own node waits for it."""
    async with Telephone(LINE[SOUTH], name="south line") as south, Telephone(LINE[NORTH], name="north line") as north:
        first = await ring(house, south, SOUTH)
        came = await anna.incoming(10)
        assert [arrival.node for arrival in house.arrivals] == [SOUTH]
        assert came.invite is not None
        assert came.invite.get(contract.CALL_HEADER).decode() == house.arrivals[0].call_id
        second = await ring(house, north, NORTH)
        came.answer()
        await they_hear_each_other(first, came)
        await came.hang_up()
        await eventually(lambda: house.asked == ["asked_anna_"], 5, "the agent at the other node is named")
        next_one = await anna.incoming(10)
        next_one.answer()
        await they_hear_each_other(second, next_one)
        await second.hang_up()
        await eventually(lambda: len(house.written.records) == 2, 10, "both records are written")
    assert [(record.node, record.outcome, record.agent_id) for record in house.written.records] == [
        (SOUTH, CallOutcome.ANSWERED, ANNA),
        (NORTH, CallOutcome.ANSWERED, ANNA),
    ]


async def test_a_caller_who_leaves_stops_the_ringing_at_the_other_node(house: House, anna: Telephone) -> None:
    async with Telephone(LINE[SOUTH], name="south line") as south:
        call = await ring(house, south, SOUTH)
        came = await anna.incoming(10)
        await call.hang_up()
        assert (await came.ended(5)).status == 487


async def test_a_refusal_and_a_lost_telephone_are_told_apart_across_nodes(house: House, anna: Telephone) -> None:
    """Who declines is not ready; the next agent at her own node has the call. A telephone that falls silent in the talk
    brings the caller back to the music."""
    async with (
        Telephone(LINE[NORTH], name="north line") as north,
        Telephone(DESK[SOUTH], name="boris") as boris,
    ):
        call = await ring(house, north, NORTH)
        came = await anna.incoming(10)
        await house.sign_in(boris, BORIS, SOUTH)
        came.reject(603)
        there = await boris.incoming(10)
        there.answer()
        await they_hear_each_other(call, there)
        boris.deaf = True
        there.send_nothing()
        channels = house.nodes[NORTH]
        await eventually(lambda: "!waiting!" in channels.rx("core show channels concise"), 15, "the music is back")
        assert call.up


async def test_a_telephone_at_one_node_is_not_gone_because_the_other_has_none(house: House, anna: Telephone) -> None:
    house.nodes[SOUTH].kill()
    house.nodes[SOUTH].start()
    anna.behaviour = ANSWER
    async with Telephone(LINE[NORTH], name="north line") as north:
        call = await ring(house, north, NORTH)
        agent = await anna.incoming(10)
        await they_hear_each_other(call, agent)
    await eventually(partial(sees_the_other, house.nodes[NORTH]), 15, "the other node is back")


async def test_only_a_node_may_ring_a_telephone_and_nothing_else(house: House, anna: Telephone) -> None:
    """A stranger who knows the words is asked for a secret; a node reaches no other extension."""
    async with Telephone("127.32.6.66", name="stranger") as stranger:
        words = ((contract.AGENT_HEADER, ANNA.encode()),)
        call = await stranger.call(house.nodes[NORTH].server, contract.RING, headers=words)
        assert (await call.ended(5)).status == 401
    async with Telephone(ADDRESS[SOUTH], 5070, name="south") as peer:
        for word in ("88000000000", "s", "outside", "+79161234567"):
            call = await peer.call(house.nodes[NORTH].server, word)
            assert (await call.ended(5)).status == 404
        anna.behaviour = RING
        for name in ("anna&PJSIP/agent-anna", "anna,30", "nobody"):
            call = await peer.call(
                house.nodes[NORTH].server, contract.RING, headers=((contract.AGENT_HEADER, name.encode()),)
            )
            assert (await call.ended(5)).status >= 400
    north = house.nodes[NORTH]
    await eventually(lambda: "0 active channels" in north.rx("core show channels count"), 10, "all are gone")


async def test_a_callback_goes_to_a_node_that_takes_calls(nodes: dict[NodeId, AsteriskNode]) -> None:
    """Its own is drained, or nothing answers there; when all are drained it is rung where it was to be."""
    clock, told, drained = AnchoredClock(), list[Event](), {NORTH}
    logins = logins_of(nodes)
    gone = replace(logins[0], node=NodeId("gone"), port=9)
    switch = AmiSwitch([*logins, gone], clock, lambda _, __: frozenset(), drained=lambda: drained)
    switch.listen(lambda actor, event: told.append(event))
    try:
        await eventually(lambda: switch.down() == [gone.node], 10, "both nodes are there")
        for number, node in enumerate((NORTH, gone.node, NodeId("unknown")), 1):
            call = CallId(f"01900000-0000-7000-8000-00000000000{number}")
            wish = RingBack(offer_id(call, 1), call, ANNA, node, PhoneNumber("+79123456789"), after(clock.now(), 10))
            switch.perform(wish)
            assert told[-1] == CallbackElsewhere(wish.offer_id, SOUTH)
        drained.add(SOUTH)
        switch.perform(replace(wish, node=NORTH))
        assert told[-1] == CustomerNotReached(wish.offer_id, Unreached.NOT_ALLOWED)
    finally:
        switch.close()
