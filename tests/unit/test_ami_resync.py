"""What a node holds, read from its rows alone: adoption, talks, the rescue, telephones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.events import (
    AgentReachable,
    AgentUnreachable,
    CallConnected,
    CallerLeftPayment,
    CallQueued,
    CallRescued,
    NodeSeen,
    OfferAccepted,
)
from acd.model import Leg
from calls.ids import AgentId, CallId, NodeId, QueueId, offer_id
from calls.journey import Language
from telephony.ami_packet import Packet
from telephony.legs import adopt, contacts_of, party
from telephony.resync import Seen, read_node, rescue_agents

NODE = NodeId("main")
CALL = CallId("0190b8a0-0000-7000-8000-000000000001")
OTHER = CallId("0190b8a0-0000-7000-8000-000000000002")
PLACE = {"CC_QUEUE": "general", "CC_ENQUEUED": "1700000000000", "CC_PRIORITY": "30", "CC_LANG": "en"}


def skills_of(queue: QueueId, language: Language) -> frozenset[str]:
    return frozenset() if language is Language.RU else frozenset({language.value})


def row(channel: str, uniqueid: str, call: str = CALL, bridge: str = "", **more: str) -> Packet:
    fields = {"Channel": channel, "Uniqueid": uniqueid, "BridgeID": bridge, "ChannelState": "6", "Context": "waiting"}
    variables = {"CC_CALL": call} | (PLACE if not channel.startswith("PJSIP/agent-") else {})
    return Packet("Status", True, fields | {"CallerIDNum": "79001112233", "DNID": "88005553535"} | more, variables)


CALLER = row("PJSIP/trunk-1", "main-1.1")


def seen(*rows: Packet, telephones: dict[AgentId, list[str]] | None = None) -> Seen:
    return read_node(NODE, rows, telephones or {}, skills_of)


def test_a_waiting_call_is_adopted_from_its_channel_alone() -> None:
    before, queued = seen(CALLER).facts
    assert before == NodeSeen(NODE, frozenset({CALL}), frozenset())
    assert isinstance(queued, CallQueued)
    assert (queued.call_id, queued.queue_id, queued.priority_s) == (CALL, "general", 30)
    assert (queued.enqueued_at, queued.skills) == (1_700_000_000_000, frozenset({"en"}))
    assert queued.leg == Leg(NODE, "PJSIP/trunk-1", "main-1.1")
    assert (queued.facts.caller_number, queued.facts.dialled) == ("+79001112233", "88005553535")
    assert queued.facts.language is Language.EN


@pytest.mark.parametrize(
    ("context", "extension", "waits"),
    [("waiting", "s", True), ("waiting", "5", False), ("rescue", "s", False), ("held", "s", False)],
)
def test_a_call_in_the_music_is_seen_to_wait(context: str, extension: str, waits: bool) -> None:
    (_, queued) = seen(row("PJSIP/trunk-1", "main-1.1", Context=context, Exten=extension)).facts
    assert isinstance(queued, CallQueued)
    assert queued.seen is waits


def test_a_caller_who_has_left_a_payment_is_told_and_one_in_it_is_only_seen() -> None:
    over = row("PJSIP/trunk-1", "main-1.1", Context="paying", Exten="over")
    _, queued, left = seen(over).facts
    assert isinstance(queued, CallQueued)
    assert not queued.seen
    assert left == CallerLeftPayment(CALL)
    assert len(seen(row("PJSIP/trunk-1", "main-1.1", Context="paying", Exten="1")).facts) == 1


def test_calls_that_are_not_waiting_are_only_seen() -> None:
    menu = row("PJSIP/trunk-1", "main-1.1", Context="ivr")
    assert seen(menu).facts == (NodeSeen(NODE, frozenset({CALL}), frozenset()),)


def test_older_calls_come_first() -> None:
    young = Packet("Status", True, row("PJSIP/trunk-2", "main-1.2").fields,
                   {**PLACE, "CC_CALL": OTHER, "CC_ENQUEUED": "1700000000001"})  # fmt: skip
    queued = [fact.call_id for fact in seen(young, CALLER).facts if isinstance(fact, CallQueued)]
    assert queued == [CALL, OTHER]


def test_a_talk_is_connected_again_and_not_queued() -> None:
    offer = offer_id(CALL, 1)
    facts = seen(
        row("PJSIP/trunk-1", "main-1.1", bridge="b"), row("PJSIP/agent-anna-2", offer, bridge="b", Context="take")
    ).facts
    assert facts == (
        NodeSeen(NODE, frozenset({CALL}), frozenset({offer})),
        OfferAccepted(offer),
        CallConnected(offer),
    )


def test_a_ringing_offer_is_seen_and_not_accepted() -> None:
    offer = offer_id(CALL, 1)
    facts = seen(row("PJSIP/agent-anna-2", offer, ChannelState="5")).facts
    assert facts == (NodeSeen(NODE, frozenset(), frozenset({offer})),)


def test_a_second_line_outside_is_seen_by_its_name() -> None:
    offer, line = offer_id(CALL, 1), offer_id(CALL, 2)
    agent = row("PJSIP/agent-anna-2", offer, bridge="b", Context="second-line")
    dialling = Packet("Status", True, agent.fields, {**agent.variables, "CC_LINE": line})
    assert seen(dialling).facts[0] == NodeSeen(NODE, frozenset(), frozenset({offer, line}))
    waits = Packet("Status", True, {**agent.fields, "Exten": "over"}, {"CC_LINE": line})
    assert seen(waits).facts[0] == NodeSeen(NODE, frozenset(), frozenset({offer}))
    hostile = Packet("Status", True, agent.fields, {"CC_LINE": "main-1.7"})
    assert seen(hostile).facts[0] == NodeSeen(NODE, frozenset(), frozenset({offer}))


def test_a_rescued_talk_is_told_and_one_that_waits_is_brought_back() -> None:
    talk = seen(
        row("PJSIP/trunk-1", "main-1.1", bridge="b", Context="rescue"),
        row("PJSIP/agent-anna-2", "main-1.2", bridge="b", Context="softphone"),
    )
    assert CallRescued(CALL, AgentId("anna"), Leg(NODE, "PJSIP/trunk-1", "main-1.1")) in talk.facts
    assert talk.rescued == ()
    waits = seen(row("PJSIP/trunk-1", "main-1.1", Context="rescue"))
    assert waits.rescued == ("PJSIP/trunk-1",)
    assert any(isinstance(fact, CallQueued) for fact in waits.facts)


def test_telephones_are_told_before_calls_are_queued() -> None:
    facts = seen(CALLER, telephones={AgentId("boris"): [], AgentId("anna"): ["sip:a@1"]}).facts
    assert facts[1:3] == (AgentReachable(AgentId("anna")), AgentUnreachable(AgentId("boris")))


def test_the_members_of_the_rescue_queue_are_the_agents() -> None:
    rows = [
        Packet("QueueParams", True, {"Queue": "rescue"}),
        Packet("QueueMember", True, {"Location": "PJSIP/agent-anna"}),
        Packet("QueueMember", True, {"Location": "PJSIP/trunk"}),
        Packet("QueueMember", True, {"Location": "Local/agent-boris"}),
    ]
    assert rescue_agents(rows) == {AgentId("anna")}


def test_contacts_of_a_telephone() -> None:
    text = "PJSIP/agent-anna/sip:agent-anna@127.0.0.1:5060&PJSIP/agent-anna/sip:x@y"
    assert contacts_of(AgentId("anna"), text) == ["sip:agent-anna@127.0.0.1:5060", "sip:x@y"]
    assert contacts_of(AgentId("anna"), "") == []


@given(st.dictionaries(st.sampled_from(["CC_CALL", *PLACE]), st.text()), st.text(), st.text())
def test_any_variables_make_a_believable_call_or_none(values: dict[str, str], number: str, dialled: str) -> None:
    row = Packet("Status", True, {"Channel": "PJSIP/trunk-1", "Uniqueid": "1.1"}, {"CC_CALL": CALL} | values)
    call = adopt(NODE, party(row), row.variables, number, dialled, skills_of, seen=True)
    if call is not None:
        assert 0 <= call.priority_s <= 86_400
        assert 0 < call.enqueued_at < 2**45
        assert len(call.facts.dialled) <= 32
