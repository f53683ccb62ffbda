"""Events of Asterisk that are lost, doubled and come in another order, on the real reader and the real engine.

A switch on paper does what the engine wishes; of its events hypothesis loses, doubles and delays what it likes. After a
resync without further faults the floor is what the switch really holds, and every call is recorded once.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd.effects import Effect, WriteRecord
from acd.events import AgentReady, Event, WrapUpEnded
from acd.model import CallState
from calls.ids import AgentId
from calls.record import CallOutcome
from telephony.ami_events import AmiEvents
from telephony.ami_packet import Packet
from telephony.resync import read_node
from tests.kit.floors import NODE, SALES, Day, check_invariants
from tests.kit.paper_switch import PaperSwitch

AGENTS = tuple(AgentId(name) for name in ("anna", "boris", "vera"))
CONTACTS = {agent: [f"sip:{agent}@127.0.0.1"] for agent in AGENTS}
PEOPLE = ("comes", "leaves", "answers", "declines", "agent leaves", "caller hangs up", "time", "ready")
FATES = ("arrives", "arrives", "arrives", "arrives", "lost", "twice", "late")


@dataclass
class Line:
    """Between switch and engine. `fates`: what becomes of each event, in turn; the rest arrives."""

    fates: deque[str]
    switch: PaperSwitch = field(default_factory=PaperSwitch)
    day: Day = field(default_factory=lambda: Day(SALES))
    reader: AmiEvents = field(default_factory=lambda: AmiEvents(NODE, lambda _queue, _language: frozenset()))
    late: list[Packet] = field(default_factory=list)
    told: int = 0

    def __post_init__(self) -> None:
        for agent in AGENTS:
            self.day.agent_ready(agent)

    def carry(self, packets: list[Packet]) -> None:
        for packet in packets:
            fate = self.fates.popleft() if self.fates else "arrives"
            if fate == "late":
                self.late.append(packet)
                continue
            for _ in range({"lost": 0, "twice": 2}.get(fate, 1)):
                self.hear(packet)
            if self.late and fate == "arrives":
                self.hear(self.late.pop(0))
        self.obey()

    def hear(self, packet: Packet) -> None:
        for fact in self.reader.facts(packet):
            self.tell(fact)

    def tell(self, event: Event) -> None:
        self.day.tell(event)
        check_invariants(self.day.floor)

    def obey(self) -> None:
        """Perform what the engine has wished for since; what follows from it is carried too."""
        while self.told < len(self.day.effects):
            effect: Effect = self.day.effects[self.told]
            self.told += 1
            self.carry(self.switch.perform(effect.wish))

    def resync(self) -> None:
        """After a gap: no fault any more, and what the switch holds is read anew."""
        self.fates.clear()
        self.late.clear()
        seen = read_node(NODE, self.switch.rows(), CONTACTS, self.reader.skills_of)
        self.reader.begin_again(seen.legs, seen.contacts)
        for fact in seen.facts:
            self.tell(fact)
        self.obey()

    def people(self, what: str, which: int) -> None:
        waiting = [line for line in self.switch.callers() if not line.bridge]
        talking = [line for line in self.switch.callers() if line.bridge]
        who = {
            "leaves": waiting, "caller hangs up": talking, "answers": self.switch.legs(up=False),
            "declines": self.switch.legs(up=False), "agent leaves": self.switch.legs(up=True),
        }.get(what)  # fmt: skip
        if what == "comes":
            self.carry(self.switch.caller_comes())
        elif what == "time":
            self.day.wait(7)
            self.obey()
        elif what == "ready":
            for event in (WrapUpEnded(AGENTS[which % 3]), AgentReady(AGENTS[which % 3])):
                self.tell(event)
            self.obey()
        elif who:
            line = who[which % len(who)]
            act = {"answers": self.switch.answers, "declines": self.switch.declines}.get(what, self.switch.hangs_up)
            self.carry(act(line))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 5)), max_size=40),
    st.lists(st.sampled_from(FATES), max_size=120),
)
def test_after_a_resync_the_floor_is_what_the_switch_holds(acts: list[tuple[str, int]], fates: list[str]) -> None:
    line = Line(deque(fates))
    for what, which in acts:
        line.people(what, which)
    line.resync()
    floor, switch = line.day.floor, line.switch
    assert set(floor.calls) == {caller.call_id for caller in switch.callers()}
    assert {leg.uniqueid for leg in switch.legs(up=False)} | {leg.uniqueid for leg in switch.legs(up=True)} == set(
        floor.offers
    )
    bridged = {leg.call_id: leg.agent_id for leg in switch.legs(up=True) if leg.bridge}
    talking = {call.call_id: call.agent_id for call in floor.calls.values() if call.state is CallState.TALKING}
    assert talking == bridged
    for caller in list(switch.callers()):
        line.carry(switch.hangs_up(caller))
    line.day.wait(600)
    recorded = Counter(
        effect.wish.record.call_id for effect in line.day.effects if isinstance(effect.wish, WriteRecord)
    )
    assert not floor.calls
    assert all(count == 1 for count in recorded.values())
    outcomes = {record.outcome for record in line.day.records()}
    assert outcomes <= {CallOutcome.ANSWERED, CallOutcome.ABANDONED}
