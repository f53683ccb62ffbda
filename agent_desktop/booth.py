"""The browser telephone of the demo: rings the hotline with touch tones. In production these routes do not exist."""

from fastapi import APIRouter, Request, WebSocket
from starlette.responses import JSONResponse, Response

from agent_desktop.desk_app import desk_of, for_script, labels_of
from agent_desktop.ports import PhoneBooth
from agent_desktop.signalling import TRY_AGAIN_LATER, relay

CLIENT_LABELS = ("booth.", "mic.")


def booth_router(booth: PhoneBooth) -> APIRouter:
    """The booth's routes, open to everybody: whoever runs the demo wants its visitors to ring."""
    router = APIRouter(prefix="/phone")

    @router.get("")
    async def page(request: Request) -> Response:
        labels = labels_of(request)
        words = for_script(labels.starting_with(*CLIENT_LABELS))
        return desk_of(request).render(
            request, "phone.html", callers=booth.callers(), hotline=booth.hotline(), words=words
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

    return router
