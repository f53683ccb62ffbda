"""Visits of the demo's customers to the self-service, for the unit tests of flows."""

from dataclasses import dataclass
from functools import cache

from calls.clock import Instant
from calls.ids import CallId, NodeId
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber
from customers.appeals import Appeals, NoAppeals
from customers.callers import Callers, NoCallers
from customers.codes import OneTimeCodes
from customers.notices import Notices
from customers.pin_resets import ApprovedResets, NoResets
from customers.reference_ports import NoReference, ReferencePages
from customers.voice_messages import NoMessages, VoiceMessages
from customers.watches import NoWatches
from ivr.callbacks import Callbacks, NoCallbacks
from ivr.channel import Arrival
from ivr.reading import load_reading
from ivr.visit import Routes, Services, Visit
from ivr.wanted import Wanted
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.fake_watches import FakeWatches
from tests.kit.scripted_channel import ScriptedChannel

NOW = Instant(1_795_420_800_000)
"""2026-11-23 08:00 UTC."""
STRANGER = PhoneNumber("+73060099999")


_reading = cache(load_reading)


@dataclass(slots=True)
class StillClock:
    at: Instant = NOW

    def now(self) -> Instant:
        return self.at


def arrival(phone: PhoneNumber | None = STRANGER, enqueued_at: Instant | None = None) -> Arrival:
    return Arrival(
        call_id=CallId("01936b00-0000-7000-8000-000000000001"),
        node=NodeId("one"),
        channel="PJSIP/trunk-00000001",
        leg="1795420800.1",
        caller_number=phone,
        dialled="88000000000",
        language=Language.RU,
        at=NOW,
        enqueued_at=enqueued_at,
        queue="service" if enqueued_at is not None else None,
    )


def visit(
    channel: ScriptedChannel,
    phone: PhoneNumber | None = STRANGER,
    customers: FakeCustomers | None = None,
    enqueued_at: Instant | None = None,
    routes: Routes | None = None,
    facts: CallFacts | None = None,
    callbacks: Callbacks | None = None,
    codes: OneTimeCodes | None = None,
    callers: Callers | None = None,
    wanted: Wanted | None = None,
    reference: ReferencePages | None = None,
    appeals: Appeals | None = None,
    notices: Notices | None = None,
    watches: FakeWatches | None = None,
    resets: ApprovedResets | None = None,
    messages: VoiceMessages | None = None,
) -> Visit:
    fake = customers or demo_customers(NOW)
    services = Services(
        fake,
        fake,
        fake,
        fake,
        StillClock(),
        routes or Routes(),
        callbacks=callbacks or NoCallbacks(),
        codes=codes,
        callers=callers or NoCallers(),
        wanted=wanted or Wanted(),
        reference=reference or NoReference(),
        reading=_reading(),
        appeals=appeals or NoAppeals(),
        notices=notices,
        watches=watches or NoWatches(),
        rung=watches or NoWatches(),
        resets=resets or NoResets(),
        messages=messages or NoMessages(),
    )
    return Visit(channel, arrival(phone, enqueued_at), services, facts)
