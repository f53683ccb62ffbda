"""A one-time code by SMS in place of the PIN: for who has none, has forgotten it, or whose account is locked.

Rules
- It goes to a telephone of the account that takes messages: the one that rings when it is one of them, else the first.
- The last digits are said only of the telephone that rings: who does not ring from the account's own telephone must
  learn neither its digits nor whether there is such an account. Everything else sounds the same for any number keyed.
- Two codes and three tries in a call; how many an account gets at all is the codes' own rule (customers.codes).
- The right one proves the account for this call. A new PIN may be chosen then; the lock stays until one is.
"""

from dataclasses import replace
from enum import Enum, auto
from typing import Final

from calls.numbers import PhoneNumber, takes_messages
from customers.accounts import AccountNumber
from customers.codes import CodeCheck, Issued, OneTimeCodes, Purpose
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
    hint = _send(visit, number, codes)
    while hint:
        patience = replace(visit.services.patience, first_digit_s=ARRIVES_S)
        entry = Entry((*hint, say("code.enter")), CODE_DIGITS, CODE_DIGITS, patience, other=OTHER_KEY)
        keyed = request_or_other(visit, MenuName.KEY_CODE, entry)
        if isinstance(keyed, Way):
            return keyed
        if isinstance(keyed, Asked):
            hint = _send(visit, number, codes)
            continue
        if _is_right(visit, number, codes, keyed.digits):
            visit.proven.add(number)
            visit.concern(number)
            visit.note(Flow.IDENTIFY, Choice.CODE, Result.VERIFIED)
            return number
        visit.note(Flow.IDENTIFY, Choice.CODE, Result.WRONG_CODE)
        hint = (say("code.wrong"),) if _times(visit, Result.WRONG_CODE) < TRIES else ()
    return Way.ASTRAY


def may_be_sent(visit: Visit) -> bool:
    """Whether this call may still have a code."""
    return _times(visit, Result.SENT) < SENDS and _times(visit, Result.WRONG_CODE) < TRIES


def _send(visit: Visit, number: AccountNumber, codes: OneTimeCodes) -> tuple[Phrase, ...]:
    """What to say of it; nothing when this call had its codes."""
    if not may_be_sent(visit):
        return ()
    services, caller, now = visit.services, visit.facts.caller_number, visit.services.clock.now()

    def send() -> tuple[PhoneNumber | None, Issued]:
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


def _is_right(visit: Visit, number: AccountNumber, codes: OneTimeCodes, digits: str) -> bool:
    now = visit.services.clock.now()
    word = visit.channel.meanwhile(lambda: codes.check(number, Purpose.IDENTIFY, digits, now))
    if word is not CodeCheck.RIGHT:
        visit.wait_out(UNIFORM_S, now)
    return word is CodeCheck.RIGHT


def offer_new_pin(visit: Visit, number: AccountNumber) -> AccountNumber | Way:
    """The code was right: a new PIN for who wants one, then what the caller came for. Raises as `prove`."""
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


def _times(visit: Visit, result: Result) -> int:
    return sum(step.choice == Choice.CODE and step.outcome == result for step in visit.facts.journey)
