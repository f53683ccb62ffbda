"""What a customer is told in writing: by SMS or e-mail. Pure, with the port that takes it.

A notice is put into an outbox and sent by a process of its own: whoever has put it there has done enough. One that
holds a one-time code is secret: its text is gone from everywhere as soon as it was sent or has expired.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType, Protocol

from calls import outgoing
from calls.clock import Instant, after
from calls.journey import Language
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber, masked
from calls.outgoing import OutgoingRules
from customers.notice_texts import CodeText, Content, NoticeKind, text_of

NoticeId = NewType("NoticeId", str)
"""Whoever sends the same notice twice gives the same id: it is sent once. At most LONGEST_ID printable letters."""
EmailAddress = NewType("EmailAddress", str)
"""name@example.org, as `is_email_address` takes it."""

LONGEST_ID: Final = 120
LONGEST_EMAIL: Final = 254
"""RFC 5321, 4.5.3.1.3 without the brackets."""
LIFE_S: Final = {
    NoticeKind.CODE: 5 * 60,
    NoticeKind.PAYMENT_LINK: 3600,
    NoticeKind.RECEIPT: 3 * 86_400,
    NoticeKind.APPEAL: 3 * 86_400,
    NoticeKind.OUTAGE_REPORT: 6 * 3600,
    NoticeKind.OUTAGE_OVER: 6 * 3600,
}
"""Seconds after which a notice that could not be sent is of no use any more."""


class Way(StrEnum):
    SMS = "sms"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Notice:
    """`secret`: the text may stand in the outbox only, and only until it was sent or `expires_at`."""

    notice_id: NoticeId
    to: PhoneNumber | EmailAddress
    kind: NoticeKind
    text: str
    language: Language
    created_at: Instant
    expires_at: Instant
    secret: bool = False

    @property
    def way(self) -> Way:
        return Way.SMS if is_e164(self.to) else Way.MAIL


class NotTaken(StrEnum):
    """Why a notice will not be sent; whoever asked must not promise it."""

    NO_WAY = "no_way"
    """No gateway is set for SMS, or no relay for e-mail."""
    NO_ADDRESS = "no_address"
    FOREIGN = "foreign"
    COSTLY = "costly"
    NUMBER_LIMIT = "number_limit"
    """This number or address had as many in this hour as the rules allow."""
    HOUR_LIMIT = "hour_limit"
    """All together had as many in this hour as the rules allow."""


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """Against toll fraud and bombing: which numbers, and how many within any hour. `numbers`: as for calls outside."""

    ways: frozenset[Way]
    numbers: OutgoingRules = field(default_factory=OutgoingRules)
    per_number: int = 10
    per_hour: int = 3000


class Notices(Protocol):
    """The outbox. Its implementations: database.notices, tests.kit.fake_notices."""

    def ways(self) -> frozenset[Way]:
        """By what notices can be sent: nothing else may be offered. Raises nothing."""

    def send(self, notice: Notice) -> NotTaken | None:
        """Keep it to be sent; None: it will be, at least once, unless it expires before.

        The same id again changes nothing. Raises CustomersUnavailable: nothing is kept then.
        """


def notice_of(
    notice_id: NoticeId, to: PhoneNumber | EmailAddress, content: Content, language: Language, now: Instant
) -> Notice:
    """The notice with its text and the life of its kind."""
    return Notice(
        notice_id,
        to,
        content.kind,
        text_of(content, language),
        language,
        now,
        after(now, LIFE_S[content.kind]),
        secret=isinstance(content, CodeText),
    )


def is_email_address(text: str) -> bool:
    """One plain address (RFC 5321) without names, quotes or comments; hostile input gives False."""
    if not text.isascii() or not text.isprintable() or len(text) > LONGEST_EMAIL:
        return False
    name, _, domain = text.rpartition("@")
    labels = domain.split(".")
    sound = not any(sign in text for sign in ' "<>(),;:\\[]') and "@" not in name
    dotted = all(name.split(".")) and len(labels) > 1 and all(labels)
    return sound and dotted and all(label.replace("-", "a").isalnum() for label in labels)


def address_refusal(to: str, rules: NoticeRules) -> NotTaken | None:
    """Why nothing is ever sent to this address. Any text is taken."""
    if is_email_address(to):
        return None if Way.MAIL in rules.ways else NotTaken.NO_WAY
    refusal = outgoing.number_refusal(to, rules.numbers)
    if refusal is not None:
        return _REFUSED.get(refusal, NotTaken.NO_ADDRESS)
    return None if Way.SMS in rules.ways else NotTaken.NO_WAY


def count_refusal(to_number: int, together: int, rules: NoticeRules) -> NotTaken | None:
    """Why this notice is one too many. The counts are of the hour before it."""
    if to_number >= rules.per_number:
        return NotTaken.NUMBER_LIMIT
    return NotTaken.HOUR_LIMIT if together >= rules.per_hour else None


def masked_address(to: str) -> str:
    """The address for a log line: the last two digits of a number, the domain of an e-mail address."""
    return masked(PhoneNumber(to)) if is_e164(to) else f"…@{to.rpartition('@')[2]}"


_REFUSED: Final = {
    outgoing.Refusal.FOREIGN: NotTaken.FOREIGN,
    outgoing.Refusal.COSTLY: NotTaken.COSTLY,
}
