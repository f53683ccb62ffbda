"""What an SMS gateway tells of a message that it has taken: by optional parameters (5.3.2.12, 5.3.2.35), or as text.

The text's form is a custom of gateways (appendix B of the specification), not a rule.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

_RECEIPT: Final = 0x04
_TYPE_BITS: Final = 0x3C
_DELIVERED: Final = 2
_FINAL_STATES: Final = frozenset({_DELIVERED, 3, 4, 5, 8})
"""5.2.28: delivered, expired, deleted, undeliverable, rejected."""
_STATES: Final = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "REJECTD": 8}
_RECEIPT_TEXT: Final = re.compile(rb"id:(\S{1,65}).{0,200}?stat:([A-Z]{7})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message in the end: on the telephone, or never there."""

    gateway_id: str
    delivered: bool


def receipt_in(pdu: Any) -> Receipt | None:
    """The receipt in a deliver_sm; None for anything else, a customer's answer among it (nobody reads those)."""
    if (int(pdu.esm_class or 0) & _TYPE_BITS) != _RECEIPT:
        return None
    found = _RECEIPT_TEXT.search(bytes(pdu.short_message or b""))
    told_id = getattr(pdu, "receipted_message_id", None) or (found[1] if found else b"")
    state = getattr(pdu, "message_state", None) or (_STATES.get(found[2].decode("ascii"), 0) if found else 0)
    if not told_id or state not in _FINAL_STATES:
        return None
    return Receipt(bytes(told_id).decode("ascii", "replace"), state == _DELIVERED)
