"""The words that an agent chooses from. They are kept as words; labels of the catalogue translate them."""

from typing import Final

NOT_READY: Final = ("lunch", "break", "paperwork", "meeting", "training", "other")
"""Why an agent takes no calls, as the menu offers them."""
BY_ITSELF: Final = ("microphone",)
"""Reasons that the page gives by itself: the microphone was lost."""
SIGN_IN_ENDED: Final = "sign_in_ended"
"""The desk's own: the sign-in ended while a call went on."""

WRAP_UP: Final = (
    "balance",
    "payment",
    "bill",
    "reading",
    "meter",
    "outage",
    "emergency",
    "contract",
    "complaint",
    "personal_data",
    "other",
)
"""What a call was about."""
