"""Charges beside the accounts' tariffs: what differs is taken in, and said."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import Connection, select

from customers.accounts import EntryKind
from customers.money import Kopecks
from customers.registers.outcome import Outcome
from customers.registers.rows import EntryLine
from customers.tariffs import Assignment, Difference, Span, TariffCode, difference, month_spans
from database.account_tariffs import prices_of
from database.register_stage import STAGE
from database.tables import AccountRow
from database.tariff_tables import AccountTariffRow

History = tuple[Assignment, ...]
_MEND: Final = "The line was taken in. Compare the bill with the account's tariff and its prices."
_DIFFERENT: Final = {
    Difference.ZONE: ("zone", "The account's tariff has fewer zones."),
    Difference.PRICE: ("rate", "The price is not that of the account's tariff in this month."),
    Difference.AMOUNT: ("amount", "The amount is not the energy at the tariff's price."),
}


def tell_differences(connection: Connection, lines: Sequence[EntryLine], outcome: Outcome) -> None:
    """`lines`: those of the staged ones that are in the ledger. What has no tariff, or says no energy, is not told."""
    said = [line for line in lines if line.kind is EntryKind.CHARGE and (line.kwh, line.rate) != (None, None)]
    if not said:
        return
    histories = _histories(connection)
    book = prices_of(connection, {one.code for history in histories.values() for one in history})

    @cache
    def spans(history: History, month: date) -> tuple[Span, ...]:
        return month_spans(history, book, month)

    for line in said:
        history = histories.get(line.line)
        if history is None:
            continue
        held = spans(history, line.day.replace(day=1))
        found = difference(held, line.zone, line.kwh, line.rate, Kopecks(-line.amount))
        if found is not None:
            outcome.differ(line.line, *_DIFFERENT[found], _MEND)


def _histories(connection: Connection) -> dict[int, History]:
    """The tariffs of each staged line's account, in order."""
    query = (
        select(STAGE.c.line, AccountTariffRow.since, AccountTariffRow.code)
        .select_from(STAGE)
        .join(AccountRow, AccountRow.number == STAGE.c.account)
        .join(AccountTariffRow, AccountTariffRow.account_id == AccountRow.account_id)
    )
    found: dict[int, list[Assignment]] = defaultdict(list)
    for line, since, code in connection.execute(query):
        found[line].append(Assignment(since, TariffCode(code)))
    return {line: tuple(sorted(history, key=lambda one: one.since)) for line, history in found.items()}
