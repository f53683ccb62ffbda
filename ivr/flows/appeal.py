"""Applications and reports: filed by keys, told by their number and by SMS, asked for later by the same number.

Rules
- A report of no power joins the outage that is known at the caller's place. Who has several accounts is asked whether
  that is the place.
- The place is the caller's account when exactly one is known, else a locality by its code; of a theft only the latter.
- Who stays anonymous leaves no number, no account, no call and no step of the journey; the time is cut to the hour.
- The menus here are not in the figures (ivr.offering): what is missing in those of a theft would tell of it.
- Bad quality and theft may be told in the caller's own words, once the appeal is kept: ringing off then keeps both.
- It is kept, and its SMS on the way, before the number is spoken: ringing off in the middle of it loses nothing.
"""

from datetime import date
from enum import Enum, auto
from functools import partial
from typing import Final, assert_never

from calls.clock import Instant, as_datetime
from calls.numbers import PhoneNumber, parse_number, takes_messages
from calls.zones import zone
from customers.accounts import AccountNumber
from customers.appeals import CALL_BACK_S, DIGITS, Appeal, AppealKind, AppealNumber, AppealState, NewAppeal, is_number
from customers.notice_texts import AppealText, OutageReportText
from customers.notices import NoticeId, notice_of
from customers.notices import Way as NoticeWay
from customers.outages import LOCALITY_DIGITS, LocalityCode
from customers.ports import CustomersUnavailable
from customers.voice_messages import LONGEST_S, NoMessages
from ivr.entry import Entry, enter
from ivr.flows import outage
from ivr.flows.callback import LONGEST_NUMBER, SHORTEST_NUMBER
from ivr.menu import Menu, Way, choose
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

TRIES: Final = 3
HOUR_MS: Final = 3_600_000
CHOICES: Final = {
    AppealKind.NO_POWER: Choice.NO_POWER,
    AppealKind.QUALITY: Choice.QUALITY,
    AppealKind.THEFT: Choice.THEFT,
    AppealKind.METERING: Choice.METERING,
    AppealKind.CONNECTION: Choice.APPEAL_CONNECTION,
}


TOLD_IN_WORDS: Final = frozenset({AppealKind.QUALITY, AppealKind.THEFT})


class _Wish(Enum):
    NO_POWER = auto()
    QUALITY = auto()
    THEFT = auto()
    SERVICE = auto()
    STATUS = auto()


class _Answer(Enum):
    YES = auto()
    OTHER = auto()


def ask(visit: Visit) -> Way:
    """Let the caller file or ask until a Way. Raises CallerHungUp, PromptsError, CustomersUnavailable."""
    keys = {str(place): wish for place, wish in enumerate(_Wish, 1)}
    menu = Menu((say("appeal.menu"),), keys, visit.services.patience.menu_key_s)
    while visit.turn():
        wish = choose(visit.channel, menu)
        way = wish if isinstance(wish, Way) else _follow(visit, wish)
        if way is not None:
            return way
    return Way.ASTRAY


def _follow(visit: Visit, wish: _Wish) -> Way | None:
    """None: back in this menu."""
    match wish:
        case _Wish.NO_POWER:
            return _no_power(visit)
        case _Wish.QUALITY:
            return _of_place(visit, AppealKind.QUALITY)
        case _Wish.THEFT:
            return _theft(visit)
        case _Wish.SERVICE:
            return _service(visit)
        case _Wish.STATUS:
            return _status(visit)
        case _:
            assert_never(wish)


def _no_power(visit: Visit) -> Way | None:
    account = _account(visit)
    known = outage.under_way(visit, account)
    if not known:
        return _of_place(visit, AppealKind.NO_POWER)
    told = outage.told(known, visit, with_places=account is None)
    if account is None:
        here = _either(visit, (*told, say("appeal.this_place")))
        if here is _Answer.OTHER:
            return _of_place(visit, AppealKind.NO_POWER)
        if isinstance(here, Way):
            return None if here is Way.BACK else here
        told = ()
    new = _named(visit, AppealKind.NO_POWER, account=account, outage_id=known[0].outage.outage_id)
    return _file(visit, new, told)


def _of_place(visit: Visit, kind: AppealKind) -> Way | None:
    account = _account(visit)
    if account is not None:
        return _file(visit, _named(visit, kind, account=account))
    locality = _locality(visit)
    return locality if isinstance(locality, Way) else _file(visit, _named(visit, kind, locality=locality))


def _theft(visit: Visit) -> Way | None:
    named = _either(visit, (say("appeal.theft"),))
    if isinstance(named, Way):
        return None if named is Way.BACK else named
    locality = _locality(visit)
    if isinstance(locality, Way):
        return locality
    if named is _Answer.YES and visit.facts.caller_number is not None:
        return _file(visit, _named(visit, AppealKind.THEFT, locality=locality))
    return _file(visit, NewAppeal(AppealKind.THEFT, visit.mask, locality=locality))


def _service(visit: Visit) -> Way | None:
    which = _either(visit, (say("appeal.service"),))
    if isinstance(which, Way):
        return None if which is Way.BACK else which
    kind = AppealKind.METERING if which is _Answer.YES else AppealKind.CONNECTION
    phone = _telephone(visit)
    if isinstance(phone, Way):
        return None if phone is Way.BACK else phone
    return _file(visit, _named(visit, kind, account=_account(visit), phone=phone))


def _status(visit: Visit) -> Way:
    appeals = visit.services.appeals
    hint: tuple[Phrase, ...] = ()
    for _ in range(TRIES):
        keyed = enter(visit.channel, Entry((*hint, say("appeal.key")), DIGITS, DIGITS, visit.services.patience))
        if isinstance(keyed, Way):
            return keyed
        number = AppealNumber(keyed.digits)
        found = visit.channel.meanwhile(partial(appeals.find, number)) if is_number(number) else None
        if found is not None:
            visit.note(Flow.APPEAL, Choice.APPEAL_STATUS, Result.TOLD)
            return _tell(visit, (_state(found, visit),))
        visit.note(Flow.APPEAL, Choice.APPEAL_STATUS, Result.NONE)
        hint = (say("appeal.unknown"),)
    return Way.ASTRAY


def _file(visit: Visit, new: NewAppeal, before: tuple[Phrase, ...] = ()) -> Way:
    """Keep it, send its number and tell it, after what is to be said before."""
    services, anonymous = visit.services, new.source == visit.mask
    now = services.clock.now()
    if anonymous:
        now = Instant(now - now % HOUR_MS)

    def file() -> tuple[Appeal, bool]:
        kept = services.appeals.file(new, now)
        return kept, _send(visit, kept, now)

    appeal, sent = visit.channel.meanwhile(file)
    if not anonymous:
        visit.note(Flow.APPEAL, CHOICES[new.kind], Result.KEPT)
    words = _words(visit, appeal)
    if isinstance(words, Way):
        return words
    promise = say("appeal.anonymous") if anonymous else _promise(appeal, visit)
    by_sms = (say("appeal.sent"),) if sent else ()
    return _tell(visit, (*before, *words, say("appeal.number", number=appeal.number), promise, *by_sms))


def _words(visit: Visit, appeal: Appeal) -> tuple[Phrase, ...] | Way:
    """Record what the caller wants to say about it; what to say of that. A Way: the caller wants an agent."""
    messages = visit.services.messages
    place = visit.channel.meanwhile(messages.place) if appeal.kind in TOLD_IN_WORDS else None
    if place is None:
        lost = appeal.kind in TOLD_IN_WORDS and not isinstance(messages, NoMessages)
        return (say("appeal.words_lost"),) if lost else ()
    keys = {"1": _Answer.YES, "2": _Answer.OTHER}
    menu = Menu((say("appeal.words"),), keys, visit.services.patience.menu_key_s, prompts=1)
    wish = choose(visit.channel, menu)
    if wish is not _Answer.YES:
        return wish if wish is Way.AGENT else ()
    visit.channel.play((say("appeal.speak"),), "")
    now = visit.services.clock.now()
    try:
        visit.channel.record(place, LONGEST_S)
    finally:
        kept = messages.keep(place, appeal.number, now)
    return (say("appeal.words_kept") if kept else say("appeal.words_lost"),)


def _send(visit: Visit, appeal: Appeal, now: Instant) -> bool:
    """Whether its number goes out by SMS. The appeal stands without it."""
    notices, phone = visit.services.notices, appeal.phone
    if notices is None or phone is None or NoticeWay.SMS not in notices.ways() or not takes_messages(phone):
        return False
    report = appeal.kind is AppealKind.NO_POWER
    content = OutageReportText(appeal.number) if report else AppealText(appeal.number, _day(visit, appeal.due_at))
    notice = notice_of(NoticeId(f"appeal-{appeal.number}"), phone, content, visit.facts.language, now)
    try:
        return notices.send(notice) is None
    except CustomersUnavailable:
        return False


def _tell(visit: Visit, phrases: tuple[Phrase, ...]) -> Way:
    visit.served = visit.answered = True
    after = (say("appeal.after"),)
    nothing: dict[str, Way] = {}
    menu = Menu((*phrases, *after), nothing, visit.services.patience.menu_key_s, short=after, prompts=1)
    return choose(visit.channel, menu)


def _promise(appeal: Appeal, visit: Visit) -> Phrase:
    if appeal.kind is AppealKind.NO_POWER:
        return say("appeal.joined") if appeal.outage_id is not None else say("appeal.reported")
    if appeal.due_at - appeal.created_at <= CALL_BACK_S * 1000:
        return say("appeal.call_back")
    return say("appeal.answer_by", day=_day(visit, appeal.due_at))


def _state(appeal: Appeal, visit: Visit) -> Phrase:
    day = _day(visit, appeal.changed_at)
    match appeal.state:
        case AppealState.NEW:
            return say("appeal.state_new", day=day)
        case AppealState.IN_WORK:
            return say("appeal.state_in_work", day=day)
        case AppealState.ANSWERED:
            return say("appeal.state_answered", day=day)
        case AppealState.CLOSED:
            return say("appeal.state_closed", day=day)
        case _:
            assert_never(appeal.state)


def _named(
    visit: Visit,
    kind: AppealKind,
    account: AccountNumber | None = None,
    phone: PhoneNumber | None = None,
    locality: LocalityCode | None = None,
    outage_id: int | None = None,
) -> NewAppeal:
    phone = phone or visit.facts.caller_number
    return NewAppeal(kind, visit.arrival.call_id, account, phone, locality, outage_id)


def _account(visit: Visit) -> AccountNumber | None:
    """The caller's account, when exactly one is known by the number or was proved in this call."""
    known = {AccountNumber(number) for number in visit.facts.accounts} | visit.proven
    return known.pop() if len(known) == 1 else None


def _locality(visit: Visit) -> LocalityCode | Way:
    """The code that the caller keys, of a locality that is ours."""
    outages, now = visit.services.outages, visit.services.clock.now()
    entry = Entry((say("outage.code"),), LOCALITY_DIGITS, LOCALITY_DIGITS, visit.services.patience)
    for _ in range(TRIES):
        keyed = enter(visit.channel, entry)
        if isinstance(keyed, Way):
            return keyed
        code = LocalityCode(keyed.digits)
        if visit.channel.meanwhile(partial(outages.in_locality, code, now)) is not None:
            return code
        hint = (say("outage.no_code"), say("outage.code"))
        entry = Entry(hint, LOCALITY_DIGITS, LOCALITY_DIGITS, visit.services.patience)
    return Way.ASTRAY


def _telephone(visit: Visit) -> PhoneNumber | Way:
    """Where the caller is to be rung back: the own number or a keyed one, read back and confirmed."""
    number, may_ring = visit.facts.caller_number, visit.services.callbacks.may_ring
    hint: tuple[Phrase, ...] = ()
    for _ in range(TRIES):
        if number is None or not may_ring(number):
            entry = Entry((*hint, say("callback.enter")), SHORTEST_NUMBER, LONGEST_NUMBER, visit.services.patience)
            keyed = enter(visit.channel, entry)
            if isinstance(keyed, Way):
                return keyed
            number = parse_number(keyed.digits)
        if number is None or not may_ring(number):
            hint = (say("callback.not_rung"),)
            continue
        right = _either(visit, (say("callback.number", number=number), say("callback.confirm")))
        if right is _Answer.YES:
            return number
        if isinstance(right, Way):
            return right
        number, hint = None, ()
    return Way.ASTRAY


def _either(visit: Visit, phrases: tuple[Phrase, ...]) -> _Answer | Way:
    keys = {"1": _Answer.YES, "2": _Answer.OTHER}
    return choose(visit.channel, Menu(phrases, keys, visit.services.patience.menu_key_s))


def _day(visit: Visit, moment: Instant) -> date:
    return as_datetime(moment).astimezone(zone(visit.services.supplier_zone)).date()
