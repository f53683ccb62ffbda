"""Alembic's entry: runs the steps on the connection that database.migrations gives it, inside its transaction."""

from alembic import context

from database import monitor_tables as _monitor_tables  # noqa: F401 - its tables are part of the metadata
from database import origin_tables as _origin_tables  # noqa: F401 - as above
from database import outage_tables as _outage_tables  # noqa: F401 - as above
from database.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=False,  # the caller's one transaction holds all steps; both databases roll DDL back
)
context.run_migrations()
