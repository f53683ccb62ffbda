"""The words of a journey: what a caller chose and how it ended. The desk has a label for each of them.

Meaning only: a word here never tells a key, a number or a PIN.
"""

from enum import StrEnum


class Topic(StrEnum):
    """What the caller rings about; decides the queue."""

    AGENT = "agent"
    BALANCE = "balance"
    EMERGENCY = "emergency"


class Flow(StrEnum):
    """What a step belongs to, mostly the file of ivr/flows that made it; of an account as a whole it is the balance."""

    WELCOME = "welcome"
    IDENTIFY = "identify"
    BALANCE = "balance"
    PAYMENTS = "payments"
    METERS = "meters"
    PAY = "pay"
    WAITING = "waiting"
    REFUSAL = "refusal"
    CALLBACK = "callback"


class Choice(StrEnum):
    """What the caller did, or what happened to the caller."""

    AGENT = "agent"
    EMERGENCY = "emergency"
    BALANCE = "balance"
    PAYMENTS = "payments"
    METERS = "meters"
    PAY = "pay"
    CARD = "card"
    """Paid with a keyed card."""
    SAVED_CARD = "saved_card"
    LANGUAGE = "language"
    KNOWN_NUMBER = "known_number"
    CHOOSE_ACCOUNT = "choose_account"
    ACCOUNT_AND_PIN = "account_and_pin"
    BACK = "back"
    NO_KEY = "no_key"
    WRONG_KEYS = "wrong_keys"
    TOO_LONG = "too_long"
    """So many turns in the menu that a person is the better help."""
    CALLBACK = "callback"
    ANOTHER_NUMBER = "another_number"
    """A number to be rung back at was keyed."""
    CLOSED = "closed"
    FULL = "full"
    NUMBER = "number"
    """So many calls of the caller's number wait or talk already."""
    LATE = "late"
    NOBODY = "nobody"
    """No agent who may take the call is signed in."""
    SPEECH = "speech"
    CUSTOMERS = "customers"
    """The customers' records were needed."""


class Result(StrEnum):
    """How a step ended."""

    TO_AGENT = "to_agent"
    TO_MENU = "to_menu"
    TO_WAITING = "to_waiting"
    RU = "ru"
    EN = "en"
    ALLOWED = "allowed"
    """The owner allowed this telephone number to hear the balance."""
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_NUMBER = "unknown_number"
    CHOSEN = "chosen"
    VERIFIED = "verified"
    WRONG_PIN = "wrong_pin"
    NO_SUCH_ACCOUNT = "no_such_account"
    NO_PIN = "no_pin"
    LOCKED = "locked"
    UNUSABLE = "unusable"
    """What was keyed cannot be an account number or a PIN."""
    DEBT = "debt"
    OVERPAID = "overpaid"
    ZERO = "zero"
    UNAVAILABLE = "unavailable"
    TOLD = "told"
    """The caller has heard it: why nobody comes, or what was asked for."""
    NONE = "none"
    """There is nothing of the kind that was asked for."""
    ORDERED = "ordered"
    CANCELLED = "cancelled"
    SENT = "sent"
    """The bank is told of a payment; what became of it is the next step."""
    PAID = "paid"
    DECLINED = "declined"
    UNCLEAR = "unclear"
    """The bank has not said yet whether it was paid; it is asked."""
    UNDER_WAY = "under_way"
    """Another payment of the account is under way."""
    JUST_PAID = "just_paid"
    GOODBYE = "goodbye"
