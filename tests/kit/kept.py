"""What a call centre keeps of calls: in Redis while they live, in the database when they are over."""

from contextlib import suppress
from typing import Any

import redis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from acd.errors import StoreUnavailable
from callcentre.roster import Doing, Entry, Kind, Roster
from calls.clock import AnchoredClock
from tests.kit.call_centre import CallCentre
from tests.kit.waiting import eventually_sync


def store(centre: CallCentre) -> "redis.Redis":
    return redis.Redis.from_url(centre.installation().redis_url, socket_timeout=5)


def forget_habit(centre: CallCentre, number: str) -> None:
    """The number is greeted as one that never rang. Nothing when the database is away: the test has taken it."""
    url = centre.installation().database_url
    briefly = {"timeout": 3} if url.startswith("sqlite") else {"connect_timeout": 3}
    engine = create_engine(url, connect_args=briefly)
    with suppress(OperationalError), engine.begin() as connection:
        connection.execute(text("DELETE FROM callers WHERE number = :number"), {"number": number})
    engine.dispose()


def doing(centre: CallCentre, process: str) -> Doing | None:
    """What the roster says of a process; None when it is not there."""
    return next((entry.doing for entry in _roster(centre) if entry.process == process), None)


def acd_that(centre: CallCentre, does: Doing) -> str | None:
    """The first process of the distribution that does so now: "acd", "acd-2". What was killed may stand there still."""
    found = [entry for entry in _roster(centre) if entry.kind is Kind.ACD and entry.doing is does]
    return next((entry.process for entry in found if entry.pid == centre.pid(entry.process)), None)


def active_acd(centre: CallCentre, within_s: float = 10.0) -> str:
    """The process of the distribution that is active."""
    return eventually_sync(lambda: acd_that(centre, Doing.ACTIVE), within_s, "a distribution is active")


def _roster(centre: CallCentre) -> tuple[Entry, ...]:
    with suppress(StoreUnavailable):
        return Roster(store(centre), "cc").entries(AnchoredClock().now())
    return ()


def calls_kept(centre: CallCentre) -> int:
    """Calls that the engine holds."""
    return int(store(centre).hlen("cc:calls"))


def records(centre: CallCentre) -> list[dict[str, Any]]:
    """The call records, by arrival."""
    return _rows(centre, "SELECT * FROM call_records ORDER BY arrived_at")


def offers(centre: CallCentre) -> list[dict[str, Any]]:
    """The offers of all recorded calls, in the order in which agents were rung."""
    return _rows(centre, "SELECT * FROM offers ORDER BY offered_at")


def scores(centre: CallCentre) -> list[dict[str, Any]]:
    """What callers answered after their talk, the oldest first."""
    return _rows(centre, "SELECT * FROM satisfaction ORDER BY at")


def menu_steps(centre: CallCentre, call_id: str) -> list[dict[str, Any]]:
    """What a recorded call did in the menus, in order."""
    return _rows(centre, "SELECT * FROM menu_steps WHERE call_id = :call ORDER BY place", call=call_id)


def _rows(centre: CallCentre, query: str, **values: str) -> list[dict[str, Any]]:
    engine = create_engine(centre.installation().database_url)
    with engine.begin() as connection:
        rows = connection.execute(text(query), values).mappings().all()
    engine.dispose()
    return [dict(row) for row in rows]
