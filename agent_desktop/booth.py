"""The browser telephone of the demo: rings the hotline with touch tones, and shows the SMS to the number it rings from.

In production these routes do not exist.
"""

import asyncio
import time

from fastapi import APIRouter, HTTPException, Request, WebSocket
from starlette.responses import JSONResponse, Response

from agent_desktop.desk_app import DeskApp, desk_of, for_script, labels_of
from agent_desktop.ports import BoothMessage, DemoCaller, PhoneBooth
from agent_desktop.signalling import TRY_AGAIN_LATER, relay

CLIENT_LABELS = ("booth.", "mic.")
FRESH_S = 1.0
"""So long an answer of the post box is given to every page that asks: visitors cost the agents' database nothing."""


def booth_router(booth: PhoneBooth) -> APIRouter:
    """The booth's routes, open to everybody: whoever runs the demo wants its visitors to ring."""
    router = APIRouter(prefix="/phone")

    @router.get("")
    async def page(request: Request) -> Response:
        labels = labels_of(request)
        return desk_of(request).render(
            request,
            "phone.html",
            callers=booth.callers(),
            hotline=booth.hotline(),
            post_box=booth.has_post_box(),
            words=for_script(labels.starting_with(*CLIENT_LABELS)),
        )

    @router.post("/account")
    async def account(request: Request) -> Response:
        given = await desk_of(request).workers.run(booth.account)
        return JSONResponse({"user": given.user, "secret": given.secret, "realm": given.realm})

    @router.websocket("/sip")
    async def sip(websocket: WebSocket) -> None:
        desk = desk_of(websocket)
        with desk.booth_sockets.place() as closing:
            if closing is None:
                await websocket.close(TRY_AGAIN_LATER, "All demo telephones are in use.")
            else:
                await relay(websocket, desk.settings.sip_upstream, closing)

    if booth.has_post_box():
        _serve_post_box(router, booth)
    return router


def _serve_post_box(router: APIRouter, booth: PhoneBooth) -> None:
    known = {caller.phone: _Shown(booth, caller) for caller in booth.callers()}

    @router.get("/messages")
    async def messages(request: Request, number: str = "") -> Response:
        """The SMS to a number of the demo; of no other one anything is told."""
        if number not in known:
            raise HTTPException(404)
        shown = await known[number].now(desk_of(request))
        return JSONResponse({"messages": [{"id": one.message_id, "text": one.text, "at": one.at} for one in shown]})


class _Shown:
    """The messages of one number, asked for at most once in FRESH_S."""

    def __init__(self, booth: PhoneBooth, caller: DemoCaller) -> None:
        self._booth = booth
        self._caller = caller
        self._asking = asyncio.Lock()
        self._until = 0.0
        self._messages: tuple[BoothMessage, ...] = ()

    async def now(self, desk: DeskApp) -> tuple[BoothMessage, ...]:
        async with self._asking:
            if time.monotonic() >= self._until:
                self._messages = await desk.workers.run(self._booth.messages, self._caller)
                self._until = time.monotonic() + FRESH_S
            return self._messages
