"""The desk's services in memory: users with one password, sign-ins, audit, notes, telephones and the demo's booth."""

import secrets
from dataclasses import dataclass, field, replace

from acd.alerts import Alert, AlertId
from agent_desktop.ports import BoothMessage, DemoCaller, SipAccount
from agent_desktop.services import DeskServices, DeskSettings
from calls.clock import AnchoredClock, Instant
from calls.ids import AgentId, CallId
from calls.numbers import spoken_form
from customers import demo
from ivr.reading import load_reading
from staff.demo import USERS
from staff.ports import StaffUnavailable
from staff.users import AuditEntry, User
from tests.kit.fake_appeals import FakeAppeals
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.fake_floor import FakeFloor
from tests.kit.fake_messages import FakeMessages
from tests.kit.fake_notices import counting_codes
from tests.kit.fake_outage_book import FakeOutageBook
from tests.kit.fake_pin_resets import FakePinResets
from tests.kit.fake_reference import FakeReference, demo_reference
from tests.kit.fake_sounds import FakeSounds

PASSWORD = "open-sesame"


class FakeStaff:
    """Users, SignIns, Audit and CallNotes at once; `down` makes each raise StaffUnavailable."""

    def __init__(self, users: tuple[User, ...] = USERS) -> None:
        self.users = {user.login: user for user in users}
        self.tokens: dict[str, AgentId] = {}
        self.entries: list[AuditEntry] = []
        self.notes: dict[CallId, tuple[str, str]] = {}
        self.tries = 0
        self.down = False
        self.notes_down = False
        self.prolonged: frozenset[AgentId] = frozenset()

    def authenticate(self, login: str, password: str, now: Instant) -> User | None:
        self._up()
        self.tries += 1
        return self.users.get(AgentId(login)) if password == PASSWORD else None

    def find(self, login: AgentId) -> User | None:
        return self.users.get(login)

    def all(self) -> tuple[User, ...]:
        return tuple(self.users.values())

    def begin(self, login: AgentId, now: Instant, idle_limit_s: int) -> str:
        self._up()
        token = secrets.token_urlsafe(32)
        self.tokens[token] = login
        return token

    def user_of(self, token: str, now: Instant) -> User | None:
        self._up()
        login = self.tokens.get(token)
        return None if login is None else self.users[login]

    def end(self, token: str) -> None:
        self.tokens.pop(token, None)

    def living(self, now: Instant) -> frozenset[User]:
        self._up()
        users = (self.users[login] for login in self.tokens.values())
        return frozenset(user for user in users if user.active)

    def prolong(self, logins: frozenset[AgentId], now: Instant) -> None:
        self.prolonged |= logins

    def write(self, entry: AuditEntry) -> None:
        self._up()
        self.entries.append(entry)

    def save(self, call_id: CallId, author: AgentId, reason: str, note: str, now: Instant) -> None:
        self._up()
        if self.notes_down:
            raise StaffUnavailable("taken down by the test")
        self.notes[call_id] = (reason, note)

    def load(self, call_id: CallId) -> tuple[str, str] | None:
        return self.notes.get(call_id)

    def acts(self) -> list[tuple[str, str, str]]:
        return [(entry.actor, entry.act, entry.subject) for entry in self.entries]

    def _up(self) -> None:
        if self.down:
            raise StaffUnavailable("taken down by the test")


@dataclass(slots=True)
class FakeAlerts:
    """Alerts in memory; `floor` is told of every change, as the monitor would tell it."""

    floor: FakeFloor
    kept: dict[AlertId, Alert] = field(default_factory=dict)

    def raised(self, *alerts: Alert) -> None:
        self.kept |= {alert.alert_id: alert for alert in alerts}
        self.floor.report_alerts(tuple(self.kept.values()))

    def acknowledge(self, alert_id: AlertId, by: AgentId, now: Instant) -> Alert | None:
        alert = self.kept.get(alert_id)
        if alert is None or alert.acknowledged_at is not None:
            return alert
        self.kept[alert_id] = replace(alert, acknowledged_at=now, acknowledged_by=by)
        self.floor.report_alerts(tuple(self.kept.values()))
        return self.kept[alert_id]

    def recent(self, limit: int, before: Instant) -> tuple[Alert, ...]:
        found = sorted((one for one in self.kept.values() if one.raised_at < before), key=lambda one: -one.raised_at)
        return tuple(found[:limit])


@dataclass(slots=True)
class FakeSoftphones:
    realm: str = "127.0.0.1"
    secrets: dict[AgentId, str] = field(default_factory=dict)

    def rotate(self, agent_id: AgentId) -> SipAccount:
        self.secrets[agent_id] = secrets.token_urlsafe(24)
        return SipAccount(f"agent-{agent_id}", self.secrets[agent_id], self.realm)

    def revoke(self, agent_id: AgentId) -> None:
        self.secrets.pop(agent_id, None)


class FakeBooth:
    """`box`: the SMS by spoken number, newest first; None: a gateway sends them. `asked`: how often."""

    def __init__(self) -> None:
        self.box: dict[str, list[BoothMessage]] | None = {}
        self.asked = 0

    def has_post_box(self) -> bool:
        return self.box is not None

    def messages(self, caller: DemoCaller) -> tuple[BoothMessage, ...]:
        self.asked += 1
        return tuple((self.box or {}).get(caller.phone, ()))

    def account(self) -> SipAccount:
        return SipAccount("demo-phone", "booth-secret", "127.0.0.1")

    def callers(self) -> tuple[DemoCaller, ...]:
        return tuple(DemoCaller(fixed.word, spoken_form(fixed.phone), fixed.number, fixed.pin) for fixed in demo.FIXED)

    def hotline(self) -> str:
        return "88000000000"


@dataclass(slots=True)
class FakeDesk:
    """All fakes of one desk, and the services made of them."""

    floor: FakeFloor = field(default_factory=FakeFloor)
    staff: FakeStaff = field(default_factory=FakeStaff)
    customers: FakeCustomers = field(default_factory=lambda: demo_customers(AnchoredClock().now()))
    outages: FakeOutageBook = field(default_factory=lambda: FakeOutageBook(AnchoredClock().now()))
    appeals: FakeAppeals = field(default_factory=FakeAppeals)
    messages: FakeMessages = field(default_factory=FakeMessages)
    pin_resets: FakePinResets = field(default_factory=lambda: FakePinResets(counting_codes()))
    softphones: FakeSoftphones = field(default_factory=FakeSoftphones)
    reference: FakeReference = field(default_factory=demo_reference)
    sounds: FakeSounds = field(default_factory=FakeSounds)
    alerts: FakeAlerts = field(init=False)
    sip_upstream: str = "ws://127.0.0.1:9/ws"
    booth: bool = True
    sms: bool = True
    phone_booth: FakeBooth = field(default_factory=FakeBooth)
    beat_s: float = 5.0
    shifts_s: float = 3600.0

    def __post_init__(self) -> None:
        self.alerts = FakeAlerts(self.floor)

    def services(self) -> DeskServices:
        return DeskServices(
            floor=self.floor,
            accounts=self.customers,
            outages=self.outages,
            appeals=self.appeals,
            users=self.staff,
            sign_ins=self.staff,
            audit=self.staff,
            notes=self.staff,
            alerts=self.alerts,
            softphones=self.softphones,
            reference=self.reference,
            reading=load_reading(),
            sounds=self.sounds,
            clock=self.floor.clock,
            settings=DeskSettings(
                sip_upstream=self.sip_upstream,
                beat_s=self.beat_s,
                check_s=self.beat_s,
                shifts_s=self.shifts_s,
                payments=True,
            ),
            booth=self.phone_booth if self.booth else None,
            messages=self.messages,
            pin_resets=self.pin_resets if self.sms else None,
        )
