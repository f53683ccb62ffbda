"""To whom notices may be sent at all, by the settings: for everything that puts one into the outbox."""

from dataclasses import replace
from typing import Final

from callcentre.settings import Settings
from calls.outgoing import OutgoingRules
from customers.notices import NoticeRules, Way
from customers.watches import WatchRules

RING_MORE_S: Final = 5.0
"""Over `outgoing.ring_s`: a call is given up so much later, when the first provider was away."""
CLAIM_MORE_S: Final = 30.0
"""And so much later it counts as not answered, whatever became of it."""

DEMO_NUMBERS: Final = "+7306"
"""The demo's area code, which nobody has: allowed while what is sent stays in the demo's own post box."""


def shows_on_phone(settings: Settings) -> bool:
    """Whether SMS go to the demo's post box."""
    return settings.demo.enabled and not settings.sms.host


def ways(settings: Settings) -> frozenset[Way]:
    """By what notices can be sent."""
    sms = {Way.SMS} if settings.sms.host or shows_on_phone(settings) else set()
    return frozenset(sms | ({Way.MAIL} if settings.mail.host else set()))


def ringing_rules(settings: Settings) -> OutgoingRules | None:
    """Which numbers are rung to tell that power is back; None where no line leads outside, or none may be used."""
    dials = any(trunk.order for trunk in settings.trunks.values())
    return settings.outgoing.rules() if dials and power_back_at_once(settings) else None


def power_back_at_once(settings: Settings) -> int:
    """Calls that tell that power is back: never more than half of those that go outside at once."""
    return min(settings.power_back.at_once, settings.outgoing.at_once // 2)


def watch_rules(settings: Settings) -> WatchRules:
    """Of three quarters of an hour's notices at most: receipts still go out when power is back in a whole town."""
    own, notices = settings.power_back, notice_rules(settings)
    return WatchRules(
        own.after_s,
        own.from_hour,
        own.to_hour,
        own.tries,
        own.pause_min * 60,
        settings.outgoing.ring_s + CLAIM_MORE_S,
        power_back_at_once(settings),
        replace(notices, per_hour=max(1, notices.per_hour * 3 // 4)),
    )


def notice_rules(settings: Settings) -> NoticeRules:
    """Numbers as for calls to the outside, and the limits of an hour."""
    numbers = settings.outgoing.rules()
    if shows_on_phone(settings):
        numbers = replace(numbers, prefixes=(*numbers.prefixes, DEMO_NUMBERS))
    return NoticeRules(ways(settings), numbers, settings.sms.per_number, settings.sms.per_hour)
