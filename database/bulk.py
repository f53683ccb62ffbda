"""Many rows at the databases' own speed: COPY in PostgreSQL, prepared inserts in SQLite. For loads only."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from database.tables import Table

Value = str | int | bool | date | None


def insert_rows(
    connection: Connection, table: type[Table], columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> None:
    """Insert inside the connection's transaction. `columns` are ours, never a caller's text."""
    insert_into_named(connection, table.__tablename__, columns, rows)


def insert_into_named(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> None:
    """The same into a table that is only there for the moment; `table` is ours too."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        statement = f"COPY {table} ({names}) FROM STDIN"
        try:
            with cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:  # told as SQLAlchemy tells it, which is not asked here
            raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error
        return
    marks = ", ".join("?" * len(columns))
    plain = [tuple(value.isoformat() if isinstance(value, date) else value for value in row) for row in rows]
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)  # noqa: S608


def count_on(connection: Connection, table: type[Table], column: str, last: int) -> None:
    """Let PostgreSQL give the next row's id after `last`, when ids were given by us. SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (table.__tablename__, column, last)
        )


def new_ids(connection: Connection, table: type[Table], column: str, count: int) -> Sequence[int]:
    """So many ids that nobody has, for rows inserted in this transaction, which must be a writing one."""
    if count and connection.dialect.name == "postgresql":
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        drawn = connection.exec_driver_sql(sequence, (table.__tablename__, column, count))
        return [int(one) for one in drawn.scalars()]
    last = connection.scalar(select(func.max(table.__table__.c[column]))) if count else 0
    return range((last or 0) + 1, (last or 0) + 1 + count)
