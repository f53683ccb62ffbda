"""Prices of tariffs, and which tariff an account has from when on."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, bindparam, delete, select, update

from customers.registers.outcome import Outcome
from customers.registers.rows import AssignmentLine, PriceLine
from customers.tariffs import Price, PricedTariff, Rate, Tariff, TariffFault, TariffRefused
from database.account_tariffs import histories_of, prices_of
from database.bulk import insert_rows
from database.register_stage import STAGE, keys_of, stage
from database.tables import AccountRow
from database.tariff_tables import AccountTariffRow, TariffRateRow, TariffRow

Prices = dict[tuple[int, date], Price]
"""By zone and first day."""
_FAULTS = {
    TariffFault.ZONE: ("zone", "Prices of a zone that the tariff no longer has are left.", "Take them away, too."),
    TariffFault.OVERLAP: ("since", "A zone has two prices from one day.", "Keep the right one."),
    TariffFault.GAP: ("since", "A zone has no price on some day.", "Give each zone a price from the same first day."),
}


def put_tariffs(connection: Connection, lines: Sequence[PriceLine]) -> Outcome:
    """A tariff's lines go in together, or none of them: a part would leave a zone without a price."""
    outcome = Outcome()
    stage(connection, ())  # another import waits
    by_code: dict[str, list[PriceLine]] = defaultdict(list)
    for line in _consistent(lines, outcome):
        by_code[line.tariff.code].append(line)
    known = prices_of(connection, {line.tariff.code for line in lines})
    for of_code in by_code.values():
        tariff = of_code[0].tariff
        _put_tariff(connection, tariff, of_code, known.get(tariff.code), outcome)
    return outcome


def _put_tariff(
    connection: Connection, tariff: Tariff, lines: Sequence[PriceLine], known: PricedTariff | None, outcome: Outcome
) -> None:
    had: Prices = {(rate.zone, rate.since): rate.price for rate in known.rates} if known else {}
    wanted = dict(had)
    for line in lines:
        if line.price is None:
            wanted.pop((line.zone, line.since), None)
        else:
            wanted[line.zone, line.since] = line.price
    try:
        PricedTariff(tariff, tuple(Rate(zone, since, price) for (zone, since), price in wanted.items()))
    except TariffRefused as refused:
        for line in lines:
            outcome.refuse(line.line, *_FAULTS[refused.fault])
        return
    renamed = known is not None and known.tariff != tariff
    _write(connection, tariff, known, had, wanted)
    for line in lines:
        before = had.get((line.zone, line.since))
        if before is None and line.price is not None:
            outcome.new += 1
        elif before != line.price or renamed:
            outcome.changed += 1
        else:
            outcome.unchanged += 1


def _write(connection: Connection, tariff: Tariff, known: PricedTariff | None, had: Prices, wanted: Prices) -> None:
    words = {"name": tariff.name, "name_en": tariff.name_en, "zones": tariff.zones}
    if known is None:
        row = (tariff.code, tariff.name, tariff.name_en, tariff.zones)
        insert_rows(connection, TariffRow, ("code", "name", "name_en", "zones"), [row])
    elif known.tariff != tariff:
        connection.execute(update(TariffRow).where(TariffRow.code == tariff.code).values(words))
    gone = [key for key, price in had.items() if wanted.get(key) != price]
    if gone:
        this = delete(TariffRateRow).where(
            TariffRateRow.code == tariff.code,
            TariffRateRow.zone == bindparam("of_zone"),
            TariffRateRow.since == bindparam("from_day"),
        )
        connection.execute(this, [{"of_zone": zone, "from_day": since} for zone, since in gone])
    come = [(tariff.code, *key, price) for key, price in wanted.items() if had.get(key) != price]
    insert_rows(connection, TariffRateRow, ("code", "zone", "since", "price"), come)


def _consistent(lines: Sequence[PriceLine], outcome: Outcome) -> list[PriceLine]:
    """Each zone and day of a tariff once, and each tariff with one name and count of zones."""
    tariffs: dict[str, Tariff] = {}
    first: dict[tuple[str, int, date], PriceLine] = {}
    for line in lines:
        if tariffs.setdefault(line.tariff.code, line.tariff) != line.tariff:
            outcome.refuse(line.line, "tariff", "Another line names this tariff otherwise.", "Mend one of the two.")
            continue
        other = first.setdefault((line.tariff.code, line.zone, line.since), line)
        if other is not line and other.price == line.price:
            outcome.unchanged += 1
        elif other is not line:
            outcome.refuse(line.line, *_FAULTS[TariffFault.OVERLAP])
    return list(first.values())


def put_account_tariffs(connection: Connection, lines: Sequence[AssignmentLine]) -> Outcome:
    outcome = Outcome()
    first = _first_of_each(lines, outcome)
    stage(connection, [keys_of(line) for line in first])
    found = {row.line: row for row in connection.execute(_NAMED)}
    histories = histories_of(connection, {row.account_id for row in found.values() if row.account_id is not None})
    known = {(account, one.since): one.code for account, history in histories.items() for one in history}
    fresh: list[tuple[int, date, str]] = []
    changed: list[tuple[int, date, str]] = []
    gone: list[tuple[int, date]] = []
    for line in first:
        account_id, code = found[line.line].account_id, found[line.line].code
        before = known.get((account_id, line.since))
        if account_id is None:
            outcome.refuse(line.line, "account", "There is no such account.", "Import the accounts first, or mend it.")
        elif code is None and line.code is not None:
            outcome.refuse(line.line, "tariff", "There is no such tariff.", "Import the tariffs first, or mend it.")
        elif code == before:
            outcome.unchanged += 1
        elif code is None:
            gone.append((account_id, line.since))
        else:
            (fresh if before is None else changed).append((account_id, line.since, code))
    insert_rows(connection, AccountTariffRow, ("account_id", "since", "code"), fresh)
    here = (AccountTariffRow.account_id == bindparam("of_account"), AccountTariffRow.since == bindparam("from_day"))
    if changed:
        values = [{"of_account": one, "from_day": since, "new_code": code} for one, since, code in changed]
        connection.execute(update(AccountTariffRow).where(*here).values(code=bindparam("new_code")), values)
    if gone:
        keys = [{"of_account": one, "from_day": since} for one, since in gone]
        connection.execute(delete(AccountTariffRow).where(*here), keys)
    outcome.new, outcome.changed = len(fresh), len(changed) + len(gone)
    return outcome


_NAMED = (
    select(STAGE.c.line, AccountRow.account_id, TariffRow.code)
    .select_from(STAGE)
    .outerjoin(AccountRow, AccountRow.number == STAGE.c.account)
    .outerjoin(TariffRow, TariffRow.code == STAGE.c.number)
)


def _first_of_each(lines: Sequence[AssignmentLine], outcome: Outcome) -> list[AssignmentLine]:
    first: dict[tuple[str, date], AssignmentLine] = {}
    for line in lines:
        other = first.setdefault((line.account, line.since), line)
        if other is not line and other.code == line.code:
            outcome.unchanged += 1
        elif other is not line:
            outcome.refuse(line.line, "tariff", "Another line has another tariff from this day.", "Keep the right one.")
    return list(first.values())
