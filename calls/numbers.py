"""Telephone numbers: E.164 inside, as people write them on screens. A caller's number can be forged."""

from typing import NewType

import phonenumbers

PhoneNumber = NewType("PhoneNumber", str)
"""E.164, with the plus: +79123456789 (ITU-T E.164, at most 15 digits)."""

_LONGEST_RAW = 64
_MUTE = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
    }
)
"""Telephones that show no text message."""


def parse_number(raw: str, region: str = "RU") -> PhoneNumber | None:
    """The number that a switch or a person wrote as `raw`, or None when it is none.

    Whatever arrives on the line may be hostile: anything long, anonymous or unparsable gives None, never an error.
    """
    if not raw or len(raw) > _LONGEST_RAW:
        return None
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return PhoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def takes_messages(number: PhoneNumber) -> bool:
    """Whether a text message may reach this number: all but those that are known for fixed or for services."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) not in _MUTE
    except phonenumbers.NumberParseException:
        return False


def spoken_form(number: PhoneNumber) -> str:
    """The number as people write it: +7 912 345-67-89."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(number: PhoneNumber | None) -> str:
    """The number for a log line: only its last two digits."""
    return f"…{number[-2:]}" if number else "unknown"
