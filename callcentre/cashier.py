"""Payments as the settings want them: the gateway, what drives a payment, what stands on every receipt."""

from typing import assert_never

from callcentre.alerting import secret_in
from callcentre.installation import Installation
from callcentre.notice_rules import notice_rules
from calls.clock import Clock
from calls.zones import zone
from customers.demo import today_of
from customers.fiscal import SupplierTax, Taxation, VatRate
from customers.paying import Paying
from customers.payment_ports import PaymentGateway
from database.engine import Engine
from database.payments import DatabasePayments
from gateways.acquirer import Acquirer
from ivr.till import Till

SHOP_KEY = "acquirer"
"""The name of the secret that the sandbox and its client share."""
SANDBOX_EMAIL = "receipts@example.org"
_LEAST_KEY = 16


def gateway_of(installation: Installation) -> PaymentGateway | None:
    """None: there are no payments by telephone. Raises WrongSecret."""
    settings = installation.settings.payments
    match installation.settings.acquirer:
        case "none":
            return None
        case "sandbox":
            url = f"http://{installation.settings.ivr.address}:{settings.port}"
            return Acquirer(url, installation.keys.text(SHOP_KEY), settings.timeout_s)
        case "yookassa":
            from gateways.yookassa import YooKassa  # its SDK costs memory that the others need not pay

            key = secret_in(settings.yookassa_key_file or "", _LEAST_KEY).decode("ascii", "replace")
            return YooKassa(settings.yookassa_shop, key, settings.timeout_s, return_url=settings.yookassa_return_url)
        case _:
            assert_never(installation.settings.acquirer)


def paying_of(installation: Installation, engine: Engine, clock: Clock) -> Paying | None:
    """None: there are no payments by telephone. Raises WrongSecret."""
    gateway = gateway_of(installation)
    if gateway is None:
        return None
    where = zone(installation.settings.supplier.zone)
    payments = DatabasePayments(engine, notice_rules(installation.settings))
    return Paying(payments, gateway, clock, lambda at: today_of(at, where))


def till_of(installation: Installation, engine: Engine, clock: Clock) -> Till | None:
    """What the self-service pays at. Raises WrongSecret."""
    paying = paying_of(installation, engine, clock)
    return None if paying is None else Till(paying, tax_of(installation))


def tax_of(installation: Installation) -> SupplierTax:
    settings = installation.settings.payments
    email = settings.receipt_email or SANDBOX_EMAIL
    return SupplierTax(Taxation(settings.taxation), VatRate(settings.vat), VatRate(settings.advance_vat), email)


def faults(installation: Installation) -> list[str]:
    """What keeps payments from being made, for `callcentre check`; nothing is sent."""
    try:
        gateway_of(installation)
    except ValueError as fault:
        return [str(fault)]
    return []
