"""An agent is reachable while any node has the telephone."""

from hypothesis import given
from hypothesis import strategies as st

from acd.events import AgentReachable, AgentReady, AgentUnreachable
from calls.ids import AgentId, NodeId
from telephony.reach import Reach

NORTH, SOUTH, ANNA = NodeId("north"), NodeId("south"), AgentId("anna")


def test_a_node_without_the_telephone_takes_it_from_nobody() -> None:
    reach = Reach()
    assert reach.heard(NORTH, AgentReachable(ANNA))
    assert not reach.heard(SOUTH, AgentUnreachable(ANNA))
    assert reach.node_of(ANNA, SOUTH) == NORTH
    assert reach.node_of(ANNA, NORTH) == NORTH
    assert reach.heard(NORTH, AgentUnreachable(ANNA))
    assert reach.node_of(ANNA, SOUTH) == SOUTH, "of a telephone that is nowhere the caller's own node tells why"


def test_other_events_pass() -> None:
    assert Reach().heard(NORTH, AgentReady(ANNA))


@given(st.lists(st.tuples(st.sampled_from([NORTH, SOUTH]), st.booleans())))
def test_the_engine_hears_what_is_true_of_all_nodes_together(told: list[tuple[NodeId, bool]]) -> None:
    reach, have, heard = Reach(), set[NodeId](), False
    for node, there in told:
        have = have | {node} if there else have - {node}
        if reach.heard(node, AgentReachable(ANNA) if there else AgentUnreachable(ANNA)):
            heard = there
        assert heard == bool(have)
        if have:
            assert reach.node_of(ANNA, node) in have
