"""What README says of deaths: the desk's costs no caller; Asterisk's cuts its calls, and the next one is served.

The monitor's costs no alert.
"""

from collections.abc import Iterable, Iterator

import httpx
import pytest
from sqlalchemy import create_engine

from acd.alerts import Alert, AlertId, AlertKind
from database.alerts import DatabaseAlerts
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import ring
from tests.kit.talks import hear_each_other, queued, talk_and_end
from tests.kit.telephone import Telephone
from tests.kit.timeline import CallFailed
from tests.kit.waiting import NotInTime, eventually


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    """Of this file alone: the others' registrations would be lost."""
    with CallCentre.fresh(own_net(1)) as running:
        yield running


async def test_the_monitor_killed_raises_nothing_twice_and_clears_what_it_raised(
    centre: CallCentre, agents: Agents
) -> None:
    """A new process may lead only when the dead one's lease is over; it goes on with the alerts that are kept."""
    engine = create_engine(centre.installation().database_url)
    alerts = DatabaseAlerts(engine)

    def unstaffed(kept: Iterable[Alert]) -> set[AlertId]:
        return {one.alert_id for one in kept if (one.kind, one.about) == (AlertKind.NOBODY_SIGNED_IN, "general")}

    before = await eventually(lambda: unstaffed(alerts.open()), 60, "nobody is signed in for the queue", every_s=0.2)
    killed = centre.kill("monitor")
    await eventually(lambda: centre.pid("monitor") != killed, 30, "the monitor is started again")
    await eventually(lambda: centre.log("monitor").count("monitor_leads") == 2, 60, "it leads", every_s=0.2)
    assert unstaffed(alerts.open()) == before
    await agents("orlov")
    await eventually(lambda: not unstaffed(alerts.open()), 60, "it is cleared", every_s=0.2)
    assert unstaffed(alerts.recent()) == before
    engine.dispose()


async def test_the_desk_killed_while_a_caller_waits(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    agent = await agents("orlov")
    await agent.not_ready("break")
    one = await queued(centre, caller)
    before = centre.kill("desktop")
    await eventually(lambda: centre.pid("desktop") != before, 10, "the desk is started again")

    async def answers() -> bool:
        try:
            return (await agent.web.get("/sign-in")).status_code < 500
        except httpx.TransportError:
            return False

    await eventually(answers, 30, "the desk answers", every_s=0.2)
    await agent.ready()
    await talk_and_end(one.call, await agent.phone.incoming(timeout_s=20))
    await agent.end_wrap_up()


async def test_asterisk_killed_in_a_talk(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    """The line is gone with it; the agent becomes free again and takes the next caller."""
    agent = await agents("zueva")
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=10)
    ringing.answer()
    await hear_each_other(one.call, ringing)
    before = centre.kill("asterisk")
    await eventually(lambda: centre.pid("asterisk") != before, 10, "Asterisk is started again")

    async def welcomed() -> bool:
        try:
            again = await ring(centre, caller)
            await again.asks_for_agent()
        except (CallFailed, NotInTime):
            return False
        return True

    await eventually(welcomed, 60, "a new caller is welcomed", every_s=0.5)
    account = (await agent.post("/desk/telephone")).json()
    await agent.phone.register(centre.sip, account["user"], account["secret"])
    await agent.end_wrap_up()
    next_one = await agent.phone.incoming(timeout_s=20)
    next_one.answer()
