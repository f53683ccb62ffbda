"""The comparison of one of the supplier's days with the acquirer's register: by hand, and each night by itself."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from calls.clock import Clock, Instant, as_instant
from calls.zones import zone
from customers.payment_ports import PaymentGateway, Payments
from customers.reconciliation import Difference, compare

BEYOND_MS: Final = 2 * 3600 * 1000
"""The register is read so much beyond the day: a payment may begin before midnight and be charged after it."""


def reconcile(
    payments: Payments, gateway: PaymentGateway, day: date, supplier_zone: str, clock: Clock
) -> tuple[tuple[Difference, ...], int]:
    """All differences of the supplier's day, kept for good; and how many were new. Raises what the ports do."""
    begin, end = (midnight(each, supplier_zone) for each in (day, day + timedelta(days=1)))
    register = gateway.register(Instant(begin - BEYOND_MS), Instant(end + BEYOND_MS))
    ours = [payment for payment in payments.made(begin, end) if payment.gateway == gateway.name]
    known = {payment.payment_id: payment for payment in ours}
    for key in {line.payment_id for line in register} - known.keys():
        payment = payments.find(key)
        if payment is not None:
            known[key] = payment
    found = compare(ours, known, register, range(begin, end))
    return found, payments.report(day, found, clock.now())


def midnight(day: date, supplier_zone: str) -> Instant:
    return as_instant(datetime.combine(day, time(), zone(supplier_zone)).astimezone(UTC))
