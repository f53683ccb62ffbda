"""What a page asks of the engine, answered in the page's words."""

from fastapi import Request
from starlette.responses import JSONResponse

from acd.events import Event, Refused
from agent_desktop.desk_app import desk_of, labels_of
from agent_desktop.ports import FloorUnavailable
from calls.ids import AgentId


async def ask(request: Request, login: AgentId, wish: Event) -> JSONResponse:
    """The engine's answer as the page's: done, or refused with the reason in words."""
    try:
        answer = await desk_of(request).services.floor.ask(login, wish)
    except FloorUnavailable:
        return refused(request, "engine", 503)
    if isinstance(answer, Refused):
        return refused(request, answer.reason)
    return JSONResponse({})


def refused(request: Request, reason: str, status: int = 409) -> JSONResponse:
    labels = labels_of(request)
    return JSONResponse({"error": labels.first_of(f"refused.{reason}", "refused.unknown"), "reason": reason}, status)
