"""How far a caller has come who pays out of a talk, and how it ended: words and counts, never what was keyed."""

from enum import StrEnum


class PayStep(StrEnum):
    """Where the caller is in the payment."""

    AMOUNT = "amount"
    CARD = "card"
    """Which card, and whether it is kept."""
    CARD_NUMBER = "card_number"
    CARD_MONTH = "card_month"
    CARD_CVV = "card_cvv"
    BANK = "bank"
    """The bank is asked: until it has answered nobody may take the caller away."""
    TOLD = "told"
    """The caller hears how it ended."""


class PayResult(StrEnum):
    PAID = "paid"
    DECLINED = "declined"
    SENT = "sent"
    """The caller has a link to pay by: nothing was charged in the call."""
    UNCLEAR = "unclear"
    """Not known yet whether money was taken; it is asked for, never charged again."""
    UNDER_WAY = "under_way"
    """Another payment of the account is under way: nothing was charged."""
    LEFT = "left"
    """The caller did not want to pay after all."""
    NO_KEY = "no_key"
    WANTS_AGENT = "wants_agent"
    WRONG_KEYS = "wrong_keys"
    """Three wrong tries at one thing."""
    STOPPED = "stopped"
    """The agent has called the caller back."""
    CUT = "cut"
    """Our process has died in the middle: the account's payments show what became of it."""
    UNAVAILABLE = "unavailable"
    HUNG_UP = "hung_up"
    """The caller rang off before the bank was asked."""
    HUNG_UP_CHARGED = "hung_up_charged"
    """The caller rang off while the bank was asked: the account's payments show what became of it."""
