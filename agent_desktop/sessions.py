"""Signing in and out, and who may do what: each route names the right it needs.

The cookie holds 256 random bits and nothing else. It is made anew at each sign-in (a planted cookie is worthless),
is HttpOnly and SameSite=Strict, and on https Secure with the __Host- prefix, so that no other host can set it.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request, WebSocketException
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response

from acd.errors import Reason
from agent_desktop.desk_app import LANGUAGE_COOKIE, DeskApp, Visitor, desk_of, labels_of
from agent_desktop.shifts import end_shift, is_on_call
from calls.ids import AgentId, is_slug
from calls.journey import Language
from staff.roles import Right, may
from staff.users import User

router = APIRouter()
YEAR_S = 365 * 24 * 3600
LONGEST_PASSWORD = 256
ANYONE = "anyone"
"""The login in audit entries of tries with no possible login."""


class SignInNeeded(Exception):
    """Nobody is signed in, or the sign-in has ended."""


class RightMissing(Exception):
    """The visitor's role does not have `right`."""

    def __init__(self, right: Right) -> None:
        super().__init__(right)
        self.right = right


class ShiftGoesOn(Exception):
    """The engine keeps the agent, on a call: sign out when it is over. Nothing was changed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)


class Needs:
    """A route's dependency: the visitor, if signed in with this right. Without a right: anybody signed in."""

    def __init__(self, right: Right | None) -> None:
        self.right = right

    async def __call__(self, connection: HTTPConnection) -> Visitor:
        visitor = await visitor_of(connection)
        if visitor is None:
            raise _refusal(connection, SignInNeeded())
        if self.right is not None and not may(visitor.user.role, self.right):
            await desk_of(connection).audit(connection, visitor.user.login, "refused", self.right)
            raise _refusal(connection, RightMissing(self.right))
        return visitor


async def visitor_of(connection: HTTPConnection) -> Visitor | None:
    """Who is signed in on this page, or None."""
    desk = desk_of(connection)
    token = connection.cookies.get(cookie_name(connection), "")
    if not token or len(token) > 256:
        return None
    user = await desk.workers.run(desk.services.sign_ins.user_of, token, desk.services.clock.now())
    return Visitor(user, token) if user is not None and user.active else None


async def still_may(connection: HTTPConnection, login: AgentId, right: Right) -> bool:
    """Whether an open page may stay so: signed in, active and with the right; or on a call, which is not to be cut.

    Errors: StaffUnavailable, WorkersBusy when it cannot be told.
    """
    visitor = await visitor_of(connection)
    if visitor is not None and may(visitor.user.role, right):
        return True
    return right is Right.TAKE_CALLS and await is_on_call(desk_of(connection), login)


def cookie_name(connection: HTTPConnection) -> str:
    return "__Host-desk" if _is_secure(connection) else "desk"


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    if await visitor_of(request) is not None:
        return RedirectResponse("/", 303)
    return desk_of(request).render(request, "sign_in.html", error="", login="")


@router.post("/sign-in")
async def sign_in(
    request: Request, login: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    desk = desk_of(request)
    login = login.strip().lower()
    now = desk.services.clock.now()
    if not desk.sign_in_limit.allows(login[:64], now):
        return _sign_in_again(request, "sign_in.too_often", login, 429)
    user: User | None = None
    if is_slug(login) and len(password) <= LONGEST_PASSWORD:
        user = await desk.workers.run(desk.services.users.authenticate, login, password, now)
    if user is None or not user.active:
        await desk.audit(request, login if is_slug(login) else ANYONE, "sign_in_failed", "")
        return _sign_in_again(request, "sign_in.wrong", login, 401)
    desk.sign_in_limit.forget(login)
    await _leave_former(request, desk, user)
    token = await desk.workers.run(desk.services.sign_ins.begin, user.login, now, desk.settings.idle_limit_s)
    await desk.audit(request, user.login, "signed_in", user.login)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        cookie_name(request), token, path="/", httponly=True, samesite="strict", secure=_is_secure(request)
    )
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the shift, the telephone and the sign-in; refused during a call. Works for an ended sign-in too."""
    desk = desk_of(request)
    visitor = await visitor_of(request)
    if visitor is not None:
        if may(visitor.user.role, Right.TAKE_CALLS):
            refused = await end_shift(desk, visitor.user.login)
            if refused is not None:
                raise ShiftGoesOn(refused)
        await desk.workers.run(desk.services.sign_ins.end, visitor.token)
        await desk.audit(request, visitor.user.login, "signed_out", visitor.user.login)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict", secure=_is_secure(request))
    return response


@router.post("/language")
async def choose_language(
    request: Request, language: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/"
) -> Response:
    """Keeps the language in a cookie and returns to the page it was chosen on."""
    response = RedirectResponse(_own_path(back), 303)
    chosen = Language.EN if language == Language.EN else Language.RU
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=YEAR_S, path="/", httponly=True, samesite="strict", secure=_is_secure(request)
    )
    return response


async def _leave_former(request: Request, desk: DeskApp, user: User) -> None:
    """The sign-in that this browser had ends, with its shift when it was another person's.

    Raises ShiftGoesOn while that person is on a call; the own call's page lives on its former sign-in.
    """
    former = await visitor_of(request)
    if former is None:
        return
    login = former.user.login
    if may(former.user.role, Right.TAKE_CALLS):
        if login == user.login:
            if await is_on_call(desk, login):
                return
        elif (refused := await end_shift(desk, login)) is not None:
            raise ShiftGoesOn(refused)
    await desk.workers.run(desk.services.sign_ins.end, former.token)


def _sign_in_again(request: Request, label: str, login: str, status: int) -> Response:
    error = labels_of(request).text(label)
    return desk_of(request).render(request, "sign_in.html", status, error=error, login=login[:64])


def _own_path(back: str) -> str:
    """`back` if it is a plain path of ours: never another site ("//host", "/\\host") and never a header."""
    plain = back.startswith("/") and back.isascii() and back.replace("/", "").replace("-", "").isalnum()
    return back if plain and not back.startswith("//") else "/"


def _is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in {"https", "wss"}


def _refusal(connection: HTTPConnection, why: Exception) -> Exception:
    """WebSockets are refused before they open; the handshake then fails with 403."""
    return WebSocketException(1008, str(why)) if connection.scope["type"] == "websocket" else why
