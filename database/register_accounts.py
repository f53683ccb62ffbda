"""Accounts by their number: new ones with customer and street, changes of those that are known.

An account that goes to another customer loses its PIN and its telephones: they are the former customer's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, select, text, update

from calls.zones import SUPPLIER_ZONE
from customers.registers.outcome import Outcome
from customers.registers.rows import AccountLine
from database.bulk import insert_rows, new_ids
from database.register_stage import STAGE, keys_of, stage
from database.tables import AccountRow, CustomerRow, PhoneRow, PinRow, StreetRow

Phones = dict[str, bool]
"""May the number hear the balance without a PIN."""
_COLUMNS = ("account_id", "number", "customer_id", "street_id", "house", "flat")


def put_accounts(connection: Connection, lines: Sequence[AccountLine], zone: str = SUPPLIER_ZONE) -> Outcome:
    """`zone`: the IANA zone of streets that are new."""
    outcome = Outcome()
    taken = _consistent(lines, outcome)
    stage(connection, [keys_of(line) for line in taken])
    rows = {row.line: row for row in _find(connection)}
    streets = _streets(connection, taken, rows, zone)
    renamed = _put_customers(connection, taken, rows)
    phones = _phones(connection)
    fresh = [line for line in taken if rows[line.line].account_id is None]
    drawn = new_ids(connection, AccountRow, "account_id", len(fresh))
    ids = {line.line: account_id for line, account_id in zip(fresh, drawn, strict=True)}
    insert_rows(
        connection,
        AccountRow,
        _COLUMNS,
        [
            (ids[one.line], one.account, one.customer_id, streets[one.settlement, one.street], one.house, one.flat)
            for one in fresh
        ],
    )
    for line in taken:
        row, account_id = rows[line.line], ids.get(line.line)
        if account_id is not None:
            outcome.new += 1
            _put_phones(connection, account_id, {}, _wanted(line, {}))
            continue
        moved = _move(connection, line, row, streets[line.settlement, line.street])
        had = {} if row.customer_id != line.customer_id else phones.get(row.account_id, {})
        rung = _put_phones(connection, row.account_id, had, _wanted(line, had))
        outcome.changed += moved or rung or line.customer_id in renamed
        outcome.unchanged += not (moved or rung or line.customer_id in renamed)
    return outcome


def count_on_customers(connection: Connection) -> None:
    """Let PostgreSQL give a customer's next id after those that came from files."""
    if connection.dialect.name == "postgresql":
        last = connection.scalar(select(func.max(CustomerRow.customer_id))) or 1
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('customers', 'customer_id'), :last)"), {"last": last}
        )


def _consistent(lines: Sequence[AccountLine], outcome: Outcome) -> list[AccountLine]:
    """Each account once, and each customer with one name."""
    accounts: dict[str, AccountLine] = {}
    customers: dict[int, tuple[str, str]] = {}
    for line in lines:
        known = accounts.get(line.account)
        if known is not None:
            outcome.refuse(line.line, "account", "The account stands in the file twice.", "Keep the right line.")
        elif customers.setdefault(line.customer_id, (line.kind, line.name)) != (line.kind, line.name):
            outcome.refuse(line.line, "customer", "The customer has another name or kind in this file.", "Mend either.")
        else:
            accounts[line.account] = line
    return list(accounts.values())


def _find(connection: Connection) -> Sequence[Row[Any]]:
    query = (
        select(
            STAGE.c.line,
            StreetRow.street_id.label("wanted_street"),
            AccountRow.account_id,
            AccountRow.customer_id,
            AccountRow.street_id,
            AccountRow.house,
            AccountRow.flat,
            CustomerRow.customer_id.label("known_customer"),
            CustomerRow.kind,
            CustomerRow.name,
        )
        .select_from(STAGE)
        .outerjoin(StreetRow, and_(StreetRow.settlement == STAGE.c.settlement, StreetRow.name == STAGE.c.street))
        .outerjoin(AccountRow, AccountRow.number == STAGE.c.account)
        .outerjoin(CustomerRow, CustomerRow.customer_id == STAGE.c.own_id)
    )
    return connection.execute(query).all()


def _streets(
    connection: Connection, lines: Sequence[AccountLine], rows: Mapping[int, Row[Any]], zone: str
) -> dict[tuple[str, str], int]:
    """The id of every street of the lines; new ones are entered."""
    known = {(one.settlement, one.street): rows[one.line].wanted_street for one in lines}
    fresh = [place for place, street_id in known.items() if street_id is None]
    ids = new_ids(connection, StreetRow, "street_id", len(fresh))
    numbered = list(zip(ids, fresh, strict=True))
    insert_rows(
        connection,
        StreetRow,
        ("street_id", "settlement", "name", "zone"),
        [(street_id, *place, zone) for street_id, place in numbered],
    )
    return known | {place: street_id for street_id, place in numbered}


def _put_customers(connection: Connection, lines: Sequence[AccountLine], rows: Mapping[int, Row[Any]]) -> set[int]:
    """The customers whose name or kind changed."""
    customers = {one.customer_id: (one, rows[one.line]) for one in lines}
    fresh = [(one.customer_id, one.kind.value, one.name) for one, row in customers.values() if row.kind is None]
    insert_rows(connection, CustomerRow, ("customer_id", "kind", "name"), fresh)
    known = [(one, row) for one, row in customers.values() if row.kind is not None]
    renamed = [one for one, row in known if (row.kind, row.name) != (one.kind, one.name)]
    if renamed:
        change = update(CustomerRow).where(CustomerRow.customer_id == bindparam("which"))
        connection.execute(
            change.values(kind=bindparam("new_kind"), name=bindparam("new_name")),
            [{"which": one.customer_id, "new_kind": one.kind.value, "new_name": one.name} for one in renamed],
        )
    return {one.customer_id for one in renamed}


def _move(connection: Connection, line: AccountLine, row: Row[Any], street_id: int) -> bool:
    """Whether the account's customer or place changed."""
    wanted = (line.customer_id, street_id, line.house, line.flat)
    if (row.customer_id, row.street_id, row.house, row.flat) == wanted:
        return False
    if row.customer_id != line.customer_id:
        connection.execute(delete(PinRow).where(PinRow.account_id == row.account_id))
        connection.execute(delete(PhoneRow).where(PhoneRow.account_id == row.account_id))
    customer_id, street_id, house, flat = wanted
    change = update(AccountRow).where(AccountRow.account_id == row.account_id)
    connection.execute(change.values(customer_id=customer_id, street_id=street_id, house=house, flat=flat))
    return True


def _phones(connection: Connection) -> dict[int, Phones]:
    query = (
        select(PhoneRow.account_id, PhoneRow.number, PhoneRow.may_hear)
        .select_from(STAGE)
        .join(AccountRow, AccountRow.number == STAGE.c.account)
        .join(PhoneRow, PhoneRow.account_id == AccountRow.account_id)
    )
    found: dict[int, Phones] = {}
    for account_id, number, may_hear in connection.execute(query):
        found.setdefault(account_id, {})[number] = may_hear
    return found


def _wanted(line: AccountLine, had: Phones) -> Phones:
    """Without the one column the numbers stay, without the other their owner's leave."""
    numbers: Sequence[str] = list(had) if line.phones is None else line.phones
    if line.allowed is None:
        return {number: had.get(number, False) for number in numbers}
    return {number: number in line.allowed for number in numbers}


def _put_phones(connection: Connection, account_id: int, had: Phones, wanted: Phones) -> bool:
    """Whether anything changed."""
    if had == wanted:
        return False
    gone = [number for number, may_hear in had.items() if wanted.get(number) is not may_hear]
    if gone:
        connection.execute(delete(PhoneRow).where(PhoneRow.account_id == account_id, PhoneRow.number.in_(gone)))
    come = [(number, account_id, may_hear) for number, may_hear in wanted.items() if had.get(number) is not may_hear]
    insert_rows(connection, PhoneRow, ("number", "account_id", "may_hear"), come)
    return True
