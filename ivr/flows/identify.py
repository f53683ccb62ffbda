"""Who is calling, and about which account.

Rules
- The caller's number only makes a known number: it can be forged. It opens a balance where the owner allowed that.
- Everything else needs account number and PIN; the answer never tells which of the two was wrong.
- Three tries in a call, wherever in it, then an agent. The level of identification never exceeds what was proven for
  the account in question.
- What is keyed goes into the check and nowhere else.
"""

from dataclasses import replace
from enum import Enum, auto
from typing import Final, assert_never

from calls.journey import Identification
from customers.accounts import ACCOUNT_DIGITS, AccountNumber, PinCheck
from customers.pin import LONGEST_PIN, SHORTEST_PIN, is_pin
from ivr.entry import Entry, enter
from ivr.menu import OWN_KEYS, Menu, Way, choose
from ivr.visit import Lookup, Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

TRIES: Final = 3
MOST_OFFERED: Final = len(OWN_KEYS) - 1
"""Accounts in the menu; one key is left for another account."""

_RESULTS: Final = {
    PinCheck.RIGHT: Result.VERIFIED,
    PinCheck.WRONG: Result.WRONG_PIN,
    PinCheck.NO_SUCH_ACCOUNT: Result.NO_SUCH_ACCOUNT,
    PinCheck.NO_PIN: Result.NO_PIN,
    PinCheck.LOCKED: Result.LOCKED,
    PinCheck.BLOCKED: Result.BLOCKED,
}
_FAILED: Final = frozenset({*_RESULTS.values(), Result.UNUSABLE}) - {Result.VERIFIED}


class _Other(Enum):
    ANOTHER_ACCOUNT = auto()


def recognise(visit: Visit) -> None:
    """Look the caller's number up, once. Raises CustomersUnavailable."""
    phone = visit.facts.caller_number
    if visit.lookup is Lookup.DONE:
        return
    visit.lookup = Lookup.FAILED
    accounts = visit.services.accounts
    found = visit.channel.meanwhile(lambda: accounts.of_phone(phone)) if phone else ()
    visit.lookup = Lookup.DONE
    if not found:
        return
    numbers = tuple(account.number for account in found)
    visit.facts = replace(visit.facts, accounts=numbers)
    if visit.facts.identification is Identification.ANONYMOUS:
        visit.facts = replace(visit.facts, identification=Identification.KNOWN_NUMBER)
    if len(numbers) == 1 and visit.facts.account is None:
        visit.concern(numbers[0])


def identify(visit: Visit, another: bool = False) -> AccountNumber | Way:
    """The account whose balance this caller may hear. `another`: not the one that was told just now.

    Raises CustomersUnavailable, CallerHungUp, PromptsError. Ways: AGENT (asked for), SILENT and ASTRAY (an agent too,
    said kindly in `visit.parting`), BACK.
    """
    recognise(visit)
    current = visit.facts.account
    if not another and current is not None and AccountNumber(current) in visit.proven:
        return AccountNumber(current)
    allowed = _allowed(visit)
    if not allowed and not another:
        known = Result.NOT_ALLOWED if visit.facts.accounts else Result.UNKNOWN_NUMBER
        visit.note(Flow.IDENTIFY, Choice.KNOWN_NUMBER, known)
    if len(allowed) == 1 and len(visit.facts.accounts) == 1:
        if not another:
            visit.note(Flow.IDENTIFY, Choice.KNOWN_NUMBER, Result.ALLOWED)
            visit.concern(allowed[0])
            return allowed[0]
    elif allowed:
        chosen = _choose(visit, allowed)
        if chosen is not _Other.ANOTHER_ACCOUNT:
            return chosen
    return _by_pin(visit)


def _allowed(visit: Visit) -> tuple[AccountNumber, ...]:
    phone = visit.facts.caller_number
    if phone is None or not visit.facts.accounts:
        return ()
    numbers = [AccountNumber(number) for number in visit.facts.accounts]
    accounts = visit.services.accounts
    return visit.channel.meanwhile(lambda: tuple(number for number in numbers if accounts.may_hear(phone, number)))


def _choose(visit: Visit, allowed: tuple[AccountNumber, ...]) -> AccountNumber | _Other | Way:
    """Several accounts on the number: one of those it may hear, or another by PIN."""
    offered = dict(zip(OWN_KEYS, allowed[:MOST_OFFERED], strict=False))
    other_key = OWN_KEYS[len(offered)]
    prompt = (
        say("balance.which_account"),
        *(say("balance.account_choice", account=number, key=int(key)) for key, number in offered.items()),
        say("balance.other_account", key=int(other_key)),
    )
    choices: dict[str, AccountNumber | _Other] = {**offered, other_key: _Other.ANOTHER_ACCOUNT}
    chosen = choose(visit.channel, Menu(prompt, choices, visit.services.patience.menu_key_s))
    match chosen:
        case Way():
            return _left(visit, Choice.CHOOSE_ACCOUNT, chosen)
        case _Other():
            return chosen
        case _:
            visit.concern(chosen)
            visit.note(Flow.IDENTIFY, Choice.CHOOSE_ACCOUNT, Result.CHOSEN)
            return chosen


def _by_pin(visit: Visit) -> AccountNumber | Way:
    patience = visit.services.patience
    hint: tuple[Phrase, ...] = ()
    for left in range(TRIES - _failed_tries(visit) - 1, -1, -1):
        account = enter(
            visit.channel, Entry((*hint, say("identify.account")), ACCOUNT_DIGITS, ACCOUNT_DIGITS, patience)
        )
        if isinstance(account, Way):
            return _left(visit, Choice.ACCOUNT_AND_PIN, account)
        number = AccountNumber(account.digits)
        result = Result.UNUSABLE
        if len(number) == ACCOUNT_DIGITS:
            pin = enter(visit.channel, Entry((say("identify.pin"),), SHORTEST_PIN, LONGEST_PIN, patience))
            if isinstance(pin, Way):
                return _left(visit, Choice.ACCOUNT_AND_PIN, pin)
            result = _check(visit, number, pin.digits)
        visit.note(Flow.IDENTIFY, Choice.ACCOUNT_AND_PIN, result)
        if result is Result.VERIFIED:
            visit.proven.add(number)
            visit.concern(number)
            return number
        if result in {Result.WRONG_PIN, Result.NO_PIN, Result.LOCKED}:
            _claim(visit, number)
        hint = (say("identify.wrong"), say("identify.tries_left", tries=left))
    return _left(visit, Choice.ACCOUNT_AND_PIN, Way.ASTRAY)


def _failed_tries(visit: Visit) -> int:
    """Of this whole call: a caller who waits may come back to the self-service as often as the keys allow."""
    return sum(step.choice == Choice.ACCOUNT_AND_PIN and step.outcome in _FAILED for step in visit.facts.journey)


def _check(visit: Visit, number: AccountNumber, pin: str) -> Result:
    phone, now = visit.facts.caller_number, visit.services.clock.now()
    if not is_pin(pin):
        return Result.UNUSABLE
    return _RESULTS[visit.channel.meanwhile(lambda: visit.services.pins.check(number, pin, phone, now)).result]


def _claim(visit: Visit, number: AccountNumber) -> None:
    """The account that a caller names without proof: shown to the agent, so that nobody is asked twice.

    Only where nothing better is known, and it raises no level.
    """
    if visit.facts.account is None and (not visit.facts.accounts or number in visit.facts.accounts):
        visit.concern(number)


def _left(visit: Visit, choice: Choice, way: Way) -> Way:
    """Note how the caller left the identification; who could not be identified hears that an agent will help."""
    match way:
        case Way.BACK:
            visit.note(Flow.IDENTIFY, choice, Result.TO_MENU)
        case Way.AGENT:
            visit.note(Flow.IDENTIFY, Choice.AGENT, Result.TO_AGENT)
        case Way.SILENT:
            visit.note(Flow.IDENTIFY, Choice.NO_KEY, Result.TO_AGENT)
            visit.parting = (say("identify.to_agent"),)
        case Way.ASTRAY:
            visit.note(Flow.IDENTIFY, choice, Result.TO_AGENT)
            visit.parting = (say("identify.to_agent"),)
        case _:
            assert_never(way)
    return way
