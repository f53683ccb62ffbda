"""Handing in meter readings: meter by meter, zone by zone, read back and confirmed, then kept.

Rules
- Outside of the period the caller hears when it begins; nothing is taken.
- What looks wrong (customers.readings) is asked once more; who keeps to it is believed, and told that it is verified.
- A meter is kept as a whole when its caller has confirmed it: who rings off before that has handed in nothing, who
  rings off after it all of that meter.
- A meter of a firm with many is one of the first MOST_METERS here; the others are an agent's.
"""

from datetime import date
from enum import Enum, auto
from typing import Final

from calls.clock import as_datetime
from calls.zones import zone
from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable
from customers.readings import (
    LONGEST_READING,
    Doubt,
    HandedIn,
    MeterToRead,
    ReadingSource,
    ReadingState,
    doubt,
)
from ivr.answers import Answer
from ivr.entry import Entry
from ivr.flows.meters import value_of
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer, request
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

MOST_METERS: Final = 3
TRIES: Final = 3
"""How often one meter is keyed anew before an agent is the better help."""


class _Confirm(Enum):
    RIGHT = auto()
    AGAIN = auto()


def hand_in(visit: Visit, number: AccountNumber) -> Answer | Way:
    """Take the readings of the account's meters. What is said at the end is the answer; a Way leads elsewhere.

    Raises CustomersUnavailable, CallerHungUp, PromptsError.
    """
    readings, accounts = visit.services.readings, visit.services.accounts
    account, meters = visit.channel.meanwhile(lambda: (accounts.find(number), readings.meters_to_read(number)))
    if account is None or not meters:
        return _answer(Result.NONE, say("meters.none"))
    today = as_datetime(visit.services.clock.now()).astimezone(zone(account.zone)).date()
    period = visit.services.reading_period
    if not period.takes(today):
        return _answer(Result.NOT_NOW, say("readings.not_now", day=period.next_first(today)))
    verified = False
    for meter in meters[:MOST_METERS]:
        taken = _meter(visit, number, meter, today)
        if isinstance(taken, Way):
            return taken
        if taken is None:
            return _answer(Result.UNUSABLE, say("readings.not_kept"))
        verified |= any(value.state is ReadingState.TO_VERIFY for value in taken)
    thanks = [say("readings.to_verify") if verified else say("readings.kept")]
    if len(meters) > MOST_METERS:
        thanks.append(say("meters.more"))
    return _answer(Result.TO_VERIFY if verified else Result.KEPT, *thanks)


def _meter(visit: Visit, number: AccountNumber, meter: MeterToRead, today: date) -> tuple[HandedIn, ...] | Way | None:
    """Ask one meter until its values are confirmed, and keep them. None: it is the account's no more."""
    for _ in range(TRIES):
        values: list[HandedIn] = []
        for place in range(1, meter.zones + 1):
            value = _zone(visit, meter, place, today)
            if isinstance(value, Way):
                return value
            values.append(value)
        confirmed = _confirm(visit, meter, values)
        if confirmed is _Confirm.RIGHT:
            return _keep(visit, number, today, tuple(values))
        if isinstance(confirmed, Way):
            return confirmed
    return Way.ASTRAY


def _zone(visit: Visit, meter: MeterToRead, place: int, today: date) -> HandedIn | Way:
    """One zone's value. Asked twice where the first answer is doubted: the second one stands."""
    asked = (*((say("readings.meter", serial=meter.serial),) if place == 1 else ()), _ask(meter.zones, place))
    phrases: tuple[Phrase, ...] = asked
    doubted: Doubt | None = None
    history = meter.history.get(place, ())
    for _ in range(TRIES):
        keyed = request(visit, MenuName.KEY_READING, Entry(phrases, 1, LONGEST_READING, visit.services.patience))
        if isinstance(keyed, Way):
            return keyed
        if len(keyed.digits) > LONGEST_READING:
            phrases = (say("readings.too_long"), *asked)
            continue
        kwh = int(keyed.digits)
        why = doubt(history, kwh, today)
        if why is None:
            return HandedIn(meter.serial, place, kwh, ReadingState.ACCEPTED)
        if doubted is not None:
            return HandedIn(meter.serial, place, kwh, ReadingState.TO_VERIFY)
        doubted = why
        last = say("readings.last", kwh=history[-1].kwh)
        phrases = (say("readings.less") if why is Doubt.LESS else say("readings.too_much"), last, *asked)
    return Way.ASTRAY


def _confirm(visit: Visit, meter: MeterToRead, values: list[HandedIn]) -> _Confirm | Way:
    told = tuple(value_of(meter.zones, value.zone, value.kwh) for value in values)
    menu = Menu(
        (say("readings.you_said"), *told, say("readings.confirm")),
        {"1": _Confirm.RIGHT, "2": _Confirm.AGAIN},
        visit.services.patience.menu_key_s,
    )
    return offer(visit, MenuName.READINGS, menu)


def _keep(
    visit: Visit, number: AccountNumber, today: date, values: tuple[HandedIn, ...]
) -> tuple[HandedIn, ...] | None:
    readings = visit.services.readings
    try:
        kept = visit.channel.meanwhile(lambda: readings.hand_in(number, today, values, ReadingSource.TELEPHONE))
    except CustomersUnavailable:
        visit.channel.play((say("readings.away"),), "")  # heard whole: who rings off now must not think they are kept
        raise
    if not kept:
        return None
    verified = any(value.state is ReadingState.TO_VERIFY for value in values)
    visit.note(Flow.READINGS, Choice.METER, Result.TO_VERIFY if verified else Result.KEPT)
    visit.served = visit.answered = True
    return values


def _ask(zones: int, place: int) -> Phrase:
    match zones, place:
        case 1, _:
            return say("readings.key_whole")
        case 2, 1:
            return say("readings.key_day")
        case 2 | 3, 2:
            return say("readings.key_night")
        case 3, 1:
            return say("readings.key_peak")
        case 3, 3:
            return say("readings.key_half_peak")
        case _:
            return say("readings.key_zone", zone=place)


def _answer(result: Result, *phrases: Phrase) -> Answer:
    return Answer(phrases, Flow.READINGS, Choice.READINGS, result)
