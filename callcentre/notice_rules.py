"""To whom notices may be sent at all, by the settings: for everything that puts one into the outbox."""

from dataclasses import replace
from typing import Final

from callcentre.settings import Settings
from customers.notices import NoticeRules, Way

DEMO_NUMBERS: Final = "+7306"
"""The demo's area code, which nobody has: allowed while what is sent stays in the demo's own post box."""


def shows_on_phone(settings: Settings) -> bool:
    """Whether SMS go to the demo's post box."""
    return settings.demo.enabled and not settings.sms.host


def ways(settings: Settings) -> frozenset[Way]:
    """By what notices can be sent."""
    sms = {Way.SMS} if settings.sms.host or shows_on_phone(settings) else set()
    return frozenset(sms | ({Way.MAIL} if settings.mail.host else set()))


def notice_rules(settings: Settings) -> NoticeRules:
    """Numbers as for calls to the outside, and the limits of an hour."""
    numbers = settings.outgoing.rules()
    if shows_on_phone(settings):
        numbers = replace(numbers, prefixes=(*numbers.prefixes, DEMO_NUMBERS))
    return NoticeRules(ways(settings), numbers, settings.sms.per_number, settings.sms.per_hour)
