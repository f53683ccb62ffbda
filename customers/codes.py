"""One-time codes, the pure part: six digits by SMS, good once, for a short time, for one purpose.

Stored is HMAC-SHA-256(PIN key, purpose, account, digits): neither the database nor the key file alone opens a code.
A code dies by its use, by the third wrong try, by a newer one for the same account and purpose, or after LIFE_S.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from calls.clock import Instant
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.notice_texts import NoticeKind
from customers.notices import LIFE_S as NOTICE_LIFE_S
from customers.pin import KEY_BYTES

DIGITS: Final = 6
LIFE_S: Final = NOTICE_LIFE_S[NoticeKind.CODE]
"""Five minutes: an SMS that takes longer is asked for again."""
TRIES: Final = 3
"""Of a million codes three are tried: one chance in 333,333 a code."""

_CODE: Final = re.compile(r"[0-9]{6}")
_DOMAIN: Final = b"one-time code\0"
"""So that nothing else that is made with the same key can be taken for a code."""


class Purpose(StrEnum):
    IDENTIFY = "identify"
    PIN_RESET = "pin_reset"
    PIN_CHANGE = "pin_change"


class Issued(StrEnum):
    SENT = "sent"
    """It is on its way by SMS."""
    TOO_MANY = "too_many"
    """This number or account had as many codes in this hour as the rules allow."""
    NOT_SENT = "not_sent"
    """No SMS goes to this number, or none at all: offer another way."""


class CodeCheck(StrEnum):
    RIGHT = "right"
    """It is used up now."""
    WRONG = "wrong"
    """It may be tried again."""
    NO_TRIES = "no_tries"
    """Wrong, and this was the last try of this code."""
    EXPIRED = "expired"
    NO_CODE = "no_code"
    """None lives for this account and purpose: never issued, used, tried too often or replaced."""


@dataclass(frozen=True, slots=True)
class CodeRules:
    """Codes within any hour, for one telephone number and for one account."""

    per_number: int = 3
    per_account: int = 5


class OneTimeCodes(Protocol):
    """Both methods may raise CustomersUnavailable. Implementations: database.codes, tests.kit.fake_codes.

    Whoever issues has made sure that the number is the account's own.
    """

    def issue(
        self, account: AccountNumber, phone: PhoneNumber, purpose: Purpose, language: Language, now: Instant
    ) -> Issued:
        """Make a code and send it to `phone`; the one before for this account and purpose is void."""

    def check(self, account: AccountNumber, purpose: Purpose, digits: str, now: Instant) -> CodeCheck:
        """Compare in constant time and count the try. The digits are never stored or logged; any text is taken."""


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def sealed_code(account: AccountNumber, purpose: Purpose, digits: str, key: bytes) -> bytes:
    """What is stored and compared. Raises ValueError for a key that is too short. Any text is taken as `digits`."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"The PIN key has {len(key)} bytes. Give at least {KEY_BYTES} random bytes.")
    told = b"\0".join(part.encode("utf-8", "replace") for part in (purpose.value, account, digits))
    return hmac.new(key, _DOMAIN + told, hashlib.sha256).digest()


def judge(sealed: bytes, told: bytes, expires_at: Instant, tries: int, now: Instant) -> CodeCheck:
    """What a try at a living code is worth; `tries` were made before this one."""
    same = hmac.compare_digest(sealed, told)
    if now >= expires_at:
        return CodeCheck.EXPIRED
    if tries >= TRIES:
        return CodeCheck.NO_CODE
    if same:
        return CodeCheck.RIGHT
    return CodeCheck.NO_TRIES if tries + 1 >= TRIES else CodeCheck.WRONG
