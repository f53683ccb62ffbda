"""The first page after sign-in, by role, and whether the desk is well."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from agent_desktop.desk_app import Visitor, desk_of
from agent_desktop.ports import FloorUnavailable
from agent_desktop.sessions import Needs
from staff.roles import Right, Role, may

router = APIRouter()
HEALTH_S = 2.0


@router.get("/")
async def first_page(request: Request, visitor: Annotated[Visitor, Depends(Needs(None))]) -> Response:
    """Supervisors begin at the floor, agents at the desk; a role without a page is told so."""
    role = visitor.user.role
    if role is Role.AGENT:
        return RedirectResponse("/desk", 303)
    if may(role, Right.SEE_FLOOR):
        return RedirectResponse("/floor", 303)
    return desk_of(request).render(request, "home.html", user=visitor.user)


@router.get("/health")
async def health(request: Request) -> Response:
    """For machines: 200 when the floor is seen, else 503 with what is missing."""
    try:
        async with asyncio.timeout(HEALTH_S):
            await desk_of(request).services.floor.view()
    except (FloorUnavailable, TimeoutError):
        return JSONResponse({"desk": "ok", "floor": "unavailable"}, 503)
    return JSONResponse({"desk": "ok", "floor": "ok"})
