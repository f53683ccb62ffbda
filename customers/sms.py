"""How long a text is as SMS, and where it is cut: GSM 7 bit or UCS-2 (3GPP TS 23.038, TS 23.040 9.2.3.24.1). Pure.

One message holds 160 septets or 70 UTF-16 units. A longer text goes in parts that each give room for the header which
joins them: 153 septets or 67 units. No cut falls between a letter's two halves (an escaped sign, a surrogate pair).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_PARTS: Final = 10
"""Of one notice; ours have one or two."""
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = {"^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}
_ESCAPE: Final = 0x1B
_SEPTETS: Final = {sign: bytes([place]) for place, sign in enumerate(_BASIC) if place != _ESCAPE} | {
    sign: bytes([_ESCAPE, place]) for sign, place in _ESCAPED.items()
}


class Alphabet(StrEnum):
    GSM = "gsm"
    UCS2 = "ucs2"


_ROOM: Final = {Alphabet.GSM: (160, 153, 1), Alphabet.UCS2: (70, 67, 2)}
"""Units in a message by itself, in a part of several, and octets a unit (a septet goes in an octet of its own)."""


class TooLong(ValueError):
    """The text needs more than MOST_PARTS parts. Shorten it."""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text as it goes out: each part's octets without the header that joins them."""

    alphabet: Alphabet
    parts: tuple[bytes, ...]


def encoded(text: str) -> Sms:
    """The text in its shortest alphabet, cut into parts. Raises TooLong; ValueError for half a surrogate pair."""
    letters = [_SEPTETS.get(sign) for sign in text]
    known = [letter for letter in letters if letter is not None]
    alphabet = Alphabet.GSM if len(known) == len(letters) else Alphabet.UCS2
    units = known if alphabet is Alphabet.GSM else [sign.encode("utf-16-be") for sign in text]
    whole, part, octets = _ROOM[alphabet]
    alone = b"".join(units)
    if len(alone) <= whole * octets:
        return Sms(alphabet, (alone,))
    parts = tuple(_cut(units, part * octets))
    if len(parts) > MOST_PARTS:
        raise TooLong(f"The text needs {len(parts)} parts. At most {MOST_PARTS} are sent: shorten it.")
    return Sms(alphabet, parts)


def _cut(units: list[bytes], room: int) -> list[bytes]:
    parts = [b""]
    for unit in units:
        if len(parts[-1]) + len(unit) > room:
            parts.append(b"")
        parts[-1] += unit
    return parts
