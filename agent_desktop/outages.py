"""The outages that callers hear of: staff enter one in half a minute, mend its time and end it."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from agent_desktop.desk_app import DeskApp, Visitor, address_of, desk_of, for_script, labels_of
from agent_desktop.sessions import Needs
from calls.clock import Instant, as_instant
from customers.accounts import CAUSES, OutageKind
from customers.outages import (
    LONGEST_CAUSE,
    MOST_PLACES,
    Author,
    Fault,
    NewOutage,
    OutagePlace,
    OutageRefused,
    house,
    is_over,
)
from staff.roles import Right

router = APIRouter(prefix="/outages")
KeepsOutages = Annotated[Visitor, Depends(Needs(Right.KEEP_OUTAGES))]
MOST_FOUND: Final = 8
"""Streets under the field: what fits on the screen beside the rest of the form."""
LocalTime = Annotated[str, Field(max_length=16, pattern=r"^(|\d{4}-\d\d-\d\dT\d\d:\d\d)$")]
"""As a browser's field gives it, by the supplier's clock; empty for none."""


class Place(BaseModel):
    street_id: int = Field(ge=1, le=2**53)
    house: str = Field(default="", max_length=16)


class Entry(BaseModel):
    kind: Literal["emergency", "planned"]
    cause: str = Field(max_length=LONGEST_CAUSE)
    since: LocalTime = ""
    """Empty: now."""
    until: LocalTime = ""
    places: list[Place] = Field(max_length=MOST_PLACES)
    feeder_id: int | None = Field(default=None, ge=1, le=2**53)


class Expected(BaseModel):
    until: LocalTime = ""


@router.get("")
async def page(request: Request, visitor: KeepsOutages) -> Response:
    desk = desk_of(request)
    now, book = desk.services.clock.now(), desk.services.outages
    return desk.render(
        request,
        "outages.html",
        user=visitor.user,
        at=now,
        known=await desk.workers.run(book.known, now),
        ended=await desk.workers.run(book.ended, now),
        over=lambda outage: is_over(outage, now),
        feeders=await desk.workers.run(book.feeders),
        causes=CAUSES,
        words=for_script(labels_of(request).starting_with("outages.script.")),
    )


@router.get("/streets")
async def streets(request: Request, _: KeepsOutages, text: Annotated[str, Query(max_length=80)] = "") -> Response:
    """The first streets that fit what was typed."""
    desk = desk_of(request)
    found = await desk.workers.run(desk.services.outages.streets, text, MOST_FOUND)
    return JSONResponse(
        {"streets": [{"id": street_id, "text": f"{one.settlement}, {one.name}"} for street_id, one in found]}
    )


@router.post("")
async def enter(request: Request, visitor: KeepsOutages, entry: Entry) -> Response:
    desk = desk_of(request)
    now = desk.services.clock.now()
    try:
        new = NewOutage(
            kind=OutageKind(entry.kind),
            cause=entry.cause.strip(),
            since=_instant(desk, entry.since, Fault.SINCE) or now,
            until=_instant(desk, entry.until, Fault.UNTIL),
            places=tuple(OutagePlace(one.street_id, house(one.house)) for one in entry.places),
            feeder_id=entry.feeder_id,
        )
        outage_id = await desk.workers.run(desk.services.outages.enter, new, _author(request, visitor), now)
    except OutageRefused as refused:
        return _refused(request, refused.fault)
    return JSONResponse({"outage_id": outage_id}, 201)


@router.post("/{outage_id}/expect")
async def expect(request: Request, visitor: KeepsOutages, outage_id: int, expected: Expected) -> Response:
    """Another time at which the light is expected; none: nobody knows."""
    desk = desk_of(request)
    now = desk.services.clock.now()
    try:
        until = _instant(desk, expected.until, Fault.UNTIL)
        known = await desk.workers.run(desk.services.outages.expect, outage_id, until, _author(request, visitor), now)
    except OutageRefused as refused:
        return _refused(request, refused.fault)
    return _done(known)


@router.post("/{outage_id}/end")
async def end(request: Request, visitor: KeepsOutages, outage_id: int) -> Response:
    desk = desk_of(request)
    now = desk.services.clock.now()
    return _done(await desk.workers.run(desk.services.outages.end, outage_id, _author(request, visitor), now))


@router.post("/{outage_id}/reopen")
async def reopen(request: Request, visitor: KeepsOutages, outage_id: int) -> Response:
    """It was ended by mistake: callers hear of it again, and who was told is told anew at its real end."""
    desk = desk_of(request)
    now = desk.services.clock.now()
    return _done(await desk.workers.run(desk.services.outages.reopen, outage_id, _author(request, visitor), now))


def _instant(desk: DeskApp, local: str, fault: Fault) -> Instant | None:
    """Raises OutageRefused for what is no time of the calendar."""
    if not local:
        return None
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=desk.zone).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise OutageRefused(fault) from wrong
    return as_instant(moment)


def _author(request: Request, visitor: Visitor) -> Author:
    return Author(visitor.user.login, address_of(request))


def _refused(request: Request, fault: Fault) -> Response:
    return JSONResponse({"error": labels_of(request).text(f"outages.fault.{fault}"), "fault": fault}, 422)


def _done(known: bool) -> Response:
    if not known:
        raise HTTPException(404)
    return JSONResponse({})
