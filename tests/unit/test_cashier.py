"""Payments by the settings: which gateway, which processes and ports; what does not fit together is said."""

import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from callcentre.cashier import faults, gateway_of, tax_of
from callcentre.day_comparison import reconcile
from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.resolving import Resolving
from callcentre.run import own_processes, standbys
from callcentre.settings import Demo, Places, Settings
from callcentre.settings_file import SettingsError, load_settings
from callcentre.settings_payments import Payments
from callcentre.settings_rules import own_ports
from calls.clock import Instant, after
from customers import demo
from customers.fiscal import Taxation, VatRate
from customers.payment_ports import GatewayAway
from customers.payments import PaymentState
from customers.reconciliation import DifferenceKind
from database.engine import DatabaseUnavailable
from gateways.acquirer import Acquirer
from gateways.yookassa import YooKassa
from tests.kit.waiting import eventually_sync
from tests.unit.test_paying import AMOUNT, World

ZONE = "Europe/Moscow"
SANDBOX = Settings(payments=Payments(gateway="sandbox"))


def no_difference(_day: date) -> tuple[int, int]:
    return 0, 0


def installation(settings: Settings, folder: Path) -> Installation:
    return Installation(settings, Places(folder, folder), Keys(folder / "keys"))


def key_file(folder: Path, text: str = "test_0123456789abcdef") -> str:
    path = folder / "yookassa"
    path.write_text(text + "\n", "utf-8")
    path.chmod(0o600)
    return str(path)


def test_without_a_word_nobody_pays_by_telephone_but_in_the_demo(tmp_path: Path) -> None:
    production = Settings(demo=Demo(enabled=False))
    assert gateway_of(installation(production, tmp_path)) is None
    assert "acquirer" not in own_processes(production)
    assert "payments.port" not in {port.key for port in own_ports(production)}
    assert isinstance(gateway_of(installation(Settings(), tmp_path)), Acquirer)
    assert "acquirer" in own_processes(Settings())
    nobody = Settings(payments=Payments(gateway="none"))
    assert gateway_of(installation(nobody, tmp_path)) is None
    assert "acquirer" not in own_processes(nobody)


def test_the_sandbox_is_a_process_with_a_port_of_its_own(tmp_path: Path) -> None:
    assert isinstance(gateway_of(installation(SANDBOX, tmp_path)), Acquirer)
    assert own_processes(SANDBOX)[-1] == "acquirer"
    assert "acquirer" in {program.name for program in standbys(installation(SANDBOX, tmp_path))}
    assert "payments.port" in {port.key for port in own_ports(SANDBOX)}
    tax = tax_of(installation(SANDBOX, tmp_path))
    assert (tax.taxation, tax.vat, tax.advance_vat) == (
        Taxation.GENERAL,
        VatRate.TWENTY_TWO,
        VatRate.TWENTY_TWO_OF_122,
    )


def test_yookassa_has_its_key_from_a_file(tmp_path: Path) -> None:
    payments = Payments(gateway="yookassa", yookassa_shop="100500", yookassa_key_file=key_file(tmp_path))
    real = installation(Settings(payments=payments), tmp_path)
    without_links = gateway_of(real)
    assert isinstance(without_links, YooKassa)
    assert not without_links.links
    back = payments.model_copy(update={"yookassa_return_url": "https://supplier.example.org"})
    with_links = gateway_of(installation(Settings(payments=back), tmp_path))
    assert with_links is not None
    assert with_links.links
    assert faults(real) == []
    key_file(tmp_path, "short")
    assert "holds 5 bytes" in faults(real)[0]
    assert "short" not in faults(real)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[payments]\ngateway = "sandbox"\n[demo]\nenabled = false\n', "takes no money"),
        ('[payments]\ngateway = "yookassa"\n', "payments.yookassa_shop"),
        ('[payments]\ngateway = "sandbox"\nport = 9464\n', "payments.port"),
        ('[payments]\ngateway = "cash"\n', "payments.gateway"),
        ('[payments]\nyookassa_return_url = "http://example.org"\n', "payments.yookassa_return_url"),
        ('[payments]\nvat = "18"\n', "payments.vat"),
    ],
)
def test_what_does_not_fit_is_said_and_starts_nothing(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "callcentre.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(path)
    assert said in str(refused.value)


# --- the day's comparison, driven
def test_a_day_without_a_difference_and_each_difference_reported_once() -> None:
    world = World()
    paid = world.pay()
    day = demo.today_of(world.clock.now())
    assert reconcile(world.payments, world.gateway, day, ZONE, world.clock) == ((), 0)
    world.payments.payments.pop(paid.payment_id)
    found, new = reconcile(world.payments, world.gateway, day, ZONE, world.clock)
    assert [(each.kind, each.theirs) for each in found] == [(DifferenceKind.NOT_OURS, AMOUNT)]
    assert new == 1
    assert reconcile(world.payments, world.gateway, day, ZONE, world.clock) == (found, 0)
    assert tuple(world.payments.differences(day)) == found


def test_a_payment_around_midnight_is_compared_once_and_with_itself() -> None:
    world = World()
    world.clock.at = Instant(1_795_467_599_900)  # 23:59:59.9 in Moscow
    before = demo.today_of(world.clock.now())
    world.gateway.dies = lambda step: setattr(world.clock, "at", after(world.clock.at, 0.2))
    paid = world.pay()
    assert paid.state is PaymentState.POSTED
    for known in world.gateway.known.values():
        known.at = after(paid.created_at, 1)
    for day in (before, before + timedelta(days=1)):
        assert reconcile(world.payments, world.gateway, day, ZONE, world.clock) == ((), 0)
    world.gateway.known.clear()
    (missing,), _ = reconcile(world.payments, world.gateway, before, ZONE, world.clock)
    assert missing.kind is DifferenceKind.NOT_CHARGED


def test_a_process_with_cards_in_it_leaves_no_core_and_is_read_by_nobody(tmp_path: Path) -> None:
    program = (
        "import ctypes, os, resource\n"
        "from callcentre.secrecy import keep_memory_private\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
        "keep_memory_private()\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0\n"
        "os.abort()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, capture_output=True, timeout=60)
    assert ended.returncode == -6, ended.stderr.decode()
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_drives_is_finished_by_whoever_leads() -> None:
    world = World()
    world.gateway.silent = True
    world.pay()
    world.clock.at = after(world.clock.at, 61)
    leads = threading.Event()
    asked = threading.Event()

    def lead() -> bool:
        asked.set()
        return leads.is_set()

    other = Resolving(world.paying, lead, no_difference, DatabaseUnavailable)
    other.start()
    assert asked.wait(10)
    other.close()
    assert world.states == [PaymentState.UNKNOWN], "it does not lead"
    leads.set()
    leading = Resolving(world.paying, lead, no_difference, DatabaseUnavailable)
    leading.start()
    eventually_sync(lambda: world.states == [PaymentState.POSTED], 10, "the payment is posted")
    leading.close()


def test_a_database_that_is_away_does_not_end_the_looks() -> None:
    world = World()
    world.payments.down = True
    resolving = Resolving(world.paying, lambda: True, no_difference, DatabaseUnavailable)
    resolving.start()
    resolving.close()
    assert world.states == []


def test_each_day_that_is_over_is_compared_once_by_itself() -> None:
    world = World()
    days: list[date] = []

    def compared(day: date) -> tuple[int, int]:
        days.append(day)
        if len(days) == 1:
            raise GatewayAway  # it is tried again with the next look
        return 1, 1

    class Quick(Resolving):
        pause_s = 0.01

    resolving = Quick(world.paying, lambda: True, compared, DatabaseUnavailable)
    resolving.start()
    yesterday = demo.today_of(world.clock.now()) - timedelta(days=1)
    eventually_sync(lambda: len(days) == 2, 10, "it is compared")
    world.clock.at = after(world.clock.at, 24 * 3600)
    eventually_sync(lambda: len(days) == 3, 10, "the next day too")
    resolving.close()
    assert days == [yesterday, yesterday, yesterday + timedelta(days=1)]
