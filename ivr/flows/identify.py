"""Who is calling, and about which account.

Rules
- The caller's number only makes a known number: it can be forged. It opens a balance where the owner allowed that.
- Everything else needs account number and PIN; the answer never tells which of the two was wrong.
- Three tries in a call, wherever in it, then an agent. The level of identification never exceeds what was proven for
  the account in question. Over all calls customers.attempts counts; what a wrong PIN costs is waited out here.
- In place of the PIN a code by SMS, where codes are sent (ivr.flows.code): asked for by `*1`, offered after the tries.
- What is keyed goes into the check and nowhere else.
"""

from dataclasses import replace
from enum import Enum, auto
from typing import Final, assert_never

from calls.journey import Identification
from customers.accounts import ACCOUNT_DIGITS, Account, AccountNumber, PinCheck
from customers.pin import LONGEST_PIN, SHORTEST_PIN, is_pin
from ivr.entry import Asked, Entry
from ivr.flows import code
from ivr.menu import OWN_KEYS, Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer, request, request_or_other
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
SPOKEN_S: Final = 2
"""A delay is spoken over from so many seconds on; a shorter one is a breath."""
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
    recognised(visit, visit.channel.meanwhile(lambda: accounts.of_phone(phone)) if phone else ())


def recognised(visit: Visit, found: tuple[Account, ...]) -> None:
    """Keep the accounts that the caller's number belongs to."""
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
    menu = Menu(prompt, choices, visit.services.patience.menu_key_s)
    chosen = offer(visit, MenuName.WHICH_ACCOUNT, menu)
    match chosen:
        case Way():
            return _left(visit, Choice.CHOOSE_ACCOUNT, chosen)
        case _Other():
            return chosen
        case _:
            visit.concern(chosen)
            visit.note(Flow.IDENTIFY, Choice.CHOOSE_ACCOUNT, Result.CHOSEN)
            return chosen


def prove(visit: Visit, number: AccountNumber) -> AccountNumber | Way:
    """Have this account proved by PIN or code, for what a known number alone does not open. Raises as `identify`."""
    return number if number in visit.proven | visit.resetting else _by_pin(visit, number)


def _by_pin(visit: Visit, only: AccountNumber | None = None) -> AccountNumber | Way:
    """`only`: the account that is to be proved; otherwise the caller keys its number."""
    hint: tuple[Phrase, ...] = ()
    number = only
    for left in range(TRIES - _failed_tries(visit) - 1, -1, -1):
        if only is None:
            keyed = _key_account(visit, hint)
            if isinstance(keyed, Way):
                return _left(visit, Choice.ACCOUNT_AND_PIN, keyed)
            number = keyed
        tried = _try_pin(visit, number, hint if only else ())
        if isinstance(tried, Way):
            return _left(visit, Choice.ACCOUNT_AND_PIN, tried)
        if isinstance(tried, Asked):
            return _by_code(visit, number, new_pin=only is None)
        if number is not None and tried is Result.VERIFIED:
            return number
        if tried is Result.BLOCKED:
            break
        hint = (say("identify.wrong"), say("identify.tries_left", tries=left))
    return _out_of_tries(visit, number, new_pin=only is None)


def _key_account(visit: Visit, hint: tuple[Phrase, ...]) -> AccountNumber | Way | None:
    """None: what was keyed is no account's number."""
    prompt = (*hint, say("identify.account"))
    entry = Entry(prompt, ACCOUNT_DIGITS, ACCOUNT_DIGITS, visit.services.patience)
    keyed = request(visit, MenuName.KEY_ACCOUNT, entry)
    if isinstance(keyed, Way):
        return keyed
    return AccountNumber(keyed.digits) if len(keyed.digits) == ACCOUNT_DIGITS else None


def _try_pin(visit: Visit, number: AccountNumber | None, hint: tuple[Phrase, ...]) -> Result | Way | Asked:
    """None: what was keyed is no account's number; no PIN is asked for, and it is one try."""
    if number is None:
        visit.note(Flow.IDENTIFY, Choice.ACCOUNT_AND_PIN, Result.UNUSABLE)
        return Result.UNUSABLE
    prompt, other = (*hint, say("identify.pin")), ""
    if visit.services.codes is not None and code.may_be_sent(visit):
        prompt, other = (*prompt, say("identify.pin_or_code")), code.OTHER_KEY
    entry = Entry(prompt, SHORTEST_PIN, LONGEST_PIN, visit.services.patience, other=other)
    pin = request_or_other(visit, MenuName.KEY_PIN, entry)
    return pin if isinstance(pin, Way | Asked) else _check(visit, number, pin.digits)


def _out_of_tries(visit: Visit, number: AccountNumber | None, *, new_pin: bool) -> AccountNumber | Way:
    """An agent; before that a code for who keyed an account's number. It is offered for any, known or not."""
    if number is None or visit.services.codes is None or not code.may_be_sent(visit):
        return _left(visit, Choice.ACCOUNT_AND_PIN, Way.ASTRAY)
    menu = Menu((say("identify.offer_code"),), {code.OTHER_KEY: Asked.OTHER}, visit.services.patience.menu_key_s)
    wish = offer(visit, MenuName.OFFER_CODE, menu)
    if isinstance(wish, Way):
        return _left(visit, Choice.ACCOUNT_AND_PIN, wish)
    return _by_code(visit, number, new_pin=new_pin)


def _by_code(visit: Visit, number: AccountNumber | None, *, new_pin: bool) -> AccountNumber | Way:
    """`new_pin`: offer to choose one, once the code was right."""
    codes = visit.services.codes
    if codes is None or number is None:
        return _left(visit, Choice.CODE, Way.ASTRAY)
    found = code.prove(visit, number, codes)
    if new_pin and not isinstance(found, Way):
        found = code.offer_new_pin(visit, number)
    return _left(visit, Choice.CODE, found) if isinstance(found, Way) else found


def _failed_tries(visit: Visit) -> int:
    """Of this whole call: a caller who waits may come back to the self-service as often as the keys allow."""
    return sum(step.choice == Choice.ACCOUNT_AND_PIN and step.outcome in _FAILED for step in visit.facts.journey)


def _check(visit: Visit, number: AccountNumber, pin: str) -> Result:
    """All that is known of the try stands in the facts before its delay: the caller may ring off in it."""
    if not is_pin(pin):
        visit.note(Flow.IDENTIFY, Choice.ACCOUNT_AND_PIN, Result.UNUSABLE)
        return Result.UNUSABLE
    phone, now = visit.facts.caller_number, visit.services.clock.now()
    answer = visit.channel.meanwhile(lambda: visit.services.pins.check(number, pin, phone, now))
    result = _RESULTS[answer.result]
    visit.note(Flow.IDENTIFY, Choice.ACCOUNT_AND_PIN, result)
    if result is Result.VERIFIED:
        visit.proven.add(number)
        visit.concern(number)
        return result
    if result in {Result.WRONG_PIN, Result.NO_PIN, Result.LOCKED}:
        visit.claim(number)
    visit.wait_out(answer.delay_s, now, (say("identify.checking"),) if answer.delay_s >= SPOKEN_S else ())
    return result


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
