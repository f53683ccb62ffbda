"""The end of an agent's shift: asked for, or found when nobody is signed in any more. The caller comes first.

1. The engine is asked before anything else ends: who is on a call stays signed in, with telephone and page.
2. A call in progress keeps its agent's sign-ins alive. Who may not take another one is taken out of the distribution.
3. Without a live sign-in (idle for too long, or the user was deactivated) the shift ends with the call.
"""

import asyncio

import structlog

from acd.errors import Reason
from acd.events import AgentNotReady, AgentSignedOut, Refused
from acd.model import Duty, Presence
from agent_desktop.desk_app import DeskApp
from agent_desktop.ports import FloorUnavailable, TelephonesUnavailable
from agent_desktop.reasons import SIGN_IN_ENDED
from agent_desktop.workers import WorkersBusy
from calls.ids import AgentId
from staff.ports import StaffUnavailable
from staff.roles import Right, may
from staff.users import AuditEntry

log = structlog.get_logger()


async def end_shift(desk: DeskApp, login: AgentId) -> Reason | None:
    """End it and take the telephone away. The engine's reason when the agent is on a call: then nothing was changed."""
    try:
        answer = await desk.services.floor.ask(login, AgentSignedOut(login))
    except FloorUnavailable:
        # The secret is revoked, so the switch loses the contact and the engine hears of it when it is back.
        log.warning("sign-out without the engine", login=login)
    else:
        if isinstance(answer, Refused) and answer.reason is Reason.ON_CALL:
            return answer.reason
    desk.sockets.close(login)
    try:
        await desk.workers.run(desk.services.softphones.revoke, login)
    except TelephonesUnavailable:
        # The socket is closed and only the desk opens another: the account is of no use until the next sign-in.
        log.warning("sign-out without the switch", login=login)
    return None


async def is_on_call(desk: DeskApp, login: AgentId) -> bool:
    """Whether a caller would lose this agent. While the floor is not seen nobody is cut off: it is asked again."""
    try:
        agent = (await desk.services.floor.view()).agents.get(login)
    except FloorUnavailable:
        return True
    return agent is not None and agent.duty is Duty.ON_CALL


async def watch_shifts(desk: DeskApp) -> None:
    """Look after all shifts for as long as the desk runs."""
    while True:
        await asyncio.sleep(desk.settings.shifts_s)
        try:
            await end_forgotten_shifts(desk)
        except (FloorUnavailable, StaffUnavailable, WorkersBusy) as away:
            log.warning("shifts are not looked after", what=type(away).__name__)


async def end_forgotten_shifts(desk: DeskApp) -> None:
    """Sign out whom nobody is signed in for. Errors: FloorUnavailable, StaffUnavailable, WorkersBusy."""
    agents = (await desk.services.floor.view()).agents.values()
    here = [agent for agent in agents if agent.presence is not Presence.SIGNED_OUT]
    now = desk.services.clock.now()
    on_call = frozenset(agent.agent_id for agent in here if agent.duty is Duty.ON_CALL)
    await desk.workers.run(desk.services.sign_ins.prolong, on_call, now)
    users = await desk.workers.run(desk.services.sign_ins.living, now)
    living = {user.login for user in users if may(user.role, Right.TAKE_CALLS)}
    for agent in here:
        login = agent.agent_id
        if login in living:
            continue
        if login in on_call:
            if agent.presence is Presence.READY:
                await desk.services.floor.ask(login, AgentNotReady(login, SIGN_IN_ENDED))
        elif await end_shift(desk, login) is None:
            log.info("shift ended without a sign-in", login=login)
            entry = AuditEntry(now, login, "shift_ended", login, "")
            await desk.workers.run(desk.services.audit.write, entry)
