"""A new PIN for an account whose owner has proved it: keyed twice, refused when it is the first that anybody would try.

Rules
- Three rounds, then the old one stays. What is keyed goes into the comparison and the sealing, and nowhere else.
- Whoever calls this has seen to the proof (ivr.flows.identify.prove, or a one-time code).
- A reset that a supervisor approved is used up with the new PIN; only then the account is proved in this call.
"""

from typing import Final

from customers.accounts import AccountNumber
from customers.pin import LONGEST_PIN, SHORTEST_PIN, is_pin, is_weak
from customers.ports import PinChoice
from ivr.answers import Answer
from ivr.entry import Entry, enter
from ivr.menu import Way
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

ROUNDS: Final = 3


def choose(visit: Visit, number: AccountNumber, how: PinChoice) -> Answer | Way:
    """Let the caller choose. Ways: AGENT, SILENT, ASTRAY; the PIN is then as it was.

    Raises CustomersUnavailable, CallerHungUp, PromptsError.
    """
    if number in visit.resetting:
        how = PinChoice.APPROVED
    hint: tuple[Phrase, ...] = ()
    for _ in range(ROUNDS):
        chosen = _keyed_twice(visit, number, hint)
        if isinstance(chosen, Phrase):
            hint = (chosen,)
            continue
        if isinstance(chosen, Way):
            visit.note(Flow.PIN, Choice.NEW_PIN, Result.NOT_CHANGED)
            return chosen
        if _kept(visit, number, chosen, how):
            visit.resetting.discard(number)
            visit.proven.add(number)
            visit.concern(number)
            return Answer((say("pin.changed"),), Flow.PIN, Choice.NEW_PIN, Result.CHANGED)
        break
    return Answer((*hint, say("pin.not_changed")), Flow.PIN, Choice.NEW_PIN, Result.NOT_CHANGED)


def _kept(visit: Visit, number: AccountNumber, pin: str, how: PinChoice) -> bool:
    now = visit.services.clock.now()
    return visit.channel.meanwhile(lambda: visit.services.pins.choose(number, pin, how, now))


def _keyed_twice(visit: Visit, number: AccountNumber, hint: tuple[Phrase, ...]) -> str | Phrase | Way:
    """The PIN, or what is wrong with it."""
    patience = visit.services.patience
    first = enter(visit.channel, Entry((*hint, say("pin.new")), SHORTEST_PIN, LONGEST_PIN, patience))
    if isinstance(first, Way):
        return first
    if not is_pin(first.digits):
        return say("pin.unusable")
    if is_weak(first.digits, number):
        return say("pin.weak")
    again = enter(visit.channel, Entry((say("pin.again"),), SHORTEST_PIN, LONGEST_PIN, patience))
    if isinstance(again, Way):
        return again
    return first.digits if again.digits == first.digits else say("pin.differs")
