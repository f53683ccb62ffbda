"""What a call centre keeps of calls: in Redis while they live, in the database when they are over."""

from typing import Any

import redis
from sqlalchemy import create_engine, text

from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.roster import Doing, Roster
from callcentre.settings import Places
from callcentre.settings_file import load_settings
from calls.clock import AnchoredClock
from tests.kit.call_centre import CallCentre
from tests.kit.waiting import eventually_sync


def installed(centre: CallCentre) -> Installation:
    """The installation as its own processes see it."""
    places = Places(centre.state, centre.state)
    return Installation(load_settings(places.settings_file), places, Keys(places.keys))


def store(centre: CallCentre) -> "redis.Redis":
    return redis.Redis.from_url(installed(centre).redis_url, socket_timeout=5)


def active_acd(centre: CallCentre, within_s: float = 10.0) -> str:
    """The process of the distribution that is active: "acd", "acd-2"."""
    roster = Roster(store(centre), "cc")

    def active() -> str | None:
        now = AnchoredClock().now()
        return next((entry.process for entry in roster.entries(now) if entry.doing is Doing.ACTIVE), None)

    return eventually_sync(active, within_s, "a distribution is active")


def calls_kept(centre: CallCentre) -> int:
    """Calls that the engine holds."""
    return int(store(centre).hlen("cc:calls"))


def records(centre: CallCentre) -> list[dict[str, Any]]:
    """The call records, by arrival."""
    return _rows(centre, "SELECT * FROM call_records ORDER BY arrived_at")


def offers(centre: CallCentre) -> list[dict[str, Any]]:
    """The offers of all recorded calls, in the order in which agents were rung."""
    return _rows(centre, "SELECT * FROM offers ORDER BY offered_at")


def _rows(centre: CallCentre, query: str) -> list[dict[str, Any]]:
    engine = create_engine(installed(centre).database_url)
    with engine.begin() as connection:
        rows = connection.execute(text(query)).mappings().all()
    engine.dispose()
    return [dict(row) for row in rows]
