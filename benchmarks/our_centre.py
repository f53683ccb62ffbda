"""The whole call centre as it is started everywhere, with a queue and a way into it for a benchmark's callers."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from acd.events import Accepted, AgentCommand, AgentReady, AgentSignedIn
from acd.inbox import Inbox
from acd.queues import Queue
from acd.redis_store import connect
from benchmarks.floor_load import ARRIVAL, NUMBER, append, console, dialplan
from callcentre.prepare import asterisk_config
from calls.clock import AnchoredClock
from calls.ids import AgentId, QueueId
from database.engine import open_engine
from database.queue_settings import DatabaseQueueSettings
from database.sign_ins import DatabaseSignIns
from database.users import DatabaseUsers
from dialplan.contract import CALL, ENQUEUED, LANGUAGE, PRIORITY, QUEUE, WAITING
from dialplan.render import AsteriskConfig
from staff.roles import Role
from staff.skills import skilled
from staff.users import User
from tests.kit.call_centre import CallCentre
from tests.kit.kept import store
from tests.kit.waiting import eventually

BENCH_QUEUE: Final = Queue(QueueId("bench"), "Bench", 20, frozenset({"bench"}), wrap_up_s=0)
BENCH_SKILL: Final = "bench"
"""Of the queue's agents."""
AGENT_SKILLS: Final = skilled(BENCH_SKILL, "general", "ru")
"""They serve callers who come through the self-service too; a call asks for its language besides."""
WAY_TO_QUEUE: Final = (
    f"Set(__{CALL}=${{UUID()}})",
    f"Set({QUEUE}={BENCH_QUEUE.queue_id})",
    f"Set({ENQUEUED}=${{STRFTIME(,UTC,%s%3q)}})",
    f"Set({PRIORITY}=0)",
    f"Set({LANGUAGE}=ru)",
    f"Goto({WAITING},s,1)",
)
"""As the self-service leaves a caller: with the call's variables, in the hold line."""
SHIFT_S: Final = 8 * 3600
_KNOWN_S: Final = 20.0
_ANSWER_S: Final = 10.0


@asynccontextmanager
async def bench_centre(
    net: str, way: Sequence[str], queue: Queue = BENCH_QUEUE
) -> AsyncIterator[tuple[CallCentre, AsteriskConfig]]:
    """Running, with callers of `NUMBER` going that way. Errors: CallCentreDied, NotInTime."""
    with CallCentre.fresh(net) as centre:
        installation = centre.installation()
        engine = open_engine(installation.database_url)
        DatabaseQueueSettings(engine).put(queue)
        engine.dispose()
        config = asterisk_config(installation)
        append(config, "extensions", dialplan(way))
        await eventually(lambda: _dialplan_read(config), _KNOWN_S, "the dialplan is read again", 0.2)
        await eventually(
            lambda: store(centre).hexists("cc:queues", queue.queue_id), _KNOWN_S, "the queue is known", 0.2
        )
        yield centre, config


async def sign_in(centre: CallCentre, agents: Sequence[str]) -> None:
    """Sign agents of the queue in and make them ready. Errors: AssertionError with a refusal, StoreUnavailable."""
    for name in agents:
        agent = AgentId(name)
        await command(centre, AgentSignedIn(agent, name, AGENT_SKILLS))
        await command(centre, AgentReady(agent))


def employ(centre: CallCentre, agents: Sequence[str]) -> None:
    """Let them sit at the desk for a shift: it signs out whom nobody is signed in for. Errors: StaffUnavailable."""
    now = AnchoredClock().now()
    engine = open_engine(centre.installation().database_url)
    for agent in map(AgentId, agents):
        DatabaseUsers(engine).add(User(agent, agent, Role.AGENT, AGENT_SKILLS), secrets.token_urlsafe())
        DatabaseSignIns(engine).begin(agent, now, SHIFT_S)
    engine.dispose()


async def command(centre: CallCentre, event: AgentCommand) -> None:
    """As the desk gives it. Errors: AssertionError with the refusal, StoreUnavailable."""
    inbox = Inbox(connect(centre.installation().redis_url), "cc", AnchoredClock(), "user:bench")
    answer = await asyncio.to_thread(lambda: inbox.answer(inbox.tell(event), _ANSWER_S))
    assert isinstance(answer, Accepted), answer


async def _dialplan_read(config: AsteriskConfig) -> bool:
    await console(config, "dialplan reload")
    return f"'{NUMBER}'" in await console(config, f"dialplan show {NUMBER}@{ARRIVAL}")
