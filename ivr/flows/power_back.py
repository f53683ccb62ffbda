"""The call that tells "power is back" to whoever asked for it: one sentence, one key for "still dark here". No agent.

Rules
- It is noted as told at the answer, before a word is said: a telephone that was picked up is not rung again.
- What is no longer true is not said: an outage that goes on after all is told so, and its wish waits on.
- "Still dark" makes a report of no power, joined to what goes on at the place, else to the outage that was ended.
"""

from enum import Enum, auto

from calls.clock import Instant
from customers.appeals import AppealKind, NewAppeal
from customers.ports import CustomersUnavailable
from customers.watches import Watch
from ivr.menu import Menu, choose
from ivr.visit import Visit
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say


class _Answer(Enum):
    STILL_DARK = auto()


def tell(visit: Visit) -> None:
    """Say it and take what the customer answers. Raises CallerHungUp, PromptsError, CustomersUnavailable."""
    rung, call, now = visit.services.rung, visit.arrival.call_id, visit.services.clock.now()
    watch = visit.channel.meanwhile(lambda: rung.answered(call, now))
    if watch is None:
        visit.channel.play((say("power.hello"), say("power.not_yet"), say("power.goodbye")))
        return
    if _choose(visit, watch) is _Answer.STILL_DARK:
        visit.channel.play(_report(visit, watch, now))
    visit.channel.play((say("power.goodbye"),))


def _choose(visit: Visit, watch: Watch) -> object:
    street = watch.wish.street
    place = (say("outage.place", settlement=street.settlement, street=street.name),)
    try:
        return choose(visit.channel, _menu(visit, place))
    except PromptsError:
        return choose(visit.channel, _menu(visit, ()))  # the name of the place needs the voice


def _menu(visit: Visit, place: tuple[Phrase, ...]) -> Menu[_Answer]:
    phrases = (say("power.hello"), say("power.back"), *place, say("power.still_dark"))
    return Menu(phrases, {"1": _Answer.STILL_DARK}, visit.services.patience.menu_key_s, prompts=1)


def _report(visit: Visit, watch: Watch, now: Instant) -> tuple[Phrase, ...]:
    """File the report; what is said of it."""
    services, wish = visit.services, watch.wish

    def file() -> Phrase:
        others = services.rung.places(watch, now)
        outage_id = others[0].outage.outage_id if others else wish.outage_id
        new = NewAppeal(AppealKind.NO_POWER, watch.call, wish.account, wish.number, None, outage_id)
        return say("appeal.number", number=services.appeals.file(new, now).number)

    try:
        number = visit.channel.meanwhile(file)
    except CustomersUnavailable:
        return (say("power.not_kept"),)
    return number, say("appeal.reported")
