"""Alembic's entry: runs the steps on the connection that database.migrations gives it, inside its transaction."""

from alembic import context

from database.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the caller's one transaction holds all steps; both databases roll DDL back
)
context.run_migrations()
