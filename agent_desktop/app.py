"""The desk as one ASGI application. Routes, error pages, static files; what a route may do stands at the route."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_desktop import (
    alerts,
    appeals,
    desk,
    home,
    outages,
    payments,
    pin_resets,
    prompt_shelf,
    reference,
    sessions,
    signalling,
    supervisor,
    transfers,
)
from agent_desktop.booth import booth_router
from agent_desktop.desk_app import ROOM, DeskApp, desk_of, labels_of
from agent_desktop.labels import labels_in
from agent_desktop.listening import Listening
from agent_desktop.ports import FloorUnavailable, SoundUnavailable, TelephonesUnavailable
from agent_desktop.security import Guard
from agent_desktop.services import DeskServices
from agent_desktop.sessions import RightMissing, ShiftGoesOn, SignInNeeded
from agent_desktop.shifts import watch_shifts
from agent_desktop.workers import WorkersBusy
from calls.journey import Language
from customers.ports import CustomersUnavailable
from staff.ports import StaffUnavailable

log = structlog.get_logger()
_HTTP_ERRORS = {404: "error.not_found", 405: "error.not_found", 413: "error.too_large", 429: "error.too_often"}


def create_app(services: DeskServices) -> FastAPI:
    """The desk over these services. Errors: a broken catalogue of labels or an unknown time zone raise here."""
    state = DeskApp(services)
    for language in Language:
        labels_in(language)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch_shifts(state), name="shifts")
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        state.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.state.desk = state
    app.state.listening = Listening()
    for part in (
        home,
        sessions,
        desk,
        payments,
        transfers,
        supervisor,
        alerts,
        outages,
        appeals,
        pin_resets,
        signalling,
        reference,
        prompt_shelf,
    ):
        app.include_router(part.router)
    if services.booth is not None:
        app.include_router(booth_router(services.booth))
    app.mount("/static", StaticFiles(directory=ROOM / "static"), name="static")
    _answer_errors(app)
    app.add_middleware(Faults)
    app.add_middleware(Guard)
    return app


def _answer_errors(app: FastAPI) -> None:
    app.add_exception_handler(SignInNeeded, _sign_in_needed)
    app.add_exception_handler(RightMissing, _right_missing)
    app.add_exception_handler(ShiftGoesOn, _shift_goes_on)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(SoundUnavailable, _no_sound)
    for unavailable in (FloorUnavailable, TelephonesUnavailable, CustomersUnavailable, StaffUnavailable, WorkersBusy):
        app.add_exception_handler(unavailable, _unavailable)


async def _sign_in_needed(request: Request, _: Exception) -> Response:
    if request.method == "GET" and not _wants_data(request):
        return RedirectResponse("/sign-in", 303)
    return _error(request, 401, "error.sign_in")


async def _right_missing(request: Request, why: Exception) -> Response:
    right = why.right if isinstance(why, RightMissing) else ""
    return _error(request, 403, "error.right", right=labels_of(request).text(f"right.{right}"))


async def _shift_goes_on(request: Request, why: Exception) -> Response:
    return _error(request, 409, f"refused.{why}")


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error(request, status, _HTTP_ERRORS.get(status, "error.request"))


async def _bad_request(request: Request, _: Exception) -> Response:
    return _error(request, 422, "error.request")


async def _no_sound(request: Request, _: Exception) -> Response:
    return _error(request, 503, "listen.unavailable")


async def _unavailable(request: Request, why: Exception) -> Response:
    log.warning("a service is away", what=type(why).__name__, path=request.url.path)
    return _error(request, 503, "error.unavailable")


class Faults:
    """Faults of ours become a kind page, inside of Guard: the framework's own place for it is outside of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as fault:
            log.error("unexpected", path=scope.get("path"), exc_info=fault)
            if scope["type"] == "http" and not begun:
                await _error(Request(scope), 500, "error.ours")(scope, receive, send)


def _error(request: Request, status: int, label: str, **values: object) -> Response:
    """A kind page, or for the page's own script one sentence as data."""
    sentence = labels_of(request).text(label, **values)
    if _wants_data(request):
        return JSONResponse({"error": sentence}, status)
    return desk_of(request).render(request, "error.html", status, sentence=sentence)


def _wants_data(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "text/html" not in accepts
