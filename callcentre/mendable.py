"""What a person is told when a command fails: what is wrong and what to do, never a stack trace."""

import errno
import os
import traceback
from pathlib import Path

from acd.errors import NotInLog, StoreUnavailable, Unreadable
from agent_desktop.bundle import BundleFailed
from callcentre.drain import CannotDrain
from callcentre.exchange.reader import UnfitText
from callcentre.keys import KeyDamaged
from callcentre.password import UnfitPassword
from callcentre.prepare import CannotPrepare
from callcentre.processes import StartFailed
from callcentre.run import CannotRun
from callcentre.settings_file import SettingsError
from callcentre.settings_payments import NoPayments
from customers.payment_ports import CannotReverse, GatewayAway, GatewaySilent, PaymentsUnavailable
from customers.payments import IllegalPaymentMove
from customers.ports import CustomersUnavailable
from customers.registers.lines import UnfitFile
from database.demo_data import DemoRefused
from database.engine import DatabaseUnavailable, WrongDatabaseAddress
from database.queue_settings import WrongSettings
from database.whole_settings import SettingsChanged
from dialplan.private_tree import TreeNotFound
from dialplan.render import RenderError
from prompts.errors import PromptsError
from simulation.errors import SimulationError
from staff.ports import StaffUnavailable

MENDABLE = (
    BundleFailed,
    CannotDrain,
    CannotPrepare,
    CannotReverse,
    CannotRun,
    CustomersUnavailable,
    DatabaseUnavailable,
    DemoRefused,
    GatewayAway,
    GatewaySilent,
    IllegalPaymentMove,
    KeyDamaged,
    NoPayments,
    NotInLog,
    PaymentsUnavailable,
    PromptsError,
    RenderError,
    SettingsChanged,
    SettingsError,
    SimulationError,
    StaffUnavailable,
    StartFailed,
    StoreUnavailable,
    TreeNotFound,
    UnfitFile,
    UnfitPassword,
    UnfitText,
    Unreadable,
    WrongDatabaseAddress,
    WrongSettings,
)
"""Errors whose message says what to do."""
_CHECKOUT = Path(__file__).parents[1]


def kindly(error: Exception) -> str:
    """The message for a person. Of an error that nobody foresaw only the places in the code, no values."""
    if isinstance(error, MENDABLE):
        return str(error)
    if isinstance(error, OSError):
        return _of_the_machine(error)
    return (
        f"This is a fault of the program, not yours: {type(error).__name__} at {_places(error)}. "
        "`callcentre check` may show what is wrong around it; report these words to those who maintain it."
    )


def _of_the_machine(error: OSError) -> str:
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    what = str(error.filename) if error.filename else "The machine"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{what}: {why}. Make room, then start again."
    if error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.ECONNREFUSED}:
        return f"{why}. `callcentre check` says which address and port of the settings it is."
    remedy = "Give this user the right to it, or name other folders in CALLCENTRE_STATE and CALLCENTRE_CACHE."
    return f"{what}: {why}. {remedy}"


def _places(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(frames))


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_CHECKOUT)) if path.is_relative_to(_CHECKOUT) else path.name
