"""The menus of the self-service by the names that their figures stand under. A name stays when a prompt changes."""

from enum import StrEnum


class MenuName(StrEnum):
    MAIN = "main"
    AWAY = "away"
    """The records cannot be reached: an agent, or back."""
    WHICH_ACCOUNT = "which_account"
    OFFER_CODE = "offer_code"
    CODE_RIGHT = "code_right"
    AFTER_ANSWER = "after_answer"
    """An answer about the account, and what is wanted next."""
    DETAILS = "details"
    READINGS = "readings"
    """The readings of a meter, read back."""
    PAY = "pay"
    """A question of a payment with one for yes."""
    WHICH_CARD = "which_card"
    OUTAGES = "outages"
    SECTIONS = "sections"
    PAGES = "pages"
    PAGE = "page"
    NO_PAGES = "no_pages"
    WAITING = "waiting"
    REFUSAL = "refusal"
    CALLBACK_NUMBER = "callback_number"
    CALLBACK_WAITS = "callback_waits"
