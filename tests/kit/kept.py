"""What a call centre keeps of calls: in Redis while they live, in the database when they are over."""

from typing import Any

import redis
from sqlalchemy import create_engine, text

from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.settings import Places
from callcentre.settings_file import load_settings
from tests.kit.call_centre import CallCentre


def installed(centre: CallCentre) -> Installation:
    """The installation as its own processes see it."""
    places = Places(centre.state, centre.state)
    return Installation(load_settings(places.settings_file), places, Keys(places.keys))


def store(centre: CallCentre) -> "redis.Redis":
    return redis.Redis.from_url(installed(centre).redis_url, socket_timeout=5)


def calls_kept(centre: CallCentre) -> int:
    """Calls that the engine holds."""
    return int(store(centre).hlen("cc:calls"))


def records(centre: CallCentre) -> list[dict[str, Any]]:
    """The call records, by arrival."""
    engine = create_engine(installed(centre).database_url)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT * FROM call_records ORDER BY arrived_at")).mappings().all()
    engine.dispose()
    return [dict(row) for row in rows]
