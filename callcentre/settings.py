"""Addresses, limits and paths: every setting with its type, its default and what it may be. Times in seconds.

Queues, skills, users and hours are not here: they live in the database. The file is read by settings_file.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from redis.connection import parse_url

from callcentre.settings_alerts import Alerts, Mail, Monitor
from callcentre.settings_nodes import OtherNode
from callcentre.settings_notices import Sms
from callcentre.settings_payments import Payments
from callcentre.settings_power_back import PowerBack
from callcentre.settings_survey import Survey
from callcentre.settings_trunks import NamedTrunk, Outgoing
from callcentre.settings_values import Address, Loopback, Port, SettingsTable, Slug, Zone
from calls.zones import SUPPLIER_ZONE
from customers.readings import Period
from database.engine import WrongDatabaseAddress, open_engine

DayOfMonth = Annotated[int, Field(ge=1, le=31)]
FILE_NAME = "callcentre.toml"


def _redis_url(text: str) -> str:
    try:
        if text:
            parse_url(text)  # type: ignore[no-untyped-call] # redis publishes it without types
    except ValueError:
        raise ValueError("this is no address of a Redis; write redis://host:6379/0 or unix:///folder/socket") from None
    return text


def _database_url(text: str) -> str:
    if text.startswith("sqlite:") and not text.startswith("sqlite:////"):
        raise ValueError("the path to the file is not absolute; write sqlite:////folder/callcentre.db")
    try:
        if text:
            open_engine(text).dispose()
    except WrongDatabaseAddress as wrong:
        raise ValueError(str(wrong).rstrip(".")) from None
    return text


class Supplier(SettingsTable):
    """The electricity supplier whose customers ring. `zone`: the time zone that screens show and days are meant in.

    `reading_days`: the first and the last day of each month on which meter readings are taken.
    """

    zone: Zone = SUPPLIER_ZONE
    reading_days: tuple[DayOfMonth, DayOfMonth] = (15, 25)

    @property
    def reading_period(self) -> Period:
        return Period(*self.reading_days)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.reading_days[0] > self.reading_days[1]:
            raise ValueError("reading_days: the first day comes before the last one")
        return self


class Listen(SettingsTable):
    """Where the workplaces are served. Any address but loopback is served as https, with a local certificate."""

    address: Address = "127.0.0.1"
    port: Port = 8000


class Asterisk(SettingsTable):
    """The node of this machine; `address` is that of SIP and media. AMI and the WebSocket stay at `ivr.address`."""

    node: Slug = "one"
    address: Address = "127.0.0.1"
    sip_port: Port = 5060
    ami_port: Port = 5038
    http_port: Port = 8088
    rtp_first: Port = 10000
    rtp_last: Port = 11999


class Trunk(SettingsTable):
    """A simple installation's one provider: calls are taken from these addresses only, none go out.

    With `[trunks.NAME]` there are no `addresses` here. `hotline` is the number that the pages show.
    """

    addresses: tuple[Address, ...] = Field(default=("127.0.0.11",), min_length=1, strict=False)
    hotline: str = Field(default="88000000000", pattern=r"^\d{3,15}$")


class Telephones(SettingsTable):
    """What agents speak with: `browser` (the desk itself); `sip` (over UDP) is for tests and benchmarks."""

    kind: Literal["browser", "sip"] = "browser"


class Ivr(SettingsTable):
    """What our own processes speak over, loopback only: FastAGI, AMI, the WebSocket.

    `sessions`: calls in the self-service at once; held callers cost none.
    """

    address: Loopback = "127.0.0.1"
    port: Port = 4573
    spare_ports: tuple[Port, ...] = Field(default=(), max_length=8, strict=False)
    """Of further processes of the self-service on this machine, asked in this order while the first takes no call."""
    sessions: int = Field(default=400, ge=1, le=5000)
    voice_timeout_s: float = Field(default=2.0, gt=0, le=10)
    """Longer than the slowest sentence renders; after it the caller is offered an agent."""


class Acd(SettingsTable):
    """`processes` of the distribution on this machine: one is active, the others stand by."""

    processes: int = Field(default=2, ge=1, le=4)


class Redis(SettingsTable):
    """`url` empty: a Redis of our own on a Unix socket in the state folder."""

    url: Annotated[str, AfterValidator(_redis_url)] = ""
    prefix: Slug = "cc"


class Database(SettingsTable):
    """`url` empty: an SQLite file in the state folder; postgresql://... for PostgreSQL."""

    url: Annotated[str, AfterValidator(_database_url)] = ""
    timeout_s: float = Field(default=5.0, gt=0, le=60)


class Identification(SettingsTable):
    """`pin_checks`: PINs compared at once; each costs memory and a core for some milliseconds."""

    pin_checks: int = Field(default=2, ge=1, le=64)


class Demo(SettingsTable):
    """Demo customers, users and the browser telephone. Off in production."""

    enabled: bool = True
    customers: int = Field(default=1000, ge=10, le=10_000_000)
    seed: int = 1


class Settings(SettingsTable):
    supplier: Supplier = Supplier()
    listen: Listen = Listen()
    asterisk: Asterisk = Asterisk()
    nodes: dict[Slug, OtherNode] = Field(default_factory=dict, max_length=32)
    trunk: Trunk = Trunk()
    trunks: dict[Slug, NamedTrunk] = Field(default_factory=dict, max_length=64)
    outgoing: Outgoing = Outgoing()
    telephones: Telephones = Telephones()
    ivr: Ivr = Ivr()
    acd: Acd = Acd()
    redis: Redis = Redis()
    database: Database = Database()
    identification: Identification = Identification()
    monitor: Monitor = Monitor()
    alerts: Alerts = Alerts()
    mail: Mail = Mail()
    sms: Sms = Sms()
    power_back: PowerBack = PowerBack()
    payments: Payments = Payments()
    survey: Survey = Survey()
    demo: Demo = Demo()

    @property
    def acquirer(self) -> Literal["none", "sandbox", "yookassa"]:
        """Who charges cards: in the demo the sandbox, unless another one is set."""
        if self.payments.gateway != "auto":
            return self.payments.gateway
        return "sandbox" if self.demo.enabled else "none"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one installation; all outside of the checkout."""

    state: Path
    cache: Path

    @property
    def run(self) -> Path:
        """Sockets, pids and the lock."""
        return self.state / "run"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def prompts(self) -> Path:
        return self.state / "prompts"

    @property
    def messages(self) -> Path:
        """What callers said about their reports (callcentre.message_files)."""
        return self.state / "messages"

    @property
    def asterisk(self) -> Path:
        return self.state / "asterisk"

    @property
    def settings_file(self) -> Path:
        return self.state / FILE_NAME

    @property
    def redis_socket(self) -> Path:
        return self.run / "redis.sock"

    @property
    def voice_socket(self) -> Path:
        return self.run / "voice.sock"

    @property
    def database_file(self) -> Path:
        return self.state / "callcentre.sqlite3"

    @property
    def acquirer_file(self) -> Path:
        """What the sandbox acquirer keeps."""
        return self.state / "acquirer.sqlite3"


def places() -> Places:
    """The folders by environment: CALLCENTRE_STATE and CALLCENTRE_CACHE, else the XDG folders."""
    home = Path.home()
    state = Path(os.environ.get("XDG_STATE_HOME") or home / ".local/state") / "callcentre"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "callcentre"
    return Places(
        state=Path(os.environ.get("CALLCENTRE_STATE") or state).absolute(),
        cache=Path(os.environ.get("CALLCENTRE_CACHE") or cache).absolute(),
    )
