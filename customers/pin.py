"""PINs, the pure part: what one looks like and what is hashed. A PIN is never stored, logged or put in a message.

Stored is argon2id(HMAC-SHA-256(key, account, PIN)). A PIN has only 10^4 to 10^6 values, so a stolen database alone
must not do: the key stands in a file of its own. The account inside makes equal PINs differ.
"""

import hashlib
import hmac
import re
from itertools import pairwise
from typing import Final

from customers.accounts import AccountNumber

SHORTEST_PIN = 4
LONGEST_PIN = 6
KEY_BYTES = 32
"""A key is at least so long (RFC 2104: the hash's own length)."""

_PIN = re.compile(r"[0-9]{4,6}")
_YEARS: Final = re.compile(r"(19|20)[0-9]{2}")
_WELL_KNOWN: Final = frozenset({"1004", "2580", "0852", "1470", "3690", "1397", "1379", "7410", "9630", "5683"})
"""Lines and corners of the keys, and what lists of chosen PINs have at the top beside what `is_weak` refuses anyway."""


def is_pin(text: str) -> bool:
    return _PIN.fullmatch(text) is not None


def is_weak(pin: str, number: AccountNumber) -> bool:
    """Whether a PIN is among the first that somebody would try for this account, so that nobody may choose it.

    Digits that repeat (1111, 1212, 123123, 1122), digits in a row (1234, 8765, 9012), a year of the last or this
    century, lines of the keys, and digits that stand in the account's own number, forwards or backwards.
    """
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeats = any(pin == pin[:size] * (len(pin) // size) for size in (1, 2, 3))
    doubled = len(pin) % 2 == 0 and pin[::2] == pin[1::2]
    return (
        repeats
        or doubled
        or steps in ({1}, {9})
        or _YEARS.fullmatch(pin) is not None
        or pin in _WELL_KNOWN
        or pin in number
        or pin[::-1] in number
    )


def sealed_pin(number: AccountNumber, pin: str, key: bytes) -> bytes:
    """What argon2id is given. Raises ValueError for a key that is too short.

    Any text is taken as `pin`, so that a malformed one costs what a well-formed one costs.
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"The PIN key has {len(key)} bytes. Give at least {KEY_BYTES} random bytes.")
    told = number.encode("utf-8", "replace") + b"\0" + pin.encode("utf-8", "replace")
    return hmac.new(key, told, hashlib.sha256).digest()
