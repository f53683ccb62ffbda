"""What the integration tests share."""

from collections.abc import Iterator

import pytest

from tests.kit.databases import (
    database_address,
    database_kind,
    demo_engine,
    demo_postgresql,
    demo_sqlite,
    engine,
    postgres,
)
from tests.kit.redis_server import RedisServer

__all__ = [
    "database_address",
    "database_kind",
    "demo_engine",
    "demo_postgresql",
    "demo_sqlite",
    "engine",
    "postgres",
]


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
def clean(server: RedisServer) -> RedisServer:
    server.client().flushall()
    return server
