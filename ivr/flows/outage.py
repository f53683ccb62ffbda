"""Outages: told unasked to whoever they concern, and by the code of a locality to everybody else.

Rules
- The caller's number is enough: an outage is no secret, and the sentence names no address of a single account.
- The caller's accounts and what is under way there are known before the greeting ends; the database may take a second
  longer, then the menu goes on without.
- Each outage is told unasked once a call; a caller who changes the language hears it in that language.
- The names of places need the voice. Without it the sentence is said without them.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Final, assert_never

from calls.clock import Instant, as_datetime
from calls.zones import zone
from customers.accounts import CAUSES, Account, AccountNumber, Outage, OutageKind
from customers.outages import LOCALITY_DIGITS, LocalityCode, LocalityOutages, OutageAt, is_over, unasked
from customers.ports import CustomersUnavailable
from customers.watches import WatchWay
from ivr.ahead import begin
from ivr.entry import Entry
from ivr.flows import watch
from ivr.flows.identify import recognised
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer, request
from ivr.visit import Lookup, Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say

AHEAD_S: Final = 1.0
"""So long the menu waits for the database after the greeting."""
MOST_STREETS: Final = 6
"""Streets of one outage that are said; of more the caller hears that there are more."""
MOST_OUTAGES: Final = 4


AFTER: Final = say("outage.after")


class _After(Enum):
    ANOTHER_PLACE = auto()


Found = tuple[tuple[Account, ...], tuple[OutageAt, ...]]
"""The accounts of the caller's number, and the outages at their places."""


def look_ahead(visit: Visit) -> Future[Found] | None:
    """Begin to look for the caller's accounts and for outages there, by the caller's number."""
    phone, services = visit.facts.caller_number, visit.services
    if phone is None:
        return None
    now = services.clock.now()
    return begin(lambda: (services.accounts.of_phone(phone), services.outages.at_phone(phone, now)))


def learn(visit: Visit, looking: Future[Found] | None) -> None:
    """Keep what `look_ahead` has found; nothing when the database is away or late."""
    if looking is None:
        return
    try:
        accounts, visit.outages = visit.channel.meanwhile(lambda: looking.result(AHEAD_S))
    except TimeoutError:
        visit.note(Flow.OUTAGE, Choice.KNOWN_NUMBER, Result.UNAVAILABLE)
    except CustomersUnavailable:
        visit.lookup = Lookup.FAILED
        visit.note(Flow.OUTAGE, Choice.KNOWN_NUMBER, Result.UNAVAILABLE)
    else:
        visit.places_looked_at = True
        recognised(visit, accounts)


def tell_unasked(visit: Visit, stop_keys: str) -> str:
    """Say what concerns the caller and was not said yet. The key that ended it, "" for none or nothing to say.

    Raises CallerHungUp; what has no voice is left out.
    """
    news = _news(visit, visit.outages)
    if not news:
        return ""
    for phrases in (_told(news, visit, with_places=len(visit.facts.accounts) > 1), _told(news, visit)):
        with suppress(PromptsError), visit.telling(Flow.OUTAGE, Choice.OWN_PLACE, Result.CONCERNED, asked=False):
            key = visit.channel.play(phrases, stop_keys)
            visit.told_outages |= {one.outage.outage_id for one in news}
            watch.heard(visit, news)
            return key
    return ""


def of_account(visit: Visit, number: AccountNumber) -> tuple[Phrase, ...]:
    """What is said before anything else of an account that an outage concerns; nothing when it was said already.

    Raises CallerHungUp. An account is told by its number: the place needs no name. Of the accounts of the caller's
    number it is known already when nothing goes on at any of their places.
    """
    if visit.places_looked_at and not visit.outages and number in visit.facts.accounts:
        return ()
    outages, now = visit.services.outages, visit.services.clock.now()
    try:
        found = visit.channel.meanwhile(lambda: outages.at_account(number, now))
    except CustomersUnavailable:
        return ()  # the balance will say so
    news = _news(visit, found)
    if news:
        _heard(visit, news)
        watch.heard(visit, news, number)
    return _told(news, visit)


def under_way(visit: Visit, account: AccountNumber | None) -> tuple[OutageAt, ...]:
    """What goes on now at the places of the caller's number, or else at this account. Raises CustomersUnavailable."""
    outages, phone, now = visit.services.outages, visit.facts.caller_number, visit.services.clock.now()

    def look() -> tuple[OutageAt, ...]:
        found = outages.at_phone(phone, now) if phone is not None else ()
        return found or (outages.at_account(account, now) if account is not None else ())

    return tuple(one for one in visit.channel.meanwhile(look) if one.outage.since <= now)


def told(outages: tuple[OutageAt, ...], visit: Visit, with_places: bool) -> tuple[Phrase, ...]:
    """What is said of these, which count as told from now on."""
    _heard(visit, outages)
    watch.heard(visit, outages)
    return _told(outages, visit, with_places=with_places)


def entered_meanwhile(visit: Visit) -> tuple[Phrase, ...]:
    """What a caller who waits is told of outages that began at the own places since then; nothing without records."""
    phone, since = visit.facts.caller_number, visit.arrival.enqueued_at
    if phone is None or since is None:
        return ()
    outages, now = visit.services.outages, visit.services.clock.now()
    try:
        found = visit.channel.meanwhile(lambda: outages.at_phone(phone, now))
    except CustomersUnavailable:
        return ()  # what the caller came for may need none
    news = tuple(one for one in found if since <= one.outage.since <= now)
    return told(news, visit, with_places=len(visit.facts.accounts) > 1) if news else ()


def ask_waiting(visit: Visit) -> Way:
    """As `ask`, for a caller who waits: what goes on at the own places is looked up anew. Raises as it does."""
    phone, outages, now = visit.facts.caller_number, visit.services.outages, visit.services.clock.now()
    if phone is not None:
        visit.outages = visit.channel.meanwhile(lambda: outages.at_phone(phone, now))
    return ask(visit, say("queue.after_outage"))


def ask(visit: Visit, after: Phrase = AFTER) -> Way:
    """The caller asks for outages: those at the own places first, then by the code of a locality. `after`: the menu.

    Raises CallerHungUp, PromptsError, CustomersUnavailable.
    """
    mine = tuple(one for one in visit.outages if not is_over(one.outage, visit.services.clock.now()))
    phrases = told(mine, visit, with_places=True) if mine else ()
    visit.answered = visit.answered or bool(mine)
    while visit.turn():
        chosen = _choose(visit, phrases, after) if phrases else _After.ANOTHER_PLACE
        match chosen:
            case _After.ANOTHER_PLACE:
                found = _locality(visit)
                if isinstance(found, Way):
                    return found
                phrases = found
            case WatchWay():
                phrases = watch.take(visit, chosen)
            case Way():
                return chosen
            case _:
                assert_never(chosen)
    return Way.ASTRAY


def _choose(visit: Visit, phrases: tuple[Phrase, ...], after: Phrase) -> _After | WatchWay | Way:
    what_next = (*watch.offer(visit), after)
    choices: dict[str, _After | WatchWay] = {"1": _After.ANOTHER_PLACE, **watch.choices(visit)}
    menu = Menu(
        (*phrases, *what_next),
        choices,
        visit.services.patience.menu_key_s,
        short=what_next,
        prompts=1,
    )
    return offer(visit, MenuName.OUTAGES, menu)


def _locality(visit: Visit) -> tuple[Phrase, ...] | Way:
    """What is known of the locality whose code the caller keys."""
    outages, now = visit.services.outages, visit.services.clock.now()
    hint: tuple[Phrase, ...] = ()
    for _ in range(3):
        keyed = request(
            visit,
            MenuName.KEY_PLACE,
            Entry((*hint, say("outage.code")), LOCALITY_DIGITS, LOCALITY_DIGITS, visit.services.patience),
        )
        if isinstance(keyed, Way):
            return keyed
        code = LocalityCode(keyed.digits)
        found = visit.channel.meanwhile(lambda code=code: outages.in_locality(code, now))  # type: ignore[misc]  # mypy: default of a lambda
        if found is not None:
            visit.note(Flow.OUTAGE, Choice.LOCALITY, Result.TOLD if found.outages else Result.NONE)
            visit.served = visit.answered = True
            return _of_locality(found, visit)
        visit.note(Flow.OUTAGE, Choice.LOCALITY, Result.UNUSABLE)
        hint = (say("outage.no_code"),)
    return Way.ASTRAY


def _of_locality(found: LocalityOutages, visit: Visit) -> tuple[Phrase, ...]:
    settlement = say("outage.settlement", settlement=found.locality.settlement)
    if not found.outages:
        return settlement, say("outage.none")
    if len({one.outage.outage_id for one in found.outages}) == 1:  # of several it is not said which is meant
        watch.of_place(visit, found.outages[0])
    return settlement, *_told(found.outages, visit, with_places=True, settlements=False)


def _news(visit: Visit, outages: Iterable[OutageAt]) -> tuple[OutageAt, ...]:
    now = visit.services.clock.now()
    return tuple(one for one in outages if one.outage.outage_id not in visit.told_outages and unasked(one.outage, now))


def _heard(visit: Visit, outages: Sequence[OutageAt]) -> None:
    """Put into the journey what is said with the answer that follows."""
    visit.told_outages |= {one.outage.outage_id for one in outages}
    visit.note(Flow.OUTAGE, Choice.OWN_PLACE, Result.CONCERNED)
    visit.served = True


def _told(
    outages: Sequence[OutageAt], visit: Visit, with_places: bool = False, settlements: bool = True
) -> tuple[Phrase, ...]:
    """Each outage once, with its streets where they are wanted."""
    now = visit.services.clock.now()
    streets: dict[Outage, list[OutageAt]] = {}
    for one in outages:
        streets.setdefault(one.outage, []).append(one)
    phrases: list[Phrase] = []
    for outage, places in [*streets.items()][:MOST_OUTAGES]:
        if with_places:
            phrases += _places(places, settlements)
        phrases += sentences(outage, places[0].zone, now)
    return tuple(phrases)


def _places(places: Sequence[OutageAt], settlements: bool) -> Iterator[Phrase]:
    for one in places[:MOST_STREETS]:
        if settlements:
            yield say("outage.place", settlement=one.street.settlement, street=one.street.name)
        else:
            yield say("outage.street", street=one.street.name)
    if len(places) > MOST_STREETS:
        yield say("outage.more_streets")


def sentences(outage: Outage, where: str, now: Instant) -> tuple[Phrase, ...]:
    """What is said of one outage; `where` is the IANA zone by whose clock its times are said."""
    goes_on = outage.since <= now
    if outage.kind is OutageKind.EMERGENCY:
        return say("outage.emergency"), _cause(outage), _until(outage, where, now)
    if goes_on:
        return say("outage.planned"), _cause(outage), _until(outage, where, now)
    return _span(outage, where, now), _cause(outage)


def _cause(outage: Outage) -> Phrase:
    """A cause in the dispatcher's own words is for the screens: no voice reads what nobody has listened to."""
    return say(f"outage.cause.{outage.cause}") if outage.cause in CAUSES else say("outage.cause.unknown")


def _until(outage: Outage, where: str, now: Instant) -> Phrase:
    if outage.until is None:
        return say("outage.until_unknown")
    if outage.until <= now:
        return say("outage.overdue")
    end, today = _local(Instant(outage.until), where), _local(now, where).date()
    if end.date() == today:
        return say("outage.until_today", minute=_minute(end))
    if end.date() == today + timedelta(days=1):
        return say("outage.until_tomorrow", minute=_minute(end))
    return say("outage.until_day", day=end.date(), minute=_minute(end))


def _span(outage: Outage, where: str, now: Instant) -> Phrase:
    """Planned work that is to come; it has an end (customers.outages.check)."""
    start, end = _local(Instant(outage.since), where), _local(Instant(outage.until or outage.since), where)
    today: date = _local(now, where).date()
    if start.date() != end.date():
        return say("outage.days", start=_minute(start), first=start.date(), end=_minute(end), last=end.date())
    if start.date() == today:
        return say("outage.today", start=_minute(start), end=_minute(end))
    if start.date() == today + timedelta(days=1):
        return say("outage.tomorrow", start=_minute(start), end=_minute(end))
    return say("outage.day", day=start.date(), start=_minute(start), end=_minute(end))


def _local(moment: Instant, where: str) -> datetime:
    return as_datetime(moment).astimezone(zone(where))


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
