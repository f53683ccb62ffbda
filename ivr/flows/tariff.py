"""The account's own tariff: what a kilowatt-hour costs now in each zone, and from when on it costs something else."""

from collections.abc import Iterator, Sequence

from calls.clock import as_datetime
from calls.journey import Language
from calls.zones import zone
from customers.accounts import AccountNumber
from customers.tariffs import OwnTariff, Price, Tariff
from ivr.answers import Answer
from ivr.reading import Reading
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say


def answer(visit: Visit, number: AccountNumber) -> Answer:
    """Raises CustomersUnavailable."""
    accounts = visit.services.accounts
    account = accounts.find(number)
    own = None
    if account is not None:
        day = as_datetime(visit.services.clock.now()).astimezone(zone(account.zone)).date()
        own = accounts.tariff(number, day)
    if own is None:
        return Answer((say("tariff.none"),), Flow.TARIFF, Choice.TARIFF, Result.NONE)
    reading, language = visit.services.reading, visit.channel.language
    told = sentences(own, name_of(own.tariff, reading, language), new_name(own, reading, language))
    # Names are the supplier's own words: they need the voice, and without it the prices are told without them.
    return Answer(told, Flow.TARIFF, Choice.TARIFF, Result.TOLD, plain=sentences(own))


def sentences(own: OwnTariff, name: str = "", new: str = "") -> tuple[Phrase, ...]:
    """`name` of the tariff and `new` one of the tariff after a change, in words; either may be empty."""
    told = [say("tariff.own", name=name)] if name else []
    return (*told, *_prices(own.prices), *_change(own, new))


def name_of(tariff: Tariff, reading: Reading, language: Language) -> str:
    """A tariff's name in words; "" where it has none in this language, or none that can be spoken."""
    typed = tariff.name if language is Language.RU else tariff.name_en
    if not typed or reading.spoken(typed, language).faults:
        return ""
    return " ".join(reading.sentences(typed, language)).rstrip(".:;, ")


def new_name(own: OwnTariff, reading: Reading, language: Language) -> str:
    """The name of the tariff that the account changes to, where it is another one."""
    other = own.change is not None and own.change.tariff != own.tariff
    return name_of(own.change.tariff, reading, language) if own.change is not None and other else ""


def _change(own: OwnTariff, new: str) -> Iterator[Phrase]:
    if own.change is None:
        return
    if own.change.tariff == own.tariff:
        yield say("tariff.new_prices", day=own.change.day)
    else:
        yield say("tariff.changes", day=own.change.day)
        if new:
            yield say("tariff.new", name=new)
    yield from _prices(own.change.prices)


def _prices(prices: Sequence[Price]) -> Iterator[Phrase]:
    """By the tariff's name for each zone, as in ivr.flows.meters.value_of."""
    match prices:
        case [whole]:
            yield say("tariff.whole", price=whole)
        case [day, night]:
            yield say("tariff.prices")
            yield say("tariff.day", price=day)
            yield say("tariff.night", price=night)
        case [peak, night, half_peak]:
            yield say("tariff.prices")
            yield say("tariff.peak", price=peak)
            yield say("tariff.half_peak", price=half_peak)
            yield say("tariff.night", price=night)
