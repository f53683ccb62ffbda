"""Telling a caller when power is back: offered after an outage was told, a key for each way, in whichever menu follows.

Rules
- Offered is only what can be done for the caller's number: a hidden, foreign or costly one hears of nothing.
- It is kept before it is promised, and the promise names the end of the number. A second wish changes the first.
- Where several outages were told, the wish is for each of them: the caller has no light at several places.
"""

from collections.abc import Iterable
from typing import Final

from customers.accounts import AccountNumber
from customers.outages import OutageAt
from customers.ports import CustomersUnavailable
from customers.watches import NewWatch, WatchWay
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

KEYS: Final = {WatchWay.TEXT: "7", WatchWay.RING: "8"}
"""The same in every menu, also in the main one."""
SPOKEN_DIGITS: Final = 4
_OFFERS: Final = {WatchWay.TEXT: say("watch.offer_text"), WatchWay.RING: say("watch.offer_ring")}
_CHOICES: Final = {WatchWay.TEXT: Choice.WATCH_TEXT, WatchWay.RING: Choice.WATCH_RING}


def heard(visit: Visit, outages: Iterable[OutageAt], account: AccountNumber | None = None) -> None:
    """These were told, at this account or at the only one of the caller's number: those that go on may be watched."""
    own = visit.facts.accounts
    account = account or (AccountNumber(own[0]) if len(own) == 1 else None)
    now = visit.services.clock.now()
    for one in outages:
        if one.outage.since <= now:
            visit.watchable.setdefault(one.outage.outage_id, (one, account))


def of_place(visit: Visit, told: OutageAt) -> None:
    """The one outage of a locality that the caller asked for, and no other any more."""
    goes_on = told.outage.since <= visit.services.clock.now()
    visit.watchable = {told.outage.outage_id: (told, None)} if goes_on else {}
    visit.watched = False


def offer(visit: Visit) -> tuple[Phrase, ...]:
    """What is offered: nothing more once the caller has chosen."""
    return () if visit.watched else tuple(_OFFERS[way] for way in KEYS if way in _ways(visit))


def choices(visit: Visit) -> dict[str, WatchWay]:
    """The keys that are obeyed; also after a choice, which may be changed."""
    ways = _ways(visit)
    return {key: way for way, key in KEYS.items() if way in ways}


def take(visit: Visit, way: WatchWay) -> tuple[Phrase, ...]:
    """Keep the wish; what is said of it. Raises CallerHungUp."""
    number = visit.facts.caller_number
    if number is None:
        return ()
    language, call = visit.facts.language, visit.arrival.call_id
    wishes = [
        NewWatch(one.outage.outage_id, number, way, language, one.street, one.zone, call, account)
        for one, account in visit.watchable.values()
    ]
    watches, now = visit.services.watches, visit.services.clock.now()
    try:
        kept = visit.channel.meanwhile(lambda: [watches.wish(wish, now) for wish in wishes])
    except CustomersUnavailable:
        visit.note(Flow.OUTAGE, _CHOICES[way], Result.UNAVAILABLE)
        return (say("watch.unavailable"),)
    visit.served = visit.answered = True
    if not any(kept):
        visit.note(Flow.OUTAGE, _CHOICES[way], Result.NONE)
        visit.watchable = {}
        return (say("watch.over"),)
    visit.note(Flow.OUTAGE, _CHOICES[way], Result.ORDERED)
    visit.watched = True
    night = (say("watch.night"),) if visit.services.quiet_nights else ()
    ending = number[-SPOKEN_DIGITS:]
    return say("watch.text", ending=ending) if way is WatchWay.TEXT else say("watch.ring", ending=ending), *night


def _ways(visit: Visit) -> frozenset[WatchWay]:
    number = visit.facts.caller_number
    return visit.services.watches.ways(number) if number is not None and visit.watchable else frozenset()
