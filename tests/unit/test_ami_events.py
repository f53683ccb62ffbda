"""What Asterisk's events mean, event by event as Asterisk 22.10 sends them, in every order it may send them."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.events import (
    AgentLegEnded,
    AgentReachable,
    AgentUnreachable,
    CallConnected,
    CallerLeft,
    CallerLeftPayment,
    CallHeld,
    CallQueued,
    CallRescued,
    CallResumed,
    ConnectFailed,
    Decline,
    Event,
    LegEnd,
    OfferAccepted,
    OfferDeclined,
    TelephoneRenewed,
)
from acd.model import Leg
from calls.ids import AgentId, CallId, NodeId, OfferId, offer_id
from telephony import ami_events
from telephony.ami_events import EVENTS, AmiEvents, decline
from telephony.ami_packet import Packet

NODE = NodeId("main")
CALL = CallId("0190b8a0-0000-7000-8000-000000000001")
OFFER = offer_id(CALL, 1)
CALLER = {"Channel": "PJSIP/trunk-00000001", "Uniqueid": "main-1.1"}
AGENT = {"Channel": "PJSIP/agent-anna-00000002", "Uniqueid": OFFER}
RESCUER = {"Channel": "PJSIP/agent-boris-00000003", "Uniqueid": "main-1.3"}


def event(kind: str, **fields: str) -> Packet:
    return Packet(kind, True, {"Event": kind, **fields}, {"CC_CALL": CALL})


def enter(leg: dict[str, str], bridge: str = "b1") -> Packet:
    return event("BridgeEnter", BridgeUniqueid=bridge, **leg)


def leave(leg: dict[str, str], bridge: str = "b1") -> Packet:
    return event("BridgeLeave", BridgeUniqueid=bridge, **leg)


NEW = event("Newchannel", **AGENT)
RINGING = event("DialState", DestUniqueid=OFFER, DialStatus="RINGING")
ANSWER = event("DialEnd", DestUniqueid=OFFER, DialStatus="ANSWER")
SUCCESS = event("OriginateResponse", Uniqueid=OFFER, Response="Success", Reason="4")
FAILURE = event("OriginateResponse", Uniqueid=OFFER, Response="Failure", Reason="0")
REQUEST = event("HangupRequest", **AGENT)


def hangup(leg: dict[str, str], cause: str = "16", tech: str = "") -> Packet:
    return event("Hangup", Cause=cause, TechCause=tech, **leg)


def told(*packets: Packet) -> list[Event]:
    reader = AmiEvents(NODE, lambda queue, language: frozenset({language.value}))
    return [fact for packet in packets for fact in reader.facts(packet)]


def test_an_offer_that_is_answered_and_bridged() -> None:
    facts = told(NEW, RINGING, ANSWER, SUCCESS, enter(AGENT), enter(CALLER), REQUEST, leave(AGENT), hangup(AGENT))
    assert facts == [OfferAccepted(OFFER), CallConnected(OFFER), AgentLegEnded(OFFER, LegEnd.HUNG_UP)]


def test_the_order_of_asterisks_threads_does_not_matter() -> None:
    for order in permutations([ANSWER, SUCCESS, enter(AGENT), enter(CALLER)]):
        assert told(NEW, RINGING, *order) == [OfferAccepted(OFFER), CallConnected(OFFER)]


@pytest.mark.parametrize("order", list(permutations([FAILURE, REQUEST, hangup(AGENT, "17", "486")], 3)))
def test_a_refusal_is_told_once_in_any_order(order: tuple[Packet, ...]) -> None:
    facts = told(NEW, RINGING, *order)
    reason = Decline.DECLINED if order.index(REQUEST) < order.index(hangup(AGENT, "17", "486")) else Decline.NO_ANSWER
    assert facts == [OfferDeclined(OFFER, reason)]


@pytest.mark.parametrize(
    ("status", "rang", "by_telephone", "expected"),
    [
        ("480", True, False, Decline.NO_ANSWER),
        ("480", False, False, Decline.UNREACHABLE),
        ("", True, False, Decline.NO_ANSWER),
        ("486", True, True, Decline.DECLINED),
        ("486", False, True, Decline.DECLINED),
        ("600", True, True, Decline.DECLINED),
        ("603", False, True, Decline.DECLINED),
        ("480", True, True, Decline.DECLINED),
        ("480", False, True, Decline.UNREACHABLE),
        ("404", True, True, Decline.UNREACHABLE),
        ("500", False, True, Decline.UNREACHABLE),
        ("503", True, True, Decline.UNREACHABLE),
    ],
)
def test_the_table_of_declines(status: str, rang: bool, by_telephone: bool, expected: Decline) -> None:
    assert decline(status, rang, by_telephone) is expected


def test_a_telephone_that_is_not_registered_has_no_leg() -> None:
    assert told(FAILURE) == [OfferDeclined(OFFER, Decline.UNREACHABLE)]


def test_a_second_originate_of_a_living_leg_says_nothing() -> None:
    assert told(NEW, FAILURE, RINGING, ANSWER) == [OfferAccepted(OFFER)]


def test_a_leg_without_media_is_lost_unless_the_agent_hung_up() -> None:
    assert told(NEW, ANSWER, hangup(AGENT, "44"))[-1] == AgentLegEnded(OFFER, LegEnd.LOST)
    assert told(NEW, ANSWER, REQUEST, hangup(AGENT, "44"))[-1] == AgentLegEnded(OFFER, LegEnd.HUNG_UP)


def test_a_bridge_that_could_not_be_made() -> None:
    failed = event("UserEvent", UserEvent="AfterBridge", Result="NONEXISTENT", **AGENT)
    made = event("UserEvent", UserEvent="AfterBridge", Result="SUCCESS", **AGENT)
    other = event("UserEvent", UserEvent="Other", Result="NONEXISTENT", **AGENT)
    assert told(NEW, ANSWER, failed) == [OfferAccepted(OFFER), ConnectFailed(OFFER)]
    assert told(NEW, ANSWER, made, other) == [OfferAccepted(OFFER)]


def test_the_callers_end_is_told_and_a_rescuers_is_not() -> None:
    assert told(hangup(RESCUER), hangup(CALLER)) == [CallerLeft(CALL)]


def test_a_channel_without_a_call_of_ours_is_nothing() -> None:
    stranger = Packet("Hangup", True, {"Channel": "Local/open@accounts-1;1", "Uniqueid": "main-1.9"}, {"CC_CALL": ""})
    assert told(stranger) == []


def test_the_rescue_queue_connects() -> None:
    rescued = CallRescued(CALL, AgentId("boris"), Leg(NODE, CALLER["Channel"], CALLER["Uniqueid"]))
    assert told(enter(CALLER), enter(RESCUER)) == [rescued]
    assert told(enter(RESCUER), enter(CALLER)) == [rescued]


def test_two_agents_in_a_bridge_or_a_leg_that_left_connect_nobody() -> None:
    assert told(enter(RESCUER), enter(AGENT)) == []
    assert told(enter(CALLER), leave(CALLER), enter(AGENT)) == []


def test_hold_counts_when_the_agent_does_it() -> None:
    assert told(event("Hold", **AGENT), event("Unhold", **AGENT)) == [CallHeld(CALL), CallResumed(CALL)]
    assert told(event("Hold", **CALLER)) == []


def contact(status: str, uri: str, account: str = "agent-anna") -> Packet:
    return event("ContactStatus", ContactStatus=status, URI=uri, AOR=account)


def test_a_telephone_is_reachable_while_one_contact_is_left() -> None:
    anna = AgentId("anna")
    facts = told(
        contact("NonQualified", "sip:page@1"),
        contact("Reachable", "sip:page@1"),
        contact("NonQualified", "sip:page@2"),
        contact("Removed", "sip:page@1"),
        contact("Unreachable", "sip:page@2"),
        contact("Removed", "sip:page@2"),
        contact("Reachable", "sip:3", "demo-phone"),
    )
    assert facts == [AgentReachable(anna), AgentUnreachable(anna)]


def test_a_call_on_the_hold_line_is_told_with_what_its_channel_knows() -> None:
    place = {"CC_QUEUE": "billing", "CC_ENQUEUED": "1700000000000", "CC_PRIORITY": "30", "CC_LANG": "en"}
    waiting = {"UserEvent": "CallWaiting", "CallerIDNum": "79001112233", "Dialled": "88005553535"}
    (queued,) = told(event("UserEvent", **CALLER, **waiting, **place))
    assert isinstance(queued, CallQueued)
    assert (queued.call_id, queued.queue_id, queued.enqueued_at) == (CALL, "billing", 1_700_000_000_000)
    assert (queued.priority_s, queued.skills) == (30, frozenset({"en"}))
    assert (queued.facts.caller_number, queued.facts.dialled) == ("+79001112233", "88005553535")
    assert told(event("UserEvent", **CALLER, **waiting)) == [], "it has no place in a queue"


def test_a_caller_who_left_a_payment_is_told_with_what_its_channel_knows() -> None:
    place = {"CC_QUEUE": "billing", "CC_ENQUEUED": "1700000000000", "CC_PRIORITY": "30", "CC_LANG": "en"}
    left = {"UserEvent": "CallerLeftPayment", "CallerIDNum": "79001112233", "Dialled": "88005553535"}
    queued, gone = told(event("UserEvent", **CALLER, **left, **place))
    assert isinstance(queued, CallQueued)
    assert (queued.call_id, queued.queue_id, queued.seen) == (CALL, "billing", False)
    assert gone == CallerLeftPayment(CALL)
    assert told(event("UserEvent", **CALLER, **left)) == [CallerLeftPayment(CALL)], "a customer who was rung back"
    assert told(event("UserEvent", **AGENT, **left)) == []


def test_an_account_that_is_opened_tells_whether_its_telephone_is_there() -> None:
    anna, uri = AgentId("anna"), "sip:agent-anna@127.0.0.1:5060"
    opened = {"UserEvent": "AccountOpened", "Account": "agent-anna"}
    there = event("UserEvent", **opened, Contacts=f"PJSIP/agent-anna/{uri}")
    assert told(there) == [AgentReachable(anna)]
    assert told(there, contact("Removed", uri)) == [AgentReachable(anna), AgentUnreachable(anna)]
    assert told(event("UserEvent", **opened, Contacts="")) == []
    assert told(event("UserEvent", UserEvent="AccountOpened", Account="demo-phone", Contacts="")) == []


def test_an_account_told_open_late_takes_no_telephone_away() -> None:
    """Asterisk's threads tell in no fixed order: the registration with the new secret may be told first."""
    anna, uri = AgentId("anna"), "sip:agent-anna@127.0.0.1:5060"
    opened = event("UserEvent", UserEvent="AccountOpened", Account="agent-anna", Contacts="")
    assert told(contact("NonQualified", uri), opened) == [AgentReachable(anna), AgentReachable(anna)]
    assert told(contact("NonQualified", uri), contact("Removed", uri), opened)[-1] == AgentUnreachable(anna)


def test_a_new_telephone_takes_the_place_of_one_whose_end_is_never_told() -> None:
    anna, former, uri = AgentId("anna"), "sip:agent-anna@127.0.0.1:5060", "sip:agent-anna@127.0.0.1:5070"
    late = event("UserEvent", UserEvent="AccountOpened", Account="agent-anna", Contacts=f"PJSIP/agent-anna/{former}")
    assert told(contact("Removed", former), late, contact("NonQualified", uri), contact("Removed", uri)) == [
        AgentReachable(anna),
        AgentUnreachable(anna),
    ]


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami_events, "MEMORY", 3)
    reader = AmiEvents(NODE, lambda queue, language: frozenset({language.value}))
    for number in range(10):
        offer = offer_id(CALL, number)
        reader.facts(event("Newchannel", Channel="PJSIP/agent-anna-1", Uniqueid=offer))
        reader.facts(enter(CALLER, f"b{number}"))
        reader.facts(contact("Reachable", "sip:1", f"agent-a{number}"))
    assert not reader.knows(offer_id(CALL, 6))
    assert reader.knows(offer_id(CALL, 7))
    assert reader.reachable() == {AgentId("a7"), AgentId("a8"), AgentId("a9")}


def test_a_second_answer_to_an_originate_declines_nothing_that_was_answered() -> None:
    """Also when the leg's Newchannel was never seen."""
    response = {"Channel": "PJSIP/agent-anna-1", "Uniqueid": OFFER}
    success = event("OriginateResponse", **response, Response="Success")
    failure = event("OriginateResponse", **response, Response="Failure")
    assert told(success, failure) == [OfferAccepted(OFFER)]


def test_another_page_is_told_apart_from_a_cut_socket_of_the_same() -> None:
    anna = AgentId("anna")
    same = [contact("NonQualified", "sip:one@1"), contact("Removed", "sip:one@1"), contact("NonQualified", "sip:one@2")]
    assert told(*same) == [AgentReachable(anna), AgentUnreachable(anna), AgentReachable(anna)]
    reloaded = [*same, contact("Removed", "sip:one@2"), contact("NonQualified", "sip:two@3")]
    assert told(*reloaded)[3:] == [AgentUnreachable(anna), AgentReachable(anna), TelephoneRenewed(anna)]
    beside = [
        contact("NonQualified", "sip:one@1"),
        contact("NonQualified", "sip:two@2"),
        contact("Removed", "sip:one@1"),
    ]
    assert told(*beside) == [AgentReachable(anna), TelephoneRenewed(anna)]


LEGS = st.sampled_from([CALLER, AGENT, RESCUER])
FIELDS = st.fixed_dictionaries(
    {
        "BridgeUniqueid": st.sampled_from(["b1", "b2"]),
        "Response": st.sampled_from(["Success", "Failure"]),
        "DialStatus": st.sampled_from(["RINGING", "ANSWER", "BUSY"]),
        "DestUniqueid": st.sampled_from([OFFER, "main-1.1", ""]),
        "TechCause": st.sampled_from(["", "480", "486", "404"]),
        "Cause": st.sampled_from(["16", "44"]),
        "UserEvent": st.sampled_from(["AfterBridge", "CallWaiting", "AccountOpened", "x"]),
        "Result": st.sampled_from(["SUCCESS", "NONEXISTENT"]),
        "AOR": st.sampled_from(["agent-anna", "trunk", ""]),
        "ContactStatus": st.sampled_from(["Reachable", "Removed"]),
        "URI": st.text(max_size=3),
    }
)


@given(st.lists(st.tuples(st.sampled_from([*EVENTS, "Unknown"]), LEGS, FIELDS), max_size=40))
def test_in_any_events_each_outcome_is_told_once_and_in_order(
    sent: list[tuple[str, dict[str, str], dict[str, str]]],
) -> None:
    facts = told(*(event(kind, **leg, **fields) for kind, leg, fields in sent))
    mine: list[Event] = [fact for fact in facts if getattr(fact, "offer_id", None) == OfferId(OFFER)]
    assert mine.count(OfferAccepted(OFFER)) <= 1
    ends = [fact for fact in mine if isinstance(fact, AgentLegEnded | OfferDeclined)]
    assert len(ends) <= 1
    if OfferAccepted(OFFER) in mine:
        assert not any(isinstance(fact, OfferDeclined) for fact in mine)
    if ends and isinstance(ends[0], AgentLegEnded):
        assert mine.index(OfferAccepted(OFFER)) < mine.index(ends[0])
