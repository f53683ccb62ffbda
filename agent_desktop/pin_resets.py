"""PIN resets: an agent asks from the own call, another person with the right decides; neither sees a code or a PIN."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from acd.model import Call
from agent_desktop.desk_app import DeskApp, Visitor, address_of, desk_of, for_script, labels_of, language_of
from agent_desktop.desk_state import call_of
from agent_desktop.events import Beat, event, feed_of, stream
from agent_desktop.reset_board import LOOK_S
from agent_desktop.sessions import Needs, still_may
from agent_desktop.wishes import refused
from calls.ids import AgentId, CallId
from calls.journey import Language
from calls.numbers import parse_number, takes_messages
from customers.accounts import AccountNumber
from customers.outages import Author
from customers.pin_resets import (
    Checked,
    Decided,
    NewPinReset,
    PinReset,
    PinResets,
    ResetId,
    ResetState,
)
from customers.ports import Accounts
from customers.staff_words import LONGEST_TEXT
from staff.roles import Right

router = APIRouter()
Asks = Annotated[Visitor, Depends(Needs(Right.ASK_PIN_RESET))]
Approves = Annotated[Visitor, Depends(Needs(Right.APPROVE_PIN_RESET))]
TAIL = 4
"""Digits that are shown of an account or a telephone: enough to speak about it."""


class ResetAsked(BaseModel):
    call_id: str = Field(max_length=64)
    account: str = Field(max_length=32)
    phone: str = Field(max_length=64)
    checked: Checked
    reason: str = Field(min_length=1, max_length=LONGEST_TEXT, pattern=r"\S")


class Word(BaseModel):
    word: str = Field(min_length=1, max_length=LONGEST_TEXT, pattern=r"\S")
    lift: bool = False


@dataclass(frozen=True, slots=True)
class ResetRow:
    """One request as a supervisor sees it. `on_file`: the telephone is one of the account's own."""

    reset: PinReset
    account: str
    phone: str
    on_file: bool
    own: bool


@router.post("/desk/pin-reset")
async def ask(request: Request, visitor: Asks, told: ResetAsked) -> Response:
    """Ask for a reset. Only from the agent's own call, also after it has ended."""
    desk = desk_of(request)
    resets, login = _resets(desk), visitor.user.login
    call = call_of(await desk.services.floor.view(), login)
    own = call is not None and call.call_id == told.call_id
    if not own and not desk.own_calls.holds(login, CallId(told.call_id)):
        return refused(request, "no_such_call", 404)
    phone = parse_number(told.phone)
    if phone is None or not takes_messages(phone):
        return refused(request, "reset_phone", 422)
    account = AccountNumber(told.account.replace(" ", ""))
    if await desk.workers.run(desk.services.accounts.find, account) is None:
        return refused(request, "reset_account", 404)
    call_id, language = CallId(told.call_id), _language(call if own else None)
    new = NewPinReset(account, phone, told.reason.strip(), told.checked, call_id, language)
    kept = await desk.workers.run(resets.ask, new, _author(request, visitor), desk.services.clock.now())
    desk.resets.look_again()
    if kept is None:
        return refused(request, "reset_waits")
    return JSONResponse({"reset_id": kept.reset_id}, 201)


@router.get("/pin-resets")
async def page(request: Request, visitor: Approves) -> Response:
    desk = desk_of(request)
    _resets(desk)
    return desk.render(
        request,
        "pin_resets.html",
        user=visitor.user,
        at=desk.services.clock.now(),
        rows=await _rows(desk, visitor.user.login),
        words=for_script(labels_of(request).starting_with("resets.script.", "strip.")),
    )


@router.get("/pin-resets/events")
async def events(request: Request, visitor: Approves) -> Response:
    return stream(_live(request, desk_of(request), visitor.user.login))


@router.post("/pin-resets/{reset_id}/approve")
async def approve(request: Request, visitor: Approves, reset_id: str, word: Word) -> Response:
    """Approve: the code goes to the named telephone in the same moment."""
    desk = desk_of(request)
    by, now = _author(request, visitor), desk.services.clock.now()
    resets = _resets(desk)

    def decide() -> Decided:
        return resets.approve(ResetId(reset_id), word.word, by, now, lift=word.lift)

    return _told(request, desk, await desk.workers.run(decide))


@router.post("/pin-resets/{reset_id}/refuse")
async def refuse(request: Request, visitor: Approves, reset_id: str, word: Word) -> Response:
    desk = desk_of(request)
    by, now = _author(request, visitor), desk.services.clock.now()
    decided = await desk.workers.run(_resets(desk).refuse, ResetId(reset_id), word.word, by, now)
    return _told(request, desk, decided)


def answers(mine: tuple[PinReset, ...]) -> list[dict[str, object]]:
    """What the agent's page is told of the own requests: never the telephone or the whole account."""
    return [
        {"id": one.reset_id, "tail": one.new.account[-TAIL:], "state": one.state.value, "word": one.word}
        for one in mine
    ]


def _told(request: Request, desk: DeskApp, decided: Decided) -> Response:
    desk.resets.look_again()
    if decided is Decided.DONE:
        return JSONResponse({})
    return refused(request, f"reset_{decided}", 404 if decided is Decided.GONE else 409)


async def _live(request: Request, desk: DeskApp, login: AgentId) -> AsyncIterator[bytes]:
    """The rows at once and whenever they change; a beat between."""
    clock, sent = desk.services.clock, None
    beat, check = Beat(desk.settings.beat_s), Beat(desk.settings.check_s)
    async with feed_of(desk.services.floor.changes()) as feed:
        while True:
            rows = await _rows(desk, login)
            if rows != sent:
                html = desk.fragment(language_of(request), "pin_reset_rows.html", rows=rows)
                yield event("rows", {"at": clock.now(), "html": html, "count": len(rows)})
                sent = rows
            try:
                await feed.next(min(beat.left_s(), LOOK_S))
            except StopAsyncIteration:
                return
            if check.due() and not await still_may(request, login, Right.APPROVE_PIN_RESET):
                yield event("signed_out", None)
                return
            if beat.due():
                yield event("beat", {"at": clock.now()})


async def _rows(desk: DeskApp, login: AgentId) -> list[ResetRow]:
    waiting = await desk.resets.waiting()
    return await desk.workers.run(_as_rows, desk.services.accounts, waiting, login) if waiting else []


def _as_rows(accounts: Accounts, waiting: tuple[PinReset, ...], login: AgentId) -> list[ResetRow]:
    return [
        ResetRow(
            one,
            account=one.new.account[-TAIL:],
            phone=one.new.phone[-TAIL:],
            on_file=one.new.phone in accounts.phones(one.new.account),
            own=one.asked_by == login,
        )
        for one in waiting
        if one.state is ResetState.ASKED
    ]


def _resets(desk: DeskApp) -> PinResets:
    """Raises a 404 where no SMS go out, and so no PIN is reset."""
    if desk.services.pin_resets is None:
        raise HTTPException(404)
    return desk.services.pin_resets


def _language(call: Call | None) -> Language:
    return Language.RU if call is None else call.facts.language


def _author(request: Request, visitor: Visitor) -> Author:
    return Author(visitor.user.login, address_of(request))
