"""Charges and payments into the ledger: each number of a source once, whichever file it comes in."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from customers.registers.columns import Register
from customers.registers.outcome import OWN_SOURCE, Outcome
from customers.registers.rows import EntryLine
from database.bulk import insert_rows, new_ids
from database.origin_tables import LedgerOriginRow
from database.register_prices import tell_differences
from database.register_stage import STAGE, keys_of, stage
from database.tables import AccountRow, LedgerRow

_OTHER = (
    "number",
    "The source has used this number for another account, day, amount or tariff zone.",
    "Ask the source; an error is mended by a correction with a number of its own.",
)


def put_entries(connection: Connection, register: Register, lines: Sequence[EntryLine]) -> Outcome:
    outcome = Outcome()
    first = _first_of_each(lines, outcome)
    stage(connection, [keys_of(line, _own_id(line)) for line in first])
    found = {row.line: row for row in _find(connection, register)}
    fresh: list[tuple[int, EntryLine]] = []
    kept: list[tuple[int, EntryLine]] = []
    for line in first:
        row = found[line.line]
        known = [(row.known_id, row.known_day, row.known_kind, row.known_amount)] if row.entry_id is not None else []
        own = (row.own_account, row.own_day, row.own_kind, row.own_amount)
        facts = (row.account_id, line.day, line.kind.value, line.amount)
        kept_zone = row.known_zone if known else row.own_zone
        # What was kept before zones were, or comes without its zone, is the same entry still.
        other_zone = None not in (kept_zone, line.zone) and kept_zone != line.zone
        if row.account_id is None:
            outcome.refuse(line.line, "account", "There is no such account.", "Import the accounts first, or mend it.")
        elif not other_zone and ((known and known[0] == facts) or (not known and own == facts)):
            outcome.unchanged += 1
            kept.append((row.account_id, line))
        elif known:
            outcome.refuse(line.line, *_OTHER)
        else:
            fresh.append((row.account_id, line))
    tell_differences(connection, [*kept, *fresh], outcome)
    _insert(connection, register, fresh)
    outcome.new = len(fresh)
    return outcome


def _first_of_each(lines: Sequence[EntryLine], outcome: Outcome) -> list[EntryLine]:
    first: dict[tuple[str, str], EntryLine] = {}
    for line in lines:
        other = first.setdefault((line.source, line.number), line)
        if other is line:
            continue
        if _facts(other) == _facts(line):
            outcome.unchanged += 1
        else:
            outcome.refuse(line.line, *_OTHER)
    return list(first.values())


def _facts(line: EntryLine) -> tuple[object, ...]:
    return line.account, line.day, line.kind, line.amount, line.zone


def _own_id(line: EntryLine) -> int | None:
    own = line.source == OWN_SOURCE and line.number.isdecimal() and len(line.number) <= 18
    return int(line.number) if own else None


def _find(connection: Connection, register: Register) -> Sequence[Row[Any]]:
    known, own = aliased(LedgerRow), aliased(LedgerRow)
    query = (
        select(
            STAGE.c.line,
            AccountRow.account_id,
            LedgerOriginRow.entry_id,
            known.account_id.label("known_id"),
            known.day.label("known_day"),
            known.kind.label("known_kind"),
            known.amount.label("known_amount"),
            known.zone.label("known_zone"),
            own.account_id.label("own_account"),
            own.day.label("own_day"),
            own.kind.label("own_kind"),
            own.amount.label("own_amount"),
            own.zone.label("own_zone"),
        )
        .select_from(STAGE)
        .outerjoin(AccountRow, AccountRow.number == STAGE.c.account)
        .outerjoin(
            LedgerOriginRow,
            and_(
                LedgerOriginRow.register == register.value,
                LedgerOriginRow.source == STAGE.c.source,
                LedgerOriginRow.number == STAGE.c.number,
            ),
        )
        .outerjoin(known, known.entry_id == LedgerOriginRow.entry_id)
        .outerjoin(own, own.entry_id == STAGE.c.own_id)
    )
    return connection.execute(query).all()


def _insert(connection: Connection, register: Register, fresh: Sequence[tuple[int, EntryLine]]) -> None:
    ids = new_ids(connection, LedgerRow, "entry_id", len(fresh))
    numbered = list(zip(ids, fresh, strict=True))
    insert_rows(
        connection,
        LedgerRow,
        ("entry_id", "account_id", "day", "kind", "amount", "text", "zone", "kwh", "rate"),
        [
            (entry, account, one.day, one.kind.value, one.amount, one.text, one.zone, one.kwh, one.rate)
            for entry, (account, one) in numbered
        ],
    )
    insert_rows(
        connection,
        LedgerOriginRow,
        ("register", "source", "number", "entry_id"),
        [(register.value, one.source, one.number, entry) for entry, (_, one) in numbered],
    )
