"""The supervisor's rows, and what goes out when the floor changes: the changed rows and nothing else."""

from acd.events import AgentNotReady, AgentReady, AgentSignedIn, AgentSignedOut, CallerLeft
from agent_desktop.app import create_app
from agent_desktop.desk_app import DeskApp
from agent_desktop.floor_rows import QueueRow, WaitingRow, agent_rows, queue_rows, waiting_rows
from agent_desktop.supervisor import RowsSent
from calls.clock import after
from calls.ids import AgentId
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber
from staff.skills import skilled
from tests.kit.fake_desk import FakeDesk
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL, FakeFloor

FACTS = CallFacts(PhoneNumber("+79123456789"))


def begin(floor: FakeFloor, login: str, *skills: str, name: str = "") -> AgentId:
    agent = AgentId(login)
    floor.tell(AgentSignedIn(agent, name or login, skilled(*skills)))
    return agent


async def test_a_queue_counts_its_callers_and_the_agents_who_could_take_them() -> None:
    floor = FakeFloor()
    ready, paused = begin(floor, "ready", "general"), begin(floor, "paused", "general")
    other = begin(floor, "other", "billing")
    for agent in (ready, paused, other):
        floor.reachable(agent)
        floor.tell(AgentReady(agent))
    floor.tell(AgentNotReady(paused, "lunch"))
    floor.call(FACTS, EMERGENCY, 4)
    newest = floor.call(FACTS, EMERGENCY, 1)
    rows = queue_rows(await floor.view())
    general, emergency = rows["general"], rows["emergency"]
    assert isinstance(general, QueueRow)
    assert isinstance(emergency, QueueRow)
    assert (general.waiting, general.free, general.able) == (0, 1, 2)
    assert (emergency.waiting, emergency.free, emergency.able) == (2, 0, 0)
    assert emergency.longest_since is not None
    assert emergency.breach_at == after(emergency.longest_since, EMERGENCY.target_s)
    assert emergency.longest_since < floor.floor.calls[newest].enqueued_at


async def test_the_worst_queue_stands_first() -> None:
    floor = FakeFloor()
    floor.call(FACTS, BILLING, 25)
    floor.call(FACTS, EMERGENCY, 1)
    assert list(queue_rows(await floor.view())) == ["billing", "emergency", "general"]


async def test_waiting_callers_stand_in_the_order_of_service_with_masked_numbers() -> None:
    floor = FakeFloor()
    late = floor.call(FACTS, GENERAL, 1)
    first = floor.call(FACTS, GENERAL, 30)
    rows = waiting_rows(await floor.view())
    assert list(rows) == [first, late]
    row = rows[first]
    assert isinstance(row, WaitingRow)
    assert row.number == "…89"


async def test_agents_stand_by_name_and_leave_at_sign_out() -> None:
    floor = FakeFloor()
    for login, name in (("zueva", "Зуева"), ("ershova", "Ёршова"), ("zhukov", "Жуков"), ("belov", "Белов")):
        begin(floor, login, "general", name=name)
    assert list(agent_rows(await floor.view())) == ["belov", "ershova", "zhukov", "zueva"]
    floor.tell(AgentSignedOut(AgentId("zhukov")))
    assert "zhukov" not in agent_rows(await floor.view())


async def test_only_changed_rows_are_sent() -> None:
    desk = FakeDesk()
    for number in range(50):
        begin(desk.floor, f"agent-{number}", "general")
    app: DeskApp = create_app(desk.services()).state.desk
    sent = RowsSent(app, Language.RU)
    first = sent.update(await desk.floor.view())
    assert len(first["agents"].rows) == 50
    assert sent.update(await desk.floor.view()) == {}
    desk.floor.tell(AgentNotReady(AgentId("agent-7"), "lunch"))
    changed = sent.update(await desk.floor.view())
    assert list(changed) == ["agents"]
    assert list(changed["agents"].rows) == ["agent-7"]
    assert changed["agents"].order is None
    assert "обед" in changed["agents"].rows["agent-7"]


async def test_a_caller_who_comes_and_goes_changes_the_order() -> None:
    desk = FakeDesk()
    app: DeskApp = create_app(desk.services()).state.desk
    sent = RowsSent(app, Language.EN)
    sent.update(await desk.floor.view())
    call = desk.floor.call(FACTS, GENERAL, 3)
    came = sent.update(await desk.floor.view())
    assert came["waiting"].order == [call]
    assert "listens to music" in came["waiting"].rows[call]
    desk.floor.tell(CallerLeft(call))
    gone = sent.update(await desk.floor.view())
    assert gone["waiting"].order == []
    assert gone["waiting"].rows == {}


async def test_equal_rows_are_rendered_once_for_all_pages() -> None:
    desk = FakeDesk()
    begin(desk.floor, "orlov", "general")
    app: DeskApp = create_app(desk.services()).state.desk
    view = await desk.floor.view()
    one, two = RowsSent(app, Language.RU).update(view), RowsSent(app, Language.RU).update(view)
    assert one["agents"].rows["orlov"] is two["agents"].rows["orlov"]
