"""A batch of a register's lines beside our tables: one join finds the rows of all of them instead of a query each."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import BigInteger, Connection, Text, column, table, text

from customers.registers.rows import (
    AccountLine,
    AssignmentLine,
    CodeLine,
    EntryLine,
    FeederLine,
    MeterLine,
    OutageLine,
    ReadingLine,
)
from database.bulk import Value, insert_into_named

STAGE: Final = table(
    "import_lines",
    column("line", BigInteger),
    column("account", Text),
    column("source", Text),
    column("number", Text),
    column("settlement", Text),
    column("street", Text),
    column("own_id", BigInteger),
)
"""What lines are found by; the rest of them stays where it is. `own_id`: a customer's, an entry's or an outage's."""

_ONE_AT_A_TIME: Final = 7_307_514_403
"""PostgreSQL's advisory lock of imports; in SQLite only one writes anyway."""


def stage(connection: Connection, keys: Iterable[tuple[Value, ...]]) -> None:
    """Fill STAGE anew, within the transaction; it is this connection's alone. Another import waits."""
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
    connection.execute(text("DROP TABLE IF EXISTS import_lines"))
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE import_lines (line BIGINT, account TEXT, source TEXT, number TEXT, "
            "settlement TEXT, street TEXT, own_id BIGINT)"
        )
    )
    insert_into_named(connection, "import_lines", [one.name for one in STAGE.columns], list(keys))
    if postgresql:
        connection.execute(text("ANALYZE import_lines"))  # nobody else does it for a temporary table
        for choice in ("seqscan", "hashjoin", "mergejoin"):  # a batch looks up a few rows of a large table, whatever
            connection.execute(text(f"SET LOCAL enable_{choice} = off"))  # statistics of a growing one say
        connection.execute(text("SET LOCAL jit = off"))


Staged = AccountLine | EntryLine | OutageLine | ReadingLine | MeterLine | AssignmentLine | FeederLine | CodeLine


def keys_of(line: Staged, own_id: int | None = None) -> tuple[Value, ...]:
    match line:
        case AccountLine():
            return (line.line, line.account, None, None, line.settlement, line.street, line.customer_id)
        case EntryLine():
            return (line.line, line.account, line.source, line.number, None, None, own_id)
        case OutageLine():
            return (line.line, None, line.source, line.number, line.settlement, line.street, own_id)
        case ReadingLine() | MeterLine():
            return (line.line, line.account, None, line.serial, None, None, None)
        case AssignmentLine():
            return (line.line, line.account, None, line.code, None, None, None)
        case FeederLine():
            return (line.line, None, line.feeder, None, line.settlement, line.street, None)
        case CodeLine():
            return (line.line, None, None, line.code, line.settlement, None, None)
