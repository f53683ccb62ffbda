"""What a call centre keeps and must not: the search of every place for a card's digits and a PIN.

`CallCentre.stop` runs it for each centre of the suite, so whatever a call of any test has keyed is looked for in the
logs, Redis, the database, Asterisk's files and its core dumps.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import redis
from sqlalchemy import MetaData, select
from sqlalchemy.exc import OperationalError

from callcentre.installation import Installation
from customers.demo import FIXED
from database.engine import open_engine
from gateways.sandbox_cards import TEST_CARDS

_UNSAFE_DIGITS: Final = 12
"""Of a card: the first six and the last four may be kept by the rules of the trade, twelve in a row may not."""
TOLD: Final = "run.log"
"""What `callcentre run` says on its screen, kept by the tests only: the demo's own PINs are meant to be read there."""
_ROWS: Final = 200_000
"""Of a table of the tests; more would be another test's business."""


def places_of(installation: Installation, secret: bytes) -> list[str]:
    """Every place of a running installation that holds `secret`: its files, Redis (written out now), its database.

    Rendered sound is left out.
    """
    return [place for place, content in _kept(installation) if secret in content]


def left_behind(installation: Installation) -> list[str]:
    """Every place with a test card's number or a demo account's PIN, and what it is; never the digits."""
    cards = [card.number[:_UNSAFE_DIGITS].encode() for card in TEST_CARDS]
    pins = [
        re.compile(rb"%s\b[^\n]{0,200}(?<!\d)%s(?!\d)" % (demo.number.encode(), demo.pin.encode())) for demo in FIXED
    ]
    found = []
    for place, content in _kept(installation):
        if any(card in content for card in cards):
            found.append(f"{place} holds a card's number")
        if place != TOLD and any(pin.search(content) for pin in pins):
            found.append(f"{place} holds an account's PIN beside its number")
    return found


def _kept(installation: Installation) -> Iterator[tuple[str, bytes]]:
    _write_out(installation.redis_url)
    state = installation.places.state
    for path in state.rglob("*"):
        if path.is_file() and not path.is_symlink() and "prompts" not in path.relative_to(state).parts:
            with suppress(FileNotFoundError):  # a process of the centre took it away meanwhile
                yield str(path.relative_to(state)), path.read_bytes()
    if not installation.database_url.startswith("sqlite"):
        yield from _tables(installation.database_url)


def _write_out(redis_url: str) -> None:
    """Let Redis write a file of all it holds, without compression."""
    with suppress(redis.RedisError):  # a test has stopped it: its append-only file holds every command as it came
        link = redis.Redis.from_url(redis_url, socket_timeout=10)
        link.config_set("rdbcompression", "no")
        link.save()


def _tables(database_url: str) -> Iterator[tuple[str, bytes]]:
    engine = open_engine(database_url)
    tables = MetaData()
    try:
        tables.reflect(engine)
        with engine.connect() as connection:
            for table in tables.sorted_tables:
                rows = connection.execute(select(table).limit(_ROWS))
                yield f"table {table.name}", "\n".join(repr(tuple(row)) for row in rows).encode()
    except OperationalError:  # a test has stopped the server
        return
    finally:
        engine.dispose()
