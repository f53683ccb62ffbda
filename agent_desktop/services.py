"""Everything the desk is given at its start: the ports' implementations and its settings."""

from dataclasses import dataclass, field

from agent_desktop.ports import Alerts, Floor, PhoneBooth, Softphones, Sounds
from calls.clock import Clock
from calls.zones import SUPPLIER_ZONE
from customers.appeals import AppealBook
from customers.pin_resets import PinResets
from customers.ports import Accounts, OutageBook
from customers.reference_ports import ReferenceShelf
from customers.voice_messages import NoMessages, VoiceMessages
from ivr.reading import Reading
from staff.ports import Audit, CallNotes, SignIns, Users


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """`sip_upstream` is the switch's WebSocket; times in seconds; `time_zone` is the zone that screens show."""

    sip_upstream: str
    idle_limit_s: int = 8 * 3600
    """A page that is open keeps its sign-in alive; this is for the closed ones."""
    time_zone: str = SUPPLIER_ZONE
    service_threads: int = 8
    """How many calls into the database run at once."""
    service_wait_s: float = 5.0
    """A card that comes later than this is of no use at the ring."""
    beat_s: float = 5.0
    """How often an idle stream says that it lives; the page's stale look counts on it."""
    check_s: float = 30.0
    """How often a stream or a telephone's socket asks whether its sign-in still holds."""
    payments: bool = False
    """Callers can pay by card here."""
    shifts_s: float = 60.0
    """How often shifts without a sign-in are looked for."""


@dataclass(frozen=True, slots=True)
class DeskServices:
    """`booth` is the browser telephone of the demo; None in production."""

    floor: Floor
    accounts: Accounts
    outages: OutageBook
    appeals: AppealBook
    users: Users
    sign_ins: SignIns
    audit: Audit
    notes: CallNotes
    alerts: Alerts
    softphones: Softphones
    reference: ReferenceShelf
    reading: Reading
    sounds: Sounds
    clock: Clock
    settings: DeskSettings
    booth: PhoneBooth | None = None
    messages: VoiceMessages = field(default_factory=NoMessages)
    pin_resets: PinResets | None = None
    """None where no SMS go out: nobody is offered a reset."""
