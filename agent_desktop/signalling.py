"""The page's telephone socket: SIP over WebSocket (RFC 7118), passed on to the switch, one upstream a page.

The Origin was checked by agent_desktop.security. Frames are passed on as they are, bounded in size; a page that says
nothing for longer than `IDLE_S` (its own keep-alive is far shorter) is closed.
"""

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from agent_desktop.desk_app import Visitor, desk_of
from agent_desktop.sessions import Needs, still_may
from agent_desktop.sockets import Closing
from agent_desktop.workers import WorkersBusy
from calls.ids import AgentId
from staff.ports import StaffUnavailable
from staff.roles import Right

log = structlog.get_logger()
router = APIRouter()
SUBPROTOCOL = "sip"
LONGEST_FRAME = 64 * 1024
"""Bytes of one SIP message; the largest that the switch sends is far smaller."""
OPEN_S = 3.0
IDLE_S = 300.0
"""JsSIP registers anew within 90 s, so that a silent page is a dead one."""
MOVED = 4409
TRY_AGAIN_LATER = 1013


@router.websocket("/sip")
async def sip(
    websocket: WebSocket, visitor: Annotated[Visitor, Depends(Needs(Right.TAKE_CALLS))], line: str = ""
) -> None:
    """An agent's telephone socket; closed when the sign-in ends and when the telephone moves to a newer page."""
    sockets = desk_of(websocket).sockets
    login = visitor.user.login
    closing = sockets.opened(login, line)
    if closing is None:
        await websocket.close(MOVED, "The telephone is open on another page.")
        return
    watching = asyncio.create_task(_refuse_when_signed_out(websocket, login, closing))
    try:
        await relay(websocket, desk_of(websocket).settings.sip_upstream, closing)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        sockets.closed(login, closing)


async def _refuse_when_signed_out(websocket: WebSocket, login: AgentId, closing: Closing) -> None:
    """A sign-in that ended elsewhere, a user deactivated: no more signalling, though never in the middle of a call."""
    while True:
        await asyncio.sleep(desk_of(websocket).settings.check_s)
        try:
            if not await still_may(websocket, login, Right.TAKE_CALLS):
                closing.refuse()
                return
        except (StaffUnavailable, WorkersBusy) as away:
            log.warning("a telephone's sign-in is not checked", what=type(away).__name__)


async def relay(websocket: WebSocket, upstream: str, closing: Closing) -> None:
    """Pass frames both ways until one side closes, nothing is heard, or `closing` is set."""
    if SUBPROTOCOL not in websocket.scope.get("subprotocols", []):
        await websocket.close(1002, "Only SIP is spoken here.")
        return
    try:
        switch = await connect(
            upstream,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            open_timeout=OPEN_S,
            max_size=LONGEST_FRAME,
            max_queue=32,
            proxy=None,
        )
    except (OSError, TimeoutError, WebSocketException) as fault:
        log.warning("switch's WebSocket does not open", fault=type(fault).__name__)
        await websocket.close(TRY_AGAIN_LATER, "The switch does not answer.")
        return
    async with switch:
        await websocket.accept(subprotocol=SUBPROTOCOL)
        ways = {
            asyncio.create_task(_to_switch(websocket, switch)),
            asyncio.create_task(_to_page(switch, websocket)),
            asyncio.create_task(_until(closing)),
        }
        _, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in pending:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    try:
        await websocket.close(closing.code)
    except (RuntimeError, WebSocketDisconnect):
        pass  # the page was the one that closed


async def _to_switch(page: WebSocket, switch: ClientConnection) -> None:
    try:
        while True:
            message = await asyncio.wait_for(page.receive(), IDLE_S)
            if message["type"] != "websocket.receive":
                return
            frame = message.get("text") or message.get("bytes") or ""
            if len(frame) > LONGEST_FRAME:
                return
            await switch.send(frame)
    except (TimeoutError, ConnectionClosed, WebSocketDisconnect):
        return


async def _to_page(switch: ClientConnection, page: WebSocket) -> None:
    try:
        async for frame in switch:
            if isinstance(frame, str):
                await page.send_text(frame)
            else:
                await page.send_bytes(frame)
    except (ConnectionClosed, WebSocketDisconnect, RuntimeError):
        return


async def _until(closing: asyncio.Event) -> None:
    await closing.wait()
