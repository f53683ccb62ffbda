"""The meters of an account: number, kind, verification, and the newest reading of each tariff zone."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from calls.clock import as_datetime
from calls.zones import zone
from customers.accounts import AccountNumber, Meter
from ivr.answers import Answer
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

MOST_TOLD: Final = 3
"""A firm with more hears of the others from an agent."""


def answer(visit: Visit, number: AccountNumber) -> Answer:
    """Raises CustomersUnavailable."""
    accounts = visit.services.accounts
    account, meters = accounts.find(number), accounts.meters(number)
    if account is None or not meters:
        return Answer((say("meters.none"),), Flow.METERS, Choice.METERS, Result.NONE)
    today = as_datetime(visit.services.clock.now()).astimezone(zone(account.zone)).date()
    return Answer(sentences(meters, today), Flow.METERS, Choice.METERS, Result.TOLD)


def sentences(meters: Sequence[Meter], today: date) -> tuple[Phrase, ...]:
    """`today`: the calendar day at the meters."""
    told = tuple(phrase for meter in meters[:MOST_TOLD] for phrase in _meter(meter, today))
    return (*told, say("meters.more")) if len(meters) > MOST_TOLD else told


def _meter(meter: Meter, today: date) -> Iterator[Phrase]:
    yield say("meters.meter", serial=meter.serial, zones=meter.zones)
    if meter.verified_until >= today:
        yield say("meters.verified", until=meter.verified_until)
    else:
        yield say("meters.overdue", until=meter.verified_until)
    if not meter.readings:
        yield say("meters.not_read")
    told_on: date | None = None
    for reading in meter.readings:
        if reading.day != told_on:
            yield say("meters.read_on", day=reading.day)
            told_on = reading.day
        yield value_of(meter.zones, reading.zone, reading.kwh)


def value_of(zones: int, place: int, kwh: int) -> Phrase:
    """What a zone shows, by its tariff's name for it: of two day and night; of three peak, night and half-peak."""
    match zones, place:
        case 1, _:
            return say("meters.whole", kwh=kwh)
        case 2, 1:
            return say("meters.day", kwh=kwh)
        case 2 | 3, 2:
            return say("meters.night", kwh=kwh)
        case 3, 1:
            return say("meters.peak", kwh=kwh)
        case 3, 3:
            return say("meters.half_peak", kwh=kwh)
        case _:
            return say("meters.zone", zone=place, kwh=kwh)
