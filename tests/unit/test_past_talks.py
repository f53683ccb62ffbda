"""The talks that a node remembers: where to look, and what is believed of what stands there."""

import pytest

from acd.events import PastTalk
from calls.clock import Instant
from calls.ids import AgentId, CallId, NodeId, OfferId
from dialplan.contract import PAST_TALK_SLOTS
from telephony.ami_packet import Packet
from telephony.past_talks import last_beat, past_talks, slots_since

NODE = NodeId("one")
CALL = "01a2194a-5e1b-7d8e-8a94-0de3f2ed3a04"
OFFER = f"offer-{CALL}-1"
NOW = Instant(1_795_726_443_224)
NOW_S = NOW // 1000


def row(key: str, value: str) -> Packet:
    return Packet("DBGetTreeResponse", True, {"Key": key, "Val": value})


def slots(beat: str) -> list[str]:
    return slots_since(last_beat(beat, NOW), NOW)


def test_the_slots_since_the_last_beat() -> None:
    slot = NOW_S // 10
    assert slots(str(NOW_S)) == [str(slot % 360)]
    assert slots(str(NOW_S - 25)) == [str(number % 360) for number in range((NOW_S - 25) // 10, slot + 1)]
    assert slots(str(NOW_S + 3600)) == [str(slot % 360)], "a beat of a clock that goes before ours"


@pytest.mark.parametrize("beat", ["0", "1", str(NOW_S - 86_400)])
def test_no_more_than_is_surely_kept(beat: str) -> None:
    found = slots(beat)
    assert len(found) == len(set(found)) == PAST_TALK_SLOTS // 2


@pytest.mark.parametrize("beat", ["", "x", "-1", "1" * 400, "٣"])
def test_without_a_beat_the_last_minute(beat: str) -> None:
    assert len(slots(beat)) == 7


def test_a_talk_by_an_offer_one_of_the_rescue_and_one_over_another_node() -> None:
    rows = [
        row(f"/talks/3/{OFFER}", f"{CALL}:agent-anna:{NOW - 3000}:{NOW - 1000}"),
        row("/talks/3/main-1795726440.7", f"{CALL}:agent-boris:{NOW - 9000}:{NOW - 2000}"),
        row(f"/talks/3/offer-{CALL}-2", f"{CALL}:node-two:{NOW - 500}:{NOW}"),
    ]
    assert past_talks(NODE, rows, Instant(0)) == [
        PastTalk(CallId(CALL), AgentId("boris"), None, Instant(NOW - 9000), Instant(NOW - 2000), NODE),
        PastTalk(CallId(CALL), AgentId("anna"), OfferId(OFFER), Instant(NOW - 3000), Instant(NOW - 1000), NODE),
        PastTalk(CallId(CALL), None, OfferId(f"offer-{CALL}-2"), Instant(NOW - 500), NOW, NODE),
    ]
    assert [talk.ended_at for talk in past_talks(NODE, rows, NOW)] == [NOW]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("", ""),
        ("/other/3/x", f"{CALL}:agent-anna:1:2"),
        ("/talks/3/x", ""),
        ("/talks/3/x", f"{CALL}:agent-anna:1"),
        ("/talks/3/x", f"{CALL}:agent-anna:1:2:3"),
        ("/talks/3/x", "x:agent-anna:1:2"),
        ("/talks/3/x", f"{CALL}:agent-anna:-1:2"),
        ("/talks/3/x", f"{CALL}:agent-anna:1:{'9' * 16}"),
        ("/talks/3/x", f"{CALL}:agent-anna:٣:2"),
    ],
)
def test_other_rows_are_passed_over(key: str, value: str) -> None:
    assert past_talks(NODE, [row(key, value)], Instant(0)) == []


def test_a_name_that_no_agent_has_is_nobody() -> None:
    (talk,) = past_talks(NODE, [row("/talks/3/x", f"{CALL}:agent-Anna Ivanova:1:2")], Instant(0))
    assert (talk.agent_id, talk.offer_id) == (None, None)
