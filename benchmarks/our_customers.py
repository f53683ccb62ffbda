"""Customers of a benchmark in a running call centre's database: as many as wanted, each with a telephone of its own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from calls.clock import AnchoredClock
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers import demo, demo_places
from customers.accounts import AccountNumber, Balance, CustomerKind, EntryKind
from customers.addresses import Street
from customers.money import Kopecks
from database.bulk import insert_rows
from database.engine import DatabaseUnavailable, open_engine, writing
from database.tables import AccountRow, CustomerRow, LedgerRow, PhoneRow
from ivr.flows import balance
from prompts.catalogue import load_catalogue
from prompts.client import VoiceClient
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from prompts.speech import Speech
from tests.kit.call_centre import CallCentre

PAID: Final = Kopecks(150_000)
"""Every last payment is of this sum and of one day: one sentence for all, the balance is each one's own."""
_FIRST_ID: Final = 5_000_000
_FIRST_PHONE: Final = 73_069_000_000
_FIRST_ACCOUNT: Final = 4_700_000_000
_OWED: Final = 10_000
_APART: Final = 137
"""Kopecks from one debt to the next: no two are equal."""
_AT_ONCE: Final = 2
_TRIES: Final = 5
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Customer:
    """`balance` is negative: all of them owe something."""

    phone: PhoneNumber
    balance: Balance

    @property
    def sentences(self) -> tuple[Phrase, ...]:
        """What is said of the balance."""
        return balance.sentences(self.balance.account, self.balance)


def add_customers(centre: CallCentre, count: int, street: Street, *, may_hear: bool) -> list[Customer]:
    """So many in this street of the demo. `may_hear`: their numbers open the balance. Errors: DatabaseUnavailable."""
    paid_on = demo.month_start(demo.today_of(AnchoredClock().now()), 1)
    customers = [_customer(place, paid_on) for place in range(count)]
    ids = range(_FIRST_ID, _FIRST_ID + count)
    where = demo_places.street_id(street)
    kind = CustomerKind.HOUSEHOLD.value
    engine = open_engine(centre.installation().database_url)
    with writing(engine, DatabaseUnavailable) as connection:
        names = [(key, kind, f"Абонент {key}") for key in ids]
        insert_rows(connection, CustomerRow, ("customer_id", "kind", "name"), names)
        numbers = [
            (key, one.balance.account, key, where, "1", str(key)) for key, one in zip(ids, customers, strict=True)
        ]
        columns = ("account_id", "number", "customer_id", "street_id", "house", "flat")
        insert_rows(connection, AccountRow, columns, numbers)
        phones = [(one.phone, key, may_hear) for key, one in zip(ids, customers, strict=True)]
        insert_rows(connection, PhoneRow, ("number", "account_id", "may_hear"), phones)
        entries = [
            (key, paid_on, entry.value, amount, "")
            for key, one in zip(ids, customers, strict=True)
            for entry, amount in ((EntryKind.CHARGE, one.balance.amount - PAID), (EntryKind.PAYMENT, PAID))
        ]
        insert_rows(connection, LedgerRow, ("account_id", "day", "kind", "amount", "text"), entries)
    engine.dispose()
    return customers


def _customer(place: int, paid_on: date) -> Customer:
    number = AccountNumber(str(_FIRST_ACCOUNT + 37 * place))
    owed = Balance(number, Kopecks(-_OWED - _APART * place), PAID, paid_on)
    return Customer(PhoneNumber(f"+{_FIRST_PHONE + place}"), owed)


def warm(centre: CallCentre, customers: Sequence[Customer]) -> None:
    """Have every sentence of every balance made, and asked for again: its time begins anew with each asking.

    Errors: SpeechUnavailableError.
    """
    wanted = [phrase for one in customers for phrase in one.sentences]
    for _ in range(2):
        ask = partial(made, speech_of(centre))
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(ask, wanted))


def made(speech: Speech, phrase: Phrase) -> Path:
    """The voice of a busy machine may be late: it is asked again."""
    for _ in range(_TRIES - 1):
        with suppress(SpeechUnavailableError):
            return speech.path(phrase, Language.RU)
    return speech.path(phrase, Language.RU)


def speech_of(centre: CallCentre) -> Speech:
    """The centre's own voice, asked with patience."""
    voice = VoiceClient(centre.state / "run" / "voice.sock", _PATIENCE_S)
    return Speech(load_catalogue(), centre.state / "prompts", voice)
