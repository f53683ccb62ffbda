"""Alerts on the floor: somebody looks after one, and what there was."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from acd.alerts import AlertId
from agent_desktop.desk_app import Visitor, desk_of
from agent_desktop.sessions import Needs
from calls.clock import NEVER, Instant
from staff.roles import Right

router = APIRouter(prefix="/floor/alerts")
PAGE: Final = 50
LATEST: Final = 2**53


@router.get("")
async def history(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Right.SEE_FLOOR))],
    before: Annotated[int | None, Query(ge=0, le=LATEST)] = None,
) -> Response:
    """The newest alerts, or those that were raised before an instant."""
    desk = desk_of(request)
    upto = NEVER if before is None else Instant(before)
    alerts = await desk.workers.run(desk.services.alerts.recent, PAGE, upto)
    view = await desk.services.floor.view()
    return desk.render(
        request,
        "alerts.html",
        user=visitor.user,
        at=desk.services.clock.now(),
        alerts=alerts,
        queues=view.queues,
        older=alerts[-1].raised_at if len(alerts) == PAGE else None,
    )


@router.post("/{alert_id}/acknowledge")
async def acknowledge(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Right.ACKNOWLEDGE_ALERTS))], alert_id: str
) -> Response:
    """Say that this person looks after it; whoever was first stays. The act is recorded."""
    desk = desk_of(request)
    login = visitor.user.login
    await desk.audit(request, login, "acknowledged_alert", alert_id)
    alert = await desk.workers.run(
        desk.services.alerts.acknowledge, AlertId(alert_id), login, desk.services.clock.now()
    )
    if alert is None:
        raise HTTPException(404)
    return JSONResponse({"acknowledged_by": alert.acknowledged_by})
