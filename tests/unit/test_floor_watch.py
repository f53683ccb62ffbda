"""The figures of a floor, from a few events of Asterisk written by hand (benchmarks.floor_watch)."""

import pytest

from benchmarks.floor_watch import Watched, watch
from telephony.ami_packet import Packet


def event(at: float, kind: str, leg: str, **more: str) -> Packet:
    return Packet(kind, True, {"Timestamp": f"{at:.6f}", "Uniqueid": leg, **more})


def waits(at: float, leg: str) -> Packet:
    return event(at, "UserEvent", leg, UserEvent="BenchWaits")


def rings(at: float, leg: str, agent: str) -> Packet:
    return event(at, "Newchannel", leg, Channel=f"PJSIP/agent-{agent}-0000001a")


def talk(at: float, caller: str, leg: str) -> list[Packet]:
    return [event(at, "BridgeEnter", one, BridgeUniqueid=f"b-{caller}-{leg}") for one in (caller, leg)]


def hangs_up(at: float, leg: str) -> Packet:
    return event(at, "Hangup", leg)


def one_agent(*packets: Packet) -> Watched:
    return watch(packets, ["anna"], 100, 110)


def test_a_free_agent_is_rung_for_the_caller_who_waits() -> None:
    watched = one_agent(
        waits(100, "c1"), rings(100, "a1", "anna"), *talk(101, "c1", "a1"), waits(102, "c2"),
        hangs_up(104, "a1"), rings(104.25, "a2", "anna"), *talk(105, "c2", "a2"), hangs_up(109, "a2"),
    )  # fmt: skip
    assert list(watched.free_to_ring) == pytest.approx([0.25])
    assert watched.idle_while_waiting == pytest.approx(0.025)
    assert list(watched.talks) == pytest.approx([3, 4])
    assert (watched.offered, watched.answered, watched.abandoned, watched.calls) == (2, 2, 0, {"anna": 2})


def test_an_agent_for_whom_nobody_waited_is_not_late() -> None:
    watched = one_agent(
        waits(100, "c1"), rings(100, "a1", "anna"), *talk(101, "c1", "a1"), hangs_up(104, "a1"), waits(107, "c2"),
        rings(107.5, "a2", "anna"),
    )  # fmt: skip
    assert watched.free_to_ring == ()
    assert watched.idle_while_waiting == pytest.approx(0.05)


def test_a_caller_who_is_rung_for_waits_for_nobody_else() -> None:
    two = watch(
        [waits(100, "c1"), rings(100, "a1", "anna"), hangs_up(103, "c1"), hangs_up(103, "a1")],
        ["anna", "boris"],
        100,
        110,
    )
    assert two.idle_while_waiting == 0
    assert (two.offered, two.abandoned) == (1, 1)


def test_only_what_is_inside_the_window_counts() -> None:
    watched = one_agent(waits(90, "c1"), waits(95, "c2"), rings(99, "a1", "anna"), hangs_up(120, "c2"))
    assert (watched.offered, watched.abandoned) == (0, 0)
    assert watched.idle_while_waiting == 0


def test_events_are_told_in_any_order() -> None:
    packets = [
        waits(100, "c1"), rings(100, "a1", "anna"), *talk(101, "c1", "a1"), waits(102, "c2"), hangs_up(104, "a1"),
        rings(104.25, "a2", "anna"),
    ]  # fmt: skip
    assert one_agent(*packets[::-1]) == one_agent(*packets)
