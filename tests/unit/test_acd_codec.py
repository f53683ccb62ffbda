"""Everything that is stored comes back the same; what is not ours is refused by name and never run."""

import pytest

from acd import codec
from acd.effects import Effect, OfferCall, SetRescueMember
from acd.errors import Reason, Unreadable
from acd.events import (
    Accepted,
    AgentNotReady,
    AgentSignedIn,
    CallQueued,
    Message,
    NodeSeen,
    QueuesChanged,
    Refused,
    TimePassed,
)
from acd.model import Agent, Call, Leg, Pool
from acd.queues import Queue
from calls.clock import Instant
from calls.ids import AgentId, CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber
from staff.skills import skilled

LEG = Leg(NodeId("one"), "PJSIP/trunk-00000001", "one-17.1")
FACTS = CallFacts(PhoneNumber("+73060000170"), "88000000000", Language.EN, account="4401220170", accounts=("1", "2"))
QUEUED = CallQueued(
    CallId("01900000-0000-7000-8000-000000000001"), QueueId("general"), frozenset({"ru"}), 5, Instant(7), Instant(9),
    LEG, FACTS.with_step(Instant(8), "balance", "balance", "debt"),
)  # fmt: skip
EVENTS = (
    QUEUED,
    AgentSignedIn(AgentId("orlov"), "Орлов", skilled("ru", level=5) | skilled("general", level=1)),
    AgentNotReady(AgentId("orlov"), "обед\u2028\r\n\"'"),
    QueuesChanged((Queue(QueueId("general"), "Общая", 20, frozenset({"general"})),), 3),
    NodeSeen(NodeId("one"), frozenset({QUEUED.call_id}), frozenset()),
    TimePassed(),
)


@pytest.mark.parametrize("event", EVENTS)
def test_a_message_comes_back_the_same(event: CallQueued) -> None:
    message = Message(EventId("m1"), Instant(11), "switch:one", event)
    assert codec.decode_message(codec.encode_message(message)) == message


@pytest.mark.parametrize(
    "wish",
    [
        OfferCall(OfferId("offer-x-1"), QUEUED.call_id, AgentId("orlov"), LEG, Instant(99)),
        SetRescueMember(AgentId("orlov"), True, False),
    ],
)
def test_an_effect_comes_back_the_same(wish: OfferCall) -> None:
    effect = Effect("12-0", wish, ("call:1", "agent:orlov"))
    assert codec.decode_effect(codec.encode_effect(effect)) == effect


def test_entities_come_back_the_same() -> None:
    call = Call(
        QUEUED.call_id, QUEUED.queue_id, QUEUED.skills, 5, Instant(7), Instant(9), 20, LEG, QUEUED.facts, sequence=4
    )
    assert codec.decode(codec.encode(call), Call) == call
    agent = Agent(AgentId("orlov"), "Орлов", skilled("ru", "general"), share=0.25)
    assert codec.decode(codec.encode(agent), Agent) == agent
    assert codec.decode(codec.encode(Pool(0.3, Instant(5))), Pool) == Pool(0.3, Instant(5))


def test_a_queue_stored_before_zones_is_in_the_suppliers() -> None:
    older = b'{"queue_id":"general","title":"G","target_s":20,"skills":[],"offer_s":15,"wrap_up_s":60,"strategy":"x"}'
    assert codec.decode(older, Queue).zone == "Europe/Moscow"
    far = Queue(QueueId("far"), "Far", 20, frozenset(), zone="Asia/Vladivostok")
    assert codec.decode(codec.encode(far), Queue) == far


def test_answers_come_back_the_same() -> None:
    for answer in (Accepted(EventId("m")), Refused(EventId("m"), Reason.ON_CALL)):
        assert codec.decode_answer(codec.encode_answer(answer)) == answer


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{",
        b"[]",
        b'{"id":"m","at":1,"actor":"a","event":{"kind":"os.system","v":1,"data":{}}}',
        b'{"id":"m","at":1,"actor":"a","event":{"kind":"AgentReady","v":99,"data":{"agent_id":"x"}}}',
        b'{"id":"m","at":1,"actor":"a","event":{"kind":"AgentReady","v":0,"data":{"agent_id":"x"}}}',
        b'{"id":"m","at":1,"actor":"a","event":{"kind":"AgentReady","v":1,"data":{"agent_id":7}}}',
        b'{"id":"m","at":"soon","actor":"a","event":{"kind":"TimePassed","v":1,"data":{}}}',
        b"\xff\xfe",
        b'"' + b"x" * 300_000 + b'"',
    ],
)
def test_what_is_not_ours_is_unreadable(hostile: bytes) -> None:
    with pytest.raises(Unreadable):
        codec.decode_message(hostile)


def test_an_older_version_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if version 3 were today's: what version 1 called `why` became `cause`, then `reason`."""
    monkeypatch.setattr(codec, "SCHEMA_VERSION", 3)
    steps = {
        ("AgentNotReady", 1): lambda fields: {"agent_id": fields["agent_id"], "cause": fields["why"]},
        ("AgentNotReady", 2): lambda fields: {"agent_id": fields["agent_id"], "reason": fields["cause"]},
    }
    monkeypatch.setattr(codec, "UPCASTS", steps)
    old = b'{"id":"m","at":1,"actor":"a","event":{"kind":"AgentNotReady","v":1,"data":{"agent_id":"x","why":"lunch"}}}'
    assert codec.decode_message(old).event == AgentNotReady(AgentId("x"), "lunch")
    assert codec.decode(b'{"mean_share":0.25,"at":7}', Pool, 1) == Pool(0.25, Instant(7))


def test_what_version_1_wrote_of_skills_has_the_usual_level() -> None:
    data = '{"agent_id":"orlov","name":"Орлов","skills":["ru","general"]}'
    text = f'{{"id":"m","at":1,"actor":"a","event":{{"kind":"AgentSignedIn","v":1,"data":{data}}}}}'
    signed_in = AgentSignedIn(AgentId("orlov"), "Орлов", skilled("ru", "general", level=3))
    assert codec.decode_message(text.encode()).event == signed_in
    agent = codec.decode(data.encode(), Agent, 1)
    assert agent == Agent(AgentId("orlov"), "Орлов", skilled("ru", "general", level=3))
    with pytest.raises(Unreadable):
        codec.decode(b'{"agent_id":"orlov","name":"x"}', Agent, 1)
    with pytest.raises(Unreadable):
        codec.decode(b'{"agent_id":"orlov","name":"x","skills":7}', Agent, 1)


@pytest.mark.parametrize("level", [0, 6, -1, 2**60])
def test_a_level_is_1_to_5(level: int) -> None:
    signed_in = AgentSignedIn(AgentId("orlov"), "Орлов", skilled("ru", level=level))
    with pytest.raises(Unreadable, match="skills"):
        codec.decode_message(codec.encode_message(Message(EventId("m1"), Instant(11), "user:orlov", signed_in)))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("AgentReady", '{"agent_id":"../../etc"}'),
        ("AgentReady", '{"agent_id":"a b"}'),
        ("CallerLeft", '{"call_id":"1"}'),
        ("OfferAccepted", '{"offer_id":"PJSIP/x"}'),
    ],
)
def test_ids_have_the_form_of_ids(kind: str, data: str) -> None:
    text = f'{{"id":"m","at":1,"actor":"a","event":{{"kind":"{kind}","v":1,"data":{data}}}}}'
    with pytest.raises(Unreadable, match="has not the form"):
        codec.decode_message(text.encode())


@pytest.mark.parametrize("enqueued_at", [-1, 2**53, 10**30])
def test_numbers_have_a_size(enqueued_at: int) -> None:
    text = codec.encode_message(Message(EventId("m1"), Instant(11), "ivr", QUEUED)).decode()
    hostile = text.replace('"enqueued_at":9', f'"enqueued_at":{enqueued_at}')
    assert hostile != text
    with pytest.raises(Unreadable):
        codec.decode_message(hostile.encode())
