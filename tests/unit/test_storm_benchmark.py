"""The storm's model has the shares that it names, and who was overtaken is found in the rows of a database."""

from collections import Counter

from benchmarks.storm import SLACK_MS, overtaken
from benchmarks.storm_model import LEAVE, Kind, storm_callers
from staff.demo import EMERGENCY

SERVES, SERVES_NOT = "orlov", "tikhonov"


def test_the_callers_have_the_shares_of_the_model() -> None:
    callers = storm_callers(2000, 600)
    counts = Counter(one.kind for one in callers)
    assert counts == {Kind.AFFECTED: 1600, Kind.NAMED: 20, Kind.DANGER: 20, Kind.OTHER: 360}
    assert [one.at_s for one in callers] == sorted(one.at_s for one in callers)
    assert 0 <= callers[0].at_s <= callers[-1].at_s <= 600
    assert abs(sum(one.leaves for one in callers) / 2000 - LEAVE) < 0.03
    assert storm_callers(2000, 600) == callers


def row(call: str, queue: str, enqueued_at: int) -> dict[str, object]:
    return {"call_id": call, "queue_id": queue, "enqueued_at": enqueued_at}


def offer(call: str, agent: str, offered_at: int) -> dict[str, object]:
    return {"call_id": call, "agent_id": agent, "offered_at": offered_at}


def test_a_danger_is_overtaken_by_an_agent_who_could_have_taken_it() -> None:
    rows = [row("danger", EMERGENCY, 1000), row("other", "general", 0)]
    late = offer("danger", SERVES, 1000 + 5 * SLACK_MS)
    assert overtaken(rows, [late, offer("other", SERVES, 1000 + 2 * SLACK_MS)]) == 1
    assert overtaken(rows, [late, offer("other", SERVES_NOT, 1000 + 2 * SLACK_MS)]) == 0
    assert overtaken(rows, [late, offer("other", SERVES, 1000)]) == 0
    assert overtaken(rows, [late, offer("other", SERVES, 1000 + 6 * SLACK_MS)]) == 0
