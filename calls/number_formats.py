"""How a provider writes telephone numbers on its trunk, and the same number in E.164. Pure.

| format | home | foreign |
|---|---|---|
| any | whatever comes is read leniently later (calls.numbers); never sent | |
| e164 | +79001112233 | +442079460018 |
| plain | 79001112233 | 442079460018 |
| national | 89001112233 | 810442079460018 |
| ten | 9001112233 | 810442079460018 |

What comes in is read by the dialplan alone (dialplan/asterisk/extensions.conf), with our processes dead too; here is
the same rule in Python, which the tests hold against it.
"""

import re
from enum import StrEnum
from typing import Final

from calls.numbers import PhoneNumber


class NumberFormat(StrEnum):
    ANY = "any"
    E164 = "e164"
    PLAIN = "plain"
    NATIONAL = "national"
    TEN = "ten"


HOME: Final = "+7"
"""The country whose numbers are written short in the formats `national` and `ten`."""
_HOME_DIGITS: Final = 10
_ABROAD: Final = "810"
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def is_e164(text: str) -> bool:
    """Whether the text is a whole number in E.164: a plus and 7 to 15 digits."""
    return _E164.fullmatch(text) is not None


def read_number(written: str, form: NumberFormat) -> str:
    """The number of a caller or of a line as E.164; what the format does not explain stays as it was written."""
    digits = "".join(sign for sign in written if sign in "0123456789")
    if form is NumberFormat.ANY or not digits:
        return written
    if written.startswith("+") or form in (NumberFormat.E164, NumberFormat.PLAIN):
        return f"+{digits}"
    if digits.startswith(_ABROAD) and len(digits) > _HOME_DIGITS + 1:
        return f"+{digits[len(_ABROAD) :]}"
    if len(digits) == _HOME_DIGITS + 1 and digits[0] in "78":
        return HOME + digits[1:]
    if len(digits) == _HOME_DIGITS:
        return HOME + digits
    return written


def write_number(number: PhoneNumber, form: NumberFormat) -> str:
    """The number as this provider wants it dialled."""
    if form in (NumberFormat.ANY, NumberFormat.E164):
        return number
    if form is NumberFormat.PLAIN:
        return number[1:]
    if not number.startswith(HOME):
        return _ABROAD + number[1:]
    return ("8" if form is NumberFormat.NATIONAL else "") + number[len(HOME) :]
