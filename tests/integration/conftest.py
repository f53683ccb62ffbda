"""What the integration tests share."""

from tests.kit.databases import (
    database_address,
    database_kind,
    demo_engine,
    demo_postgresql,
    demo_sqlite,
    engine,
    postgres,
)

__all__ = [
    "database_address",
    "database_kind",
    "demo_engine",
    "demo_postgresql",
    "demo_sqlite",
    "engine",
    "postgres",
]
