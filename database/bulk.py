"""Many rows at the databases' own speed: COPY in PostgreSQL, prepared inserts in SQLite. For loads only."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from database.tables import Table

Value = str | int | bool | date | None


def insert_rows(
    connection: Connection, table: type[Table], columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> None:
    """Insert inside the connection's transaction. `columns` are ours, never a caller's text."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    plain = [tuple(value.isoformat() if isinstance(value, date) else value for value in row) for row in rows]
    connection.exec_driver_sql(f"INSERT INTO {table.__tablename__} ({names}) VALUES ({marks})", plain)  # noqa: S608


def count_on(connection: Connection, table: type[Table], column: str, last: int) -> None:
    """Let PostgreSQL give the next row's id after `last`, when ids were given by us. SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (table.__tablename__, column, last)
        )
