"""The proofs of a real floor find the faults that they are there for (tests.kit.floor_proof)."""

from typing import Any

from telephony.ami_packet import Packet
from tests.kit import floor_proof as proof
from tests.kit.floor_proof import Stretch


def event(at: float, kind: str, channel: str, call: str = "c1", **more: str) -> Packet:
    leg = f"leg of {channel}"
    fields = {"Timestamp": f"{at:.3f}", "Channel": channel, "Uniqueid": leg, **more}
    return Packet(kind, True, fields, {"CC_CALL": call})


def record(call: str, outcome: str = "answered", enqueued: int = 0, answered: int | None = 100) -> dict[str, Any]:
    return {
        "call_id": call, "outcome": outcome, "queue_id": "q", "priority_s": 0, "enqueued_at": enqueued,
        "answered_at": answered, "ended_at": 200,
    }  # fmt: skip


def offer(call: str, at: int, ended: int) -> dict[str, Any]:
    return {"call_id": call, "offered_at": at, "ended_at": ended}


def test_legs_and_talks_are_read() -> None:
    anna, caller = "PJSIP/agent-anna-00000001", "PJSIP/trunk-00000002"
    packets = [
        event(1, "Newchannel", anna), event(2, "BridgeEnter", caller, BridgeUniqueid="b"),
        event(2, "BridgeEnter", anna, BridgeUniqueid="b"), event(5, "BridgeLeave", anna, BridgeUniqueid="b"),
        event(6, "Hangup", anna), event(7, "Hangup", caller),
    ]  # fmt: skip
    assert proof.legs(packets) == [Stretch("anna", "c1", 1, 6)]
    assert proof.talks(packets) == [Stretch("anna", "c1", 2, 5)]
    assert proof.callers(packets) == {"c1"}


def test_two_calls_at_once() -> None:
    over = [Stretch("anna", "c1", 1, 6), Stretch("anna", "c2", 5, 9)]
    assert len(proof.at_once(over, "agent")) == 1
    assert not proof.at_once(over, "call")
    assert len(proof.at_once([Stretch("anna", "c1", 1, 6), Stretch("boris", "c1", 2, 3)], "call")) == 1
    assert not proof.at_once([Stretch("anna", "c1", 1, 6), Stretch("anna", "c2", 6, 9)], "agent")


def test_records_are_missing_double_or_impossible() -> None:
    assert not proof.missing({"a"}, [record("a")])
    assert len(proof.missing({"a", "b"}, [record("a")])) == 1
    assert len(proof.missing({"a"}, [record("a"), record("a")])) == 1
    assert len(proof.missing({"a"}, [record("a", "self_served")])) == 1


def test_a_record_says_what_asterisk_says() -> None:
    talk = [Stretch("anna", "a", 1, 2)]
    assert not proof.not_as_talked(talk, [record("a")])
    assert len(proof.not_as_talked(talk, [record("a", "abandoned")])) == 1
    assert len(proof.not_as_talked([], [record("a")])) == 1


def test_order_is_kept_or_not() -> None:
    early, late = record("a", enqueued=0, answered=180), record("b", enqueued=50, answered=190)
    assert not proof.out_of_order([early, late], [offer("a", 100, 180), offer("b", 110, 190)], 10)
    assert len(proof.out_of_order([early, late], [offer("b", 100, 190), offer("a", 130, 180)], 10)) == 1
