"""INSERT ... ON CONFLICT, which both databases know in the same words but SQLAlchemy spells by dialect."""

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from database.tables import Table

Insert = postgresql.Insert | sqlite.Insert


def insert_into(connection: Connection, table: type[Table]) -> Insert:
    """The dialect's insert, which has on_conflict_do_nothing and on_conflict_do_update."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
