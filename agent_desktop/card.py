"""The caller's card: everything the agent should know at the ring, in the order of speaking. Gathered in a thread."""

from dataclasses import dataclass

from acd.model import Call
from agent_desktop.labels import Labels
from calls.clock import Instant
from calls.journey import Identification, Step
from calls.numbers import spoken_form
from customers.accounts import Account, AccountNumber, CustomerCard, EntryKind, LedgerEntry
from customers.ports import Accounts, CustomersUnavailable

PAYMENTS_SHOWN = 3
STEPS_SHOWN = 8
_LAST_ZONE = 99
"""A charge of no zone stands after those that have one."""


@dataclass(frozen=True, slots=True)
class CallerCard:
    """`customer` is None for an unknown caller, or with `unavailable` when the customers' data cannot be read.

    `accounts` are those of the caller's number and the customer's others; the page offers to look at each.
    """

    at: Instant
    call: Call
    number: str
    identification: Identification
    customer: CustomerCard | None
    unavailable: bool
    accounts: tuple[Account, ...]
    payments: tuple[LedgerEntry, ...]
    charges: tuple[LedgerEntry, ...]
    steps: tuple[Step, ...]


def caller_card(accounts: Accounts, call: Call, chosen: AccountNumber | None, now: Instant) -> CallerCard:
    """The card of a call; `chosen` is the account to look at instead of the first."""
    facts = call.facts
    known = tuple(AccountNumber(number) for number in facts.accounts)
    first = AccountNumber(facts.account) if facts.account else next(iter(known), None)
    if first is None:
        return _card(call, now, None, (), unavailable=False)
    try:
        shown, others = _look(accounts, first, known, chosen, now)
    except CustomersUnavailable:
        return card_without_data(call, now)
    return _card(call, now, shown, others, unavailable=False)


def card_without_data(call: Call, now: Instant) -> CallerCard:
    """What is known of the call itself, while the customers' data cannot be read."""
    return _card(call, now, None, (), unavailable=True)


def _card(
    call: Call, now: Instant, shown: CustomerCard | None, others: tuple[Account, ...], *, unavailable: bool
) -> CallerCard:
    facts = call.facts
    number = call.callback.number if call.callback is not None else facts.caller_number
    recent = () if shown is None else shown.recent
    payments = tuple(entry for entry in recent if entry.kind is EntryKind.PAYMENT)
    return CallerCard(
        at=now,
        call=call,
        number=spoken_form(number) if number else "",
        identification=facts.identification,
        customer=shown,
        unavailable=unavailable,
        accounts=others,
        payments=payments[:PAYMENTS_SHOWN],
        charges=_charges(recent),
        steps=facts.journey[-STEPS_SHOWN:],
    )


def _charges(recent: tuple[LedgerEntry, ...]) -> tuple[LedgerEntry, ...]:
    """Those of the newest month that has any, as they are told by telephone, zone by zone."""
    charged = [entry for entry in recent if entry.kind is EntryKind.CHARGE]
    of_month = [entry for entry in charged if entry.day.replace(day=1) == charged[0].day.replace(day=1)]
    return tuple(sorted(of_month, key=lambda entry: (entry.day, entry.zone or _LAST_ZONE)))


def _look(
    accounts: Accounts,
    first: AccountNumber,
    known: tuple[AccountNumber, ...],
    chosen: AccountNumber | None,
    now: Instant,
) -> tuple[CustomerCard | None, tuple[Account, ...]]:
    """The card to show and every account it may be changed to. An account that is not the caller's is not shown."""
    card = accounts.card(first, now)
    choice: dict[AccountNumber, Account] = {}
    if card is not None:
        choice = {account.number: account for account in (card.account, *card.other_accounts)}
    for number in known:
        account = choice.get(number) or accounts.find(number)
        if account is not None:
            choice[number] = account
    if chosen is not None and chosen != first and chosen in choice:
        card = accounts.card(chosen, now)
    return card, tuple(choice[number] for number in sorted(choice))


def step_words(step: Step, labels: Labels) -> str:
    """A step of the journey in plain words: what was chosen, and how it ended."""
    what = labels.first_of(f"choice.{step.choice}", "choice.other")
    how = f"result.{step.outcome}"
    return f"{what}: {labels.text(how)}" if how in labels else what
