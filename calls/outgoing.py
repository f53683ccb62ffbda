"""What may be dialled outside, by whom and how often: the rules against toll fraud. Pure.

1. Only whole numbers of allowed countries, or with an allowed prefix, are dialled; of a country only ordinary ones
   (fixed, mobile, free of charge). A premium, shared-cost, satellite or unknown number needs a prefix of its own.
2. A user dials so many numbers a day, and a number is dialled so often a day: a stolen account or a caller who asks for
   a hundred callbacks costs little. Refused calls count for nothing.
3. The duty officers' own numbers are always dialled: a danger to life waits for no limit.
4. Of the calls that tell customers that power is back no actor's are counted: each was asked for, and their process
   keeps to a rate of its own.
5. Calls at once, of every kind, are limited by the dialplan (`most_outside`), which knows what is really on the line.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import phonenumbers

from calls.clock import Instant
from calls.ids import CallId
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber

_ORDINARY: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
    }
)


class Refusal(StrEnum):
    """Why a number is not dialled; a word that screens translate and the audit keeps."""

    NO_NUMBER = "no_number"
    FOREIGN = "foreign"
    COSTLY = "costly"
    """Premium rate, shared cost, or of no known kind."""
    USER_LIMIT = "user_limit"
    NUMBER_LIMIT = "number_limit"
    UNCOUNTED = "uncounted"
    """The database that counts is away."""


class OutgoingKind(StrEnum):
    OUTSIDE = "outside"
    """A caller is sent to an outside telephone: overflow, transfer."""
    CALLBACK = "callback"
    POWER_BACK = "power_back"
    """A customer who asked to be told; nobody of the staff dials it."""


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """`countries`: ISO 3166 codes. `prefixes` (E.164 beginnings) are allowed whatever they cost. Limits count a day."""

    countries: frozenset[str] = frozenset({"RU"})
    prefixes: tuple[str, ...] = ()
    per_user: int = 200
    per_number: int = 5
    duty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """A number about to be dialled. `outgoing_id` is the same when the same wish is performed twice.

    `actor` is whom it is counted for: "user:NAME", "queue:ID".
    """

    outgoing_id: str
    kind: OutgoingKind
    number: PhoneNumber
    actor: str
    call_id: CallId


class OutgoingCalls(Protocol):
    """The one door to the outside: asked before every call, and the answer is kept."""

    def permit(self, call: OutgoingCall, now: Instant) -> Refusal | None:
        """None: dial it. Asked again about the same call, the answer is the former one. Raises nothing."""


@dataclass(frozen=True, slots=True)
class NothingOutside:
    """Where no outgoing calls were set up."""

    def permit(self, _call: OutgoingCall, _now: Instant) -> Refusal | None:
        return Refusal.UNCOUNTED


def number_refusal(number: str, rules: OutgoingRules) -> Refusal | None:
    """Why this number is never dialled, None when it may be. Any text is taken."""
    if not is_e164(number):
        return Refusal.NO_NUMBER
    if number in rules.duty or any(number.startswith(prefix) for prefix in rules.prefixes):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return Refusal.NO_NUMBER
    countries = frozenset(phonenumbers.region_codes_for_country_code(parsed.country_code or 0))
    if not countries & rules.countries:
        return Refusal.FOREIGN
    if not phonenumbers.is_valid_number(parsed):
        return Refusal.NO_NUMBER
    if phonenumbers.region_code_for_number(parsed) not in rules.countries:
        return Refusal.FOREIGN
    return None if phonenumbers.number_type(parsed) in _ORDINARY else Refusal.COSTLY


def count_refusal(call: OutgoingCall, by_actor: int, to_number: int, rules: OutgoingRules) -> Refusal | None:
    """Why this call is one too many. The counts are of the day's permitted calls before it."""
    if call.number in rules.duty:
        return None
    if call.kind is not OutgoingKind.POWER_BACK and by_actor >= rules.per_user:
        return Refusal.USER_LIMIT
    return Refusal.NUMBER_LIMIT if to_number >= rules.per_number else None
