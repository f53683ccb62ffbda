"""What the newest month of an account was charged: the sum, then the energy and the price of each tariff zone."""

from collections.abc import Iterator, Sequence

from customers.accounts import AccountNumber, LedgerEntry, Meter
from customers.money import Kopecks
from ivr.answers import Answer
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say


def answer(visit: Visit, number: AccountNumber) -> Answer:
    """Raises CustomersUnavailable."""
    charges = visit.services.accounts.charges(number)
    meters = visit.services.accounts.meters(number) if charges else ()
    result = Result.TOLD if charges else Result.NONE
    return Answer(sentences(charges, meters), Flow.CHARGES, Choice.CHARGES, result)


def sentences(charges: Sequence[LedgerEntry], meters: Sequence[Meter]) -> tuple[Phrase, ...]:
    """`charges`: those of one month. A zone is named as at the meter with most zones."""
    if not charges:
        return (say("charges.none"),)
    total = say("charges.month", month=charges[0].day, amount=_charged(charges))
    return total, *_by_zone(charges, meters)


def _by_zone(charges: Sequence[LedgerEntry], meters: Sequence[Meter]) -> Iterator[Phrase]:
    """Nothing for charges that say no energy: their sum is all there is."""
    measured: dict[int, list[LedgerEntry]] = {}
    others: list[LedgerEntry] = []
    for entry in charges:
        of_kind = others if entry.kwh is None else measured.setdefault(entry.zone or 1, [])
        of_kind.append(entry)
    zones = max((*measured, *(meter.zones for meter in meters)), default=1)
    for zone, entries in sorted(measured.items()):
        kwh = sum(entry.kwh for entry in entries if entry.kwh is not None)
        yield _of_zone(zones, zone, kwh, _charged(entries))
    if measured and others:
        yield say("charges.others", amount=_charged(others))


def _of_zone(zones: int, place: int, kwh: int, amount: Kopecks) -> Phrase:
    """By the tariff's name for the zone, as in ivr.flows.meters.value_of."""
    match zones, place:
        case 1, _:
            return say("charges.whole", kwh=kwh)
        case 2, 1:
            return say("charges.day", kwh=kwh, amount=amount)
        case 2 | 3, 2:
            return say("charges.night", kwh=kwh, amount=amount)
        case 3, 1:
            return say("charges.peak", kwh=kwh, amount=amount)
        case 3, 3:
            return say("charges.half_peak", kwh=kwh, amount=amount)
        case _:
            return say("charges.zone", zone=place, kwh=kwh, amount=amount)


def _charged(entries: Sequence[LedgerEntry]) -> Kopecks:
    """As people name it: in the ledger what is charged is negative."""
    return Kopecks(-sum(entry.amount for entry in entries))
