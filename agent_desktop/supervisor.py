"""The supervisor's page: queues, waiting callers and agents, live, by changed rows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from agent_desktop import floor_rows
from agent_desktop.desk_app import DeskApp, Visitor, desk_of, for_script, labels_of, language_of
from agent_desktop.events import TICK_S, Beat, event, feed_of, stream
from agent_desktop.floor_rows import Row
from agent_desktop.ports import FloorView
from agent_desktop.reset_board import LOOK_S
from agent_desktop.sessions import Needs, still_may
from calls.journey import Language
from staff.roles import Right, may
from staff.users import User

router = APIRouter(prefix="/floor")
SeesFloor = Annotated[Visitor, Depends(Needs(Right.SEE_FLOOR))]
TABLES = ("alerts", "queues", "waiting", "agents")


class TableRows(msgspec.Struct, frozen=True):
    """Changed rows by key, and the whole order of keys when it has changed (else None)."""

    rows: dict[str, str]
    order: list[str] | None


@router.get("")
async def page(request: Request, visitor: SeesFloor) -> Response:
    desk = desk_of(request)
    view = await desk.services.floor.view()
    return desk.render(
        request,
        "floor.html",
        user=visitor.user,
        at=desk.services.clock.now(),
        resets=await _resets(desk, visitor.user),
        tables={name: list(_tables(view)[name].values()) for name in TABLES},
        words=for_script(labels_of(request).starting_with("strip.", "floor.")),
    )


@router.get("/events")
async def events(request: Request, visitor: SeesFloor) -> Response:
    return stream(_live(request, desk_of(request), visitor.user))


class RowsSent:
    """What one page has been sent: only rows that differ from it go out again."""

    def __init__(self, desk: DeskApp, language: Language) -> None:
        self._desk = desk
        self._language = language
        self._rows: dict[str, dict[str, Row] | None] = dict.fromkeys(TABLES)

    def update(self, view: FloorView) -> dict[str, TableRows]:
        """The difference between what the page has and this view, by table; empty when nothing differs."""
        changed: dict[str, TableRows] = {}
        for name, rows in _tables(view).items():
            known = self._rows[name]
            sent = known or {}
            fresh = {key: self._html(name, row) for key, row in rows.items() if sent.get(key) != row}
            # The page was drawn before its stream began: what has gone since then is told by the first order.
            order = list(rows) if known is None or list(rows) != list(sent) else None
            if fresh or order is not None:
                changed[name] = TableRows(fresh, order)
            self._rows[name] = dict(rows)
        return changed

    def _html(self, table: str, row: Row) -> str:
        """Rendered once for all pages of a language: equal rows are the same bytes."""
        return self._desk.rows.html(self._language, table, row)


def _tables(view: FloorView) -> dict[str, dict[str, Row]]:
    return {
        "alerts": floor_rows.alert_rows(view),
        "queues": floor_rows.queue_rows(view),
        "waiting": floor_rows.waiting_rows(view),
        "agents": floor_rows.agent_rows(view),
    }


async def _resets(desk: DeskApp, user: User) -> int | None:
    """How many requests for a new PIN wait; None for who does not decide on them."""
    if desk.services.pin_resets is None or not may(user.role, Right.APPROVE_PIN_RESET):
        return None
    return len(await desk.resets.waiting())


async def _live(request: Request, desk: DeskApp, user: User) -> AsyncIterator[bytes]:
    """Everything at once, then changed rows at most four times a second, a beat when nothing happens."""
    login, told = user.login, None
    floor, clock = desk.services.floor, desk.services.clock
    sent = RowsSent(desk, language_of(request))
    beat, check = Beat(desk.settings.beat_s), Beat(desk.settings.check_s)
    async with feed_of(floor.changes()) as feed:
        view = await floor.view()
        yield event("rows", {"at": clock.now(), "tables": sent.update(view)}, view.version)
        while True:
            if (waiting := await _resets(desk, user)) != told:
                yield event("resets", {"waiting": waiting})
                told = waiting
            try:
                change = await feed.next(min(beat.left_s(), LOOK_S))
                if change is not None:
                    await asyncio.sleep(TICK_S)
                    while await feed.next(0) is not None:
                        pass
                    view = await floor.view()
                    tables = sent.update(view)
                    if tables:
                        yield event("rows", {"at": clock.now(), "tables": tables}, view.version)
            except StopAsyncIteration:
                return
            if check.due() and not await still_may(request, login, Right.SEE_FLOOR):
                yield event("signed_out", None)
                return
            if beat.due():
                # Without a report for a while the monitor's figures go from the page, although nothing has changed.
                view = await floor.view()
                if tables := sent.update(view):
                    yield event("rows", {"at": clock.now(), "tables": tables}, view.version)
                yield event("beat", {"at": clock.now()})
