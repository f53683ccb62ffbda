"""`callcentre payments`: the day's comparison with the acquirer's register, the payments of a day, a reversal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from callcentre import logs
from callcentre.cashier import gateway_of
from callcentre.day_comparison import midnight, reconcile
from callcentre.exchange.commands import user_name
from callcentre.installation import Installation, open_installation
from callcentre.serving import call_limits
from callcentre.settings_payments import NoPayments
from calls.clock import AnchoredClock, as_datetime
from calls.zones import zone
from customers.demo import today_of
from customers.paying import Paying
from customers.payment_ports import PaymentGateway
from customers.payments import PaymentId
from database.audit import DatabaseAudit
from database.engine import open_engine
from database.payments import DatabasePayments
from staff.users import AuditEntry

FAULT = 1

app = typer.Typer(no_args_is_help=True, help="Payments by telephone: compare with the acquirer, list, give back.")
console = Console(soft_wrap=True, highlight=False)


@contextmanager
def _opened() -> Iterator[tuple[Installation, DatabasePayments, PaymentGateway, DatabaseAudit]]:
    logs.be_quiet()
    installation = open_installation()
    gateway = gateway_of(installation)
    if gateway is None:
        file = installation.places.settings_file
        raise NoPayments(f"There are no payments by telephone here. Set payments.gateway in {file}.")
    engine = open_engine(installation.database_url, call_limits(installation))
    try:
        yield installation, DatabasePayments(engine), gateway, DatabaseAudit(engine)
    finally:
        engine.dispose()


Day = Annotated[
    datetime | None,
    typer.Option(metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="The supplier's day; yesterday without it."),
]


def _day(day: datetime | None, installation: Installation) -> date:
    if day is not None:
        return day.date()
    return today_of(AnchoredClock().now(), zone(installation.settings.supplier.zone)) - timedelta(days=1)


def _roubles(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02d}"


@app.command("reconcile")
def reconcile_command(day: Day = None) -> None:
    """Compare a day with the acquirer's register. Exit status 1 when anything differs."""
    with _opened() as (installation, payments, gateway, _):
        chosen = _day(day, installation)
        clock = AnchoredClock()
        found, new = reconcile(payments, gateway, chosen, installation.settings.supplier.zone, clock)
    for each in found:
        ours, theirs = _roubles(each.ours), _roubles(each.theirs)
        console.print(f"{each.kind.value:<15} {each.payment_id}  here {ours}, there {theirs}", markup=False)
    told = f"{len(found)} differences, {new} of them new" if found else "no difference"
    console.print(f"{chosen.isoformat()}: {told}.", markup=False)
    raise typer.Exit(FAULT if found else 0)


@app.command("list")
def list_command(day: Day = None) -> None:
    """The payments that began on a day: number, id, state, sum, why declined."""
    with _opened() as (installation, payments, _, _):
        chosen, where = _day(day, installation), installation.settings.supplier.zone
        made = payments.made(midnight(chosen, where), midnight(chosen + timedelta(days=1), where))
    for one in made:
        at = as_datetime(one.created_at).astimezone(zone(where)).strftime("%H:%M:%S")
        why = f"  {one.reason.value}" if one.reason else ""
        line = f"{one.number}  {one.payment_id}  {at}  {one.state.value:<11} {_roubles(one.amount)}{why}"
        console.print(line, markup=False)


@app.command("reverse")
def reverse_command(
    payment: Annotated[str, typer.Argument(help="Its id, as `payments list` and `reconcile` show it.")],
) -> None:
    """Give a payment back: at the acquirer and in the ledger. Repeated after a break it ends the same."""
    with _opened() as (installation, payments, gateway, audit):
        where = zone(installation.settings.supplier.zone)
        clock = AnchoredClock()
        paying = Paying(payments, gateway, clock, lambda at: today_of(at, where))
        back = paying.reverse(PaymentId(payment))
        if back is None:
            raise NoPayments(f"There is no payment {payment}. `callcentre payments list` shows those of a day.")
        audit.write(AuditEntry(clock.now(), f"cli:{user_name()}", "payment_reversed", back.payment_id, ""))
    console.print(f"Payment {back.number} is {back.state.value}.", markup=False)
