"""A one-time code by SMS in place of the PIN: for who has none, has forgotten it, or whose account is locked.

Rules
- It goes to a telephone of the account that takes messages: the one that rings when it is one of them, else the first.
- Where a supervisor has approved a reset (customers.pin_resets) it goes to the telephone named there and opens nothing
  but the choice of a new PIN. The one that was sent with the approval is good here too: none is sent beside it.
- The last digits are said only of the telephone that rings: who does not ring from the account's own telephone must
  learn neither its digits nor whether there is such an account. Everything else sounds the same for any number keyed.
- Two codes and three tries in a call; how many an account gets at all is the codes' own rule (customers.codes).
- The right one proves the account for this call. A new PIN may be chosen then; the lock stays until one is.
"""

from dataclasses import replace
from enum import Enum, auto
from typing import Final

from calls.clock import after
from calls.numbers import PhoneNumber, takes_messages
from customers.accounts import AccountNumber
from customers.codes import LIFE_S, CodeCheck, Issued, OneTimeCodes, Purpose
from customers.pin_resets import PinReset
from customers.ports import PinChoice
from ivr.entry import Asked, Entry
from ivr.flows import pin
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer, request_or_other
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

CODE_DIGITS: Final = 6
SENDS: Final = 2
TRIES: Final = 3
ARRIVES_S: Final = 40.0
"""How long a message may take before the caller is asked again."""
FRESH_S: Final = LIFE_S - ARRIVES_S
"""So long after the approval its own code can still be keyed in time."""
UNIFORM_S: Final = 1.0
"""Longer than any sending or comparing takes: the answer's time tells nothing."""
OTHER_KEY: Final = "1"
_TAIL: Final = 2


class _Next(Enum):
    NEW_PIN = auto()
    GO_ON = auto()


def prove(visit: Visit, number: AccountNumber, codes: OneTimeCodes) -> AccountNumber | Way:
    """Send a code and let the caller key it. Ways: AGENT, SILENT, ASTRAY (so many wrong ones, or sent so often).

    Raises CustomersUnavailable, CallerHungUp, PromptsError.
    """
    now = visit.services.clock.now()
    reset = visit.channel.meanwhile(lambda: visit.services.resets.approved(number, now))
    purpose = Purpose.IDENTIFY if reset is None else Purpose.PIN_RESET
    hint = _send(visit, number, codes, reset)
    while hint:
        patience = replace(visit.services.patience, first_digit_s=ARRIVES_S)
        entry = Entry((*hint, say("code.enter")), CODE_DIGITS, CODE_DIGITS, patience, other=OTHER_KEY)
        keyed = request_or_other(visit, MenuName.KEY_CODE, entry)
        if isinstance(keyed, Way):
            return keyed
        if isinstance(keyed, Asked):
            hint = _send(visit, number, codes, reset)
            continue
        if _is_right(visit, number, codes, purpose, keyed.digits):
            (visit.proven if reset is None else visit.resetting).add(number)
            visit.concern(number)
            visit.note(Flow.IDENTIFY, Choice.CODE, Result.VERIFIED)
            return number
        visit.note(Flow.IDENTIFY, Choice.CODE, Result.WRONG_CODE)
        hint = (say("code.wrong"),) if _times(visit, Result.WRONG_CODE) < TRIES else ()
    return Way.ASTRAY


def may_be_sent(visit: Visit) -> bool:
    """Whether this call may still have a code."""
    return _times(visit, Result.SENT) < SENDS and _times(visit, Result.WRONG_CODE) < TRIES


def _send(visit: Visit, number: AccountNumber, codes: OneTimeCodes, reset: PinReset | None) -> tuple[Phrase, ...]:
    """What to say of it; nothing when this call had its codes."""
    if not may_be_sent(visit):
        return ()
    services, caller, now = visit.services, visit.facts.caller_number, visit.services.clock.now()
    underway = reset is not None and not _times(visit, Result.SENT) and now < after(reset.changed_at, FRESH_S)

    def send() -> tuple[PhoneNumber | None, Issued]:
        if reset is not None:
            issued = Issued.SENT
            if not underway:
                issued = codes.issue(number, reset.new.phone, Purpose.PIN_RESET, visit.facts.language, now)
            return reset.new.phone, issued
        to = telephone(services.accounts.phones(number), caller)
        if to is not None:
            issued = codes.issue(number, to, Purpose.IDENTIFY, visit.facts.language, now)
            return to, issued
        return None, Issued.NOT_SENT

    to, issued = visit.channel.meanwhile(send)
    visit.note(Flow.IDENTIFY, Choice.CODE, Result.SENT)
    if to is not None:
        visit.claim(number)
    visit.wait_out(UNIFORM_S, now)
    if to is None or to != caller:
        return (say("code.sent"),)
    return (say("code.sent_to", tail=to[-_TAIL:]) if issued is Issued.SENT else say("code.not_sent"),)


def telephone(phones: tuple[PhoneNumber, ...], caller: PhoneNumber | None) -> PhoneNumber | None:
    """Where a code for the account with these telephones goes."""
    able = [phone for phone in phones if takes_messages(phone)]
    return caller if caller in able else next(iter(able), None)


def _is_right(visit: Visit, number: AccountNumber, codes: OneTimeCodes, purpose: Purpose, digits: str) -> bool:
    now = visit.services.clock.now()
    word = visit.channel.meanwhile(lambda: codes.check(number, purpose, digits, now))
    if word is not CodeCheck.RIGHT:
        visit.wait_out(UNIFORM_S, now)
    return word is CodeCheck.RIGHT


def offer_new_pin(visit: Visit, number: AccountNumber) -> AccountNumber | Way:
    """The code was right: a new PIN for who wants one, then what the caller came for. Raises as `prove`."""
    if number in visit.resetting:
        return _reset(visit, number)
    patience = visit.services.patience
    menu = Menu((say("code.right"),), {"1": _Next.NEW_PIN, "2": _Next.GO_ON}, patience.menu_key_s, prompts=1)
    wish = offer(visit, MenuName.CODE_RIGHT, menu)
    if wish is Way.AGENT:
        return wish
    if wish is _Next.NEW_PIN:
        chosen = pin.choose(visit, number, PinChoice.RESET)
        if chosen is Way.AGENT:
            return chosen
        if not isinstance(chosen, Way):
            visit.note(chosen.flow, chosen.choice, chosen.result)
            visit.channel.pause(0.0, chosen.phrases)
    return number


def _reset(visit: Visit, number: AccountNumber) -> AccountNumber | Way:
    """What was approved is a new PIN and nothing else: without it the caller is not let in."""
    chosen = pin.choose(visit, number, PinChoice.APPROVED)
    if isinstance(chosen, Way):
        return chosen
    visit.note(chosen.flow, chosen.choice, chosen.result)
    visit.channel.pause(0.0, chosen.phrases)
    return number if number in visit.proven else Way.ASTRAY


def _times(visit: Visit, result: Result) -> int:
    return sum(step.choice == Choice.CODE and step.outcome == result for step in visit.facts.journey)
