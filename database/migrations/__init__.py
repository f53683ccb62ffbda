"""The schema's steps, by Alembic through its API: no ini file, no command of its own.

`callcentre` migrates before it starts anything; of two processes at once the second waits and finds nothing to do.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from database.engine import DatabaseUnavailable, reading, writing

_LOCK = 7_307_514_402
"""PostgreSQL's advisory lock of the migration: any number that nobody else uses."""


def migrate(engine: Engine, target: str = "head") -> None:
    """Bring the schema to the newest revision (or up to `target`), all steps in one transaction.

    Raises DatabaseUnavailable; open the engine with LONG_WORK, a large table takes its time.
    """
    with _alone(engine) as connection:
        command.upgrade(_config(connection), target)


def downgrade(engine: Engine, target: str) -> None:
    """Take steps back to `target`; "base" leaves nothing. Data of dropped tables are gone."""
    with _alone(engine) as connection:
        command.downgrade(_config(connection), target)


def current(engine: Engine) -> str | None:
    """The database's revision; None for an empty one. Raises DatabaseUnavailable."""
    with reading(engine, DatabaseUnavailable) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision that this code needs."""
    revision = ScriptDirectory.from_config(_config(None)).get_current_head()
    if revision is None:
        raise RuntimeError("The package holds no migrations. Install it again.")
    return revision


def _alone(engine: Engine) -> AbstractContextManager[Connection]:
    return writing(engine, DatabaseUnavailable)


def _config(connection: Connection | None) -> Config:
    if connection is not None and connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
