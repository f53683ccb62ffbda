"""Charges beside the accounts' tariffs: what differs is taken in, and said."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import Connection

from customers.accounts import EntryKind
from customers.money import Kopecks
from customers.registers.outcome import Outcome
from customers.registers.rows import EntryLine
from customers.tariffs import Difference, Span, difference, month_spans
from database.account_tariffs import History, histories_of, prices_of

_MEND: Final = "The line was taken in. Compare the bill with the account's tariff and its prices."
_DIFFERENT: Final = {
    Difference.ZONE: ("zone", "The account's tariff has fewer zones."),
    Difference.PRICE: ("rate", "The price is not that of the account's tariff in this month."),
    Difference.AMOUNT: ("amount", "The amount is not the energy at the tariff's price."),
}


def tell_differences(connection: Connection, lines: Sequence[tuple[int, EntryLine]], outcome: Outcome) -> None:
    """`lines`: those that are in the ledger, by account. What has no tariff, or says no energy, is not told."""
    said = [one for one in lines if one[1].kind is EntryKind.CHARGE and (one[1].kwh, one[1].rate) != (None, None)]
    if not said:
        return
    histories = histories_of(connection, {account_id for account_id, _ in said})
    book = prices_of(connection, {one.code for history in histories.values() for one in history})

    @cache
    def spans(history: History, month: date) -> tuple[Span, ...]:
        return month_spans(history, book, month)

    for account_id, line in said:
        history = histories.get(account_id)
        if history is None:
            continue
        held = spans(history, line.day.replace(day=1))
        found = difference(held, line.zone, line.kwh, line.rate, Kopecks(-line.amount))
        if found is not None:
            outcome.differ(line.line, *_DIFFERENT[found], _MEND)
