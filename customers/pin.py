"""PINs, the pure part: what one looks like and what is hashed. A PIN is never stored, logged or put in a message.

Stored is argon2id(HMAC-SHA-256(key, account, PIN)). A PIN has only 10^4 to 10^6 values, so a stolen database alone
must not do: the key stands in a file of its own. The account inside makes equal PINs differ.
"""

import hashlib
import hmac
import re

from customers.accounts import AccountNumber

SHORTEST_PIN = 4
LONGEST_PIN = 6
KEY_BYTES = 32
"""A key is at least so long (RFC 2104: the hash's own length)."""

_PIN = re.compile(r"[0-9]{4,6}")


def is_pin(text: str) -> bool:
    return _PIN.fullmatch(text) is not None


def sealed_pin(number: AccountNumber, pin: str, key: bytes) -> bytes:
    """What argon2id is given. Raises ValueError for a key that is too short.

    Any text is taken as `pin`, so that a malformed one costs what a well-formed one costs.
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"The PIN key has {len(key)} bytes. Give at least {KEY_BYTES} random bytes.")
    told = number.encode("utf-8", "replace") + b"\0" + pin.encode("utf-8", "replace")
    return hmac.new(key, told, hashlib.sha256).digest()
