"""What every route of the desk shares: services, worker threads, templates, sign-in cookies, telephone sockets."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from agent_desktop import formats
from agent_desktop.floor_rows import Row
from agent_desktop.labels import Labels, labels_in
from agent_desktop.limiter import Limiter
from agent_desktop.remembered import Remembered
from agent_desktop.reset_board import ResetBoard
from agent_desktop.row_cache import RowCache
from agent_desktop.services import DeskServices
from agent_desktop.sockets import BoothSockets, TelephoneSockets
from agent_desktop.workers import Workers
from calls.ids import AgentId
from calls.journey import Language
from calls.zones import zone
from staff.roles import Right, may
from staff.users import AuditEntry, User

ROOM = Path(__file__).parent
LANGUAGE_COOKIE = "desk_language"
THEME_COOKIE = "desk_theme"
THEMES = ("light", "dark")
SIGN_IN_TRIES = 10
SIGN_IN_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in, and the token of the sign-in."""

    user: User
    token: str


class DeskApp:
    """The running desk, kept in `app.state.desk`."""

    def __init__(self, services: DeskServices) -> None:
        self.services = services
        self.settings = services.settings
        self.zone = zone(services.settings.time_zone)
        self.workers = Workers(services.settings.service_threads, services.settings.service_wait_s)
        self.sign_in_limit = Limiter(SIGN_IN_TRIES, SIGN_IN_WINDOW_S)
        self.sockets = TelephoneSockets()
        self.booth_sockets = BoothSockets()
        self.rows = RowCache(self._row)
        self.resets = ResetBoard(services, self.workers)
        self.opening: defaultdict[AgentId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.own_calls = Remembered(8)
        self.sights = Remembered(32)
        self._templates = _environment(self.zone)

    def render(self, connection: HTTPConnection, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A whole page in the visitor's language and theme."""
        return HTMLResponse(self.fragment(language_of(connection), template, **_frame(connection), **values), status)

    def fragment(self, language: Language, template: str, **values: object) -> str:
        """A piece of HTML; every value is escaped."""
        labels = labels_in(language)
        return self._templates.get_template(template).render(
            t=labels.text, labels=labels, lang=language, may=may, Right=Right, **values
        )

    def close(self) -> None:
        self.workers.close()

    def _row(self, language: Language, table: str, row: Row) -> str:
        return self.fragment(language, f"row_{table}.html", row=row)

    async def audit(self, connection: HTTPConnection, actor: str, act: str, subject: str) -> None:
        """Append to the audit table; a failure is the caller's to answer for, nothing personal goes unrecorded."""
        entry = AuditEntry(self.services.clock.now(), actor, act, subject, address_of(connection))
        await self.workers.run(self.services.audit.write, entry)


def for_script(value: object) -> Markup:
    """JSON inside of a script element: nothing in it can end the element or start a comment."""
    text = msgspec.json.encode(value).decode()
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - escaped by the lines above


def desk_of(connection: HTTPConnection) -> DeskApp:
    return cast(DeskApp, connection.app.state.desk)


def address_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def language_of(connection: HTTPConnection) -> Language:
    """The language of the cookie; Russian without one."""
    return Language.EN if connection.cookies.get(LANGUAGE_COOKIE) == Language.EN else Language.RU


def labels_of(connection: HTTPConnection) -> Labels:
    return labels_in(language_of(connection))


def _frame(connection: HTTPConnection) -> dict[str, object]:
    theme = connection.cookies.get(THEME_COOKIE, "")
    return {"theme": theme if theme in THEMES else "", "path": connection.url.path}


def _environment(own: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOM / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    filters: dict[str, Callable[..., object]] = {
        "money": formats.money,
        "rate": formats.rate,
        "whole": formats.whole,
        "day": formats.day,
        "hotline": formats.hotline,
        "duration": formats.duration,
        "moment": lambda at, now, language, there: formats.moment(at, now, zone(there), language, own),
    }
    environment.filters.update(filters)
    environment.globals["no_break"] = Markup("&nbsp;")
    environment.globals["own_zone"] = own.key
    return environment
