"""One TOML file with addresses, limits and paths; validated as a whole, every fault with its line and what to do.

Queues, skills, users and hours are not here: they live in the database. Times in seconds.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from calls.ids import is_slug
from calls.zones import SUPPLIER_ZONE, checked_zone

FILE_NAME = "callcentre.toml"


class SettingsError(Exception):
    """The settings file cannot be used. `faults` holds one line each: where, what is wrong, what to do."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__(f"{path} has {len(faults)} fault(s); nothing was started.\n" + "\n".join(faults))
        self.faults = faults


def _address(text: str) -> str:
    ip_address(text)
    return text


def _slug(text: str) -> str:
    if not is_slug(text):
        raise ValueError("use small Latin letters, digits and dashes, at most 32, a letter first")
    return text


Address = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(checked_zone)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Supplier(_Table):
    """The electricity supplier whose customers ring. `zone`: the time zone that screens show and days are meant in."""

    zone: Zone = SUPPLIER_ZONE


class Listen(_Table):
    """Where the workplaces are served. Any address but loopback is served as https, with a local certificate."""

    address: Address = "127.0.0.1"
    port: Port = 8000


class Asterisk(_Table):
    """The node of this machine. Two nodes on one machine need addresses or ports of their own."""

    node: Slug = "one"
    address: Address = "127.0.0.1"
    sip_port: Port = 5060
    ami_port: Port = 5038
    http_port: Port = 8088
    rtp_first: Port = 10000
    rtp_last: Port = 11999


class Trunk(_Table):
    """The provider's side: calls are taken from these addresses only."""

    addresses: tuple[Address, ...] = ("127.0.0.11",)
    hotline: str = Field(default="88000000000", pattern=r"^\d{3,15}$")


class Telephones(_Table):
    """What agents speak with: `browser` (the desk itself) or `sip` (desk telephones that register over UDP)."""

    kind: Literal["browser", "sip"] = "browser"


class Ivr(_Table):
    """FastAGI, on loopback only. `sessions`: calls in the self-service at once; held callers cost none."""

    address: Address = "127.0.0.1"
    port: Port = 4573
    sessions: int = Field(default=400, ge=1, le=5000)
    voice_timeout_s: float = Field(default=2.0, gt=0, le=10)
    """Longer than the slowest sentence renders; after it the caller is offered an agent."""


class Redis(_Table):
    """`url` empty: a Redis of our own on a Unix socket in the state folder."""

    url: str = ""
    prefix: Slug = "cc"


class Database(_Table):
    """`url` empty: an SQLite file in the state folder; postgresql://... for PostgreSQL."""

    url: str = ""
    timeout_s: float = Field(default=5.0, gt=0, le=60)


class Identification(_Table):
    """`pin_checks`: PINs compared at once; each costs memory and a core for some milliseconds."""

    pin_checks: int = Field(default=2, ge=1, le=64)


class Demo(_Table):
    """Demo customers, users and the browser telephone. Off in production."""

    enabled: bool = True
    customers: int = Field(default=1000, ge=1_0, le=10_000_000)
    seed: int = 1


class Settings(_Table):
    supplier: Supplier = Supplier()
    listen: Listen = Listen()
    asterisk: Asterisk = Asterisk()
    trunk: Trunk = Trunk()
    telephones: Telephones = Telephones()
    ivr: Ivr = Ivr()
    redis: Redis = Redis()
    database: Database = Database()
    identification: Identification = Identification()
    demo: Demo = Demo()


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


def places() -> Places:
    """The folders by environment: CALLCENTRE_STATE and CALLCENTRE_CACHE, else the XDG folders."""
    home = Path.home()
    state = Path(os.environ.get("XDG_STATE_HOME") or home / ".local/state") / "callcentre"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "callcentre"
    return Places(
        state=Path(os.environ.get("CALLCENTRE_STATE") or state).absolute(),
        cache=Path(os.environ.get("CALLCENTRE_CACHE") or cache).absolute(),
    )


def load_settings(path: Path) -> Settings:
    """The settings in `path`; the defaults when there is no file. Raises SettingsError with every fault."""
    if not path.exists():
        return Settings()
    try:
        text = path.read_text("utf-8")
        return Settings.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [f"{error}. Write it as TOML: [table], then key = value."]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            path, [f"It cannot be read: {error}. Make it a UTF-8 file that this user may read."]
        ) from None
    except ValidationError as error:
        raise SettingsError(path, [_fault(text, dict(one)) for one in error.errors()]) from None


def _fault(text: str, error: dict[str, Any]) -> str:
    where = [str(part) for part in error["loc"]]
    line = _line_of(text, where)
    name = ".".join(where)
    if error["type"] == "extra_forbidden":
        return f"line {line}: {name} is not a setting. Correct its name or remove it (docs/settings.md lists all)."
    return f"line {line}: {name}: {error['msg']}. Found {error['input']!r}. Correct it or remove it for the default."


def _line_of(text: str, where: list[str]) -> int:
    """The line (1 = first) of a key; its table's line when the key is not found."""
    table, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = header[1]
            if [table] == where[:1]:
                found = number
        elif (key := re.match(r"\s*([\w-]+)\s*=", line)) and [*filter(None, [table]), key[1]] == where[:2]:
            return number
    return found
