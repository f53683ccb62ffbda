"""The agent's desk: the page, its live stream, commands to the engine, the card, the note, the telephone."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from acd.errors import Reason
from acd.events import AgentNotReady, AgentReady, AgentSignedIn, ExtendWrapUp, WrapUpEnded
from acd.model import Call, Presence
from agent_desktop import reasons
from agent_desktop.card import CallerCard, caller_card, card_without_data, step_words
from agent_desktop.desk_app import DeskApp, Visitor, desk_of, for_script, labels_of, language_of
from agent_desktop.desk_state import DeskState, call_of, calls_told_of, concerns, desk_state
from agent_desktop.events import Beat, event, feed_of, stream
from agent_desktop.labels import labels_in
from agent_desktop.pin_resets import answers
from agent_desktop.ports import FloorView
from agent_desktop.reset_board import LOOK_S
from agent_desktop.sessions import Needs, still_may
from agent_desktop.wishes import ask, refused
from agent_desktop.workers import WorkersBusy
from calls.ids import AgentId, CallId
from calls.journey import Language
from customers.accounts import AccountNumber
from customers.pin_resets import Checked, PinReset
from staff.ports import StaffUnavailable
from staff.roles import Right, may
from staff.users import User

log = structlog.get_logger()
router = APIRouter(prefix="/desk")
Agent = Annotated[Visitor, Depends(Needs(Right.TAKE_CALLS))]
SeesCustomers = Annotated[Visitor, Depends(Needs(Right.SEE_CUSTOMERS))]
LONGEST_NOTE = 4000
CLIENT_LABELS = (
    "duty.",
    "state.",
    "reason.",
    "phone.",
    "strip.",
    "desk.",
    "note.",
    "mic.",
    "health.",
    "key.",
    "transfer.",
    "reset.",
    "pay.",
)


class ReasonGiven(BaseModel):
    reason: str = Field(max_length=32)


class NoteTyped(BaseModel):
    call_id: str = Field(max_length=64)
    reason: str = Field(max_length=32)
    note: str = Field(max_length=LONGEST_NOTE)


@router.get("")
async def page(request: Request, visitor: Agent) -> Response:
    """The whole desk with the state of this instant: a reload shows where the agent was."""
    desk = desk_of(request)
    view = await desk.services.floor.view()
    login = visitor.user.login
    call = call_of(view, login)
    shown = await _card_message(desk, language_of(request), call, None)
    if call is not None:
        await _record_sight(request, desk, visitor.user, shown)
    labels = labels_of(request)
    return desk.render(
        request,
        "desk.html",
        user=visitor.user,
        state=msgspec.json.encode(_state(desk, view, login, language_of(request))).decode(),
        card=shown,
        words=for_script(labels.starting_with(*CLIENT_LABELS)),
        not_ready=reasons.NOT_READY,
        wrap_up=reasons.WRAP_UP,
        resets=desk.services.pin_resets is not None and may(visitor.user.role, Right.ASK_PIN_RESET),
        checks=tuple(Checked),
    )


@router.get("/events")
async def events(request: Request, visitor: Agent) -> Response:
    return stream(_live(request, desk_of(request), visitor))


@router.get("/card/{call_id}/{account}")
async def card_of_account(request: Request, visitor: SeesCustomers, call_id: str, account: str) -> Response:
    """The card of another account of the same caller. Only of the agent's own call, only of the caller's accounts."""
    desk = desk_of(request)
    call = call_of(await desk.services.floor.view(), visitor.user.login)
    if call is None or call.call_id != call_id:
        return refused(request, "no_such_call", 404)
    shown = await _card_message(desk, language_of(request), call, AccountNumber(account))
    if shown.account != account:
        return refused(request, "no_such_account", 404)
    await _record_sight(request, desk, visitor.user, shown)
    return HTMLResponse(shown.html)


@router.post("/ready")
async def ready(request: Request, visitor: Agent) -> Response:
    view = await desk_of(request).services.floor.view()
    agent = view.agents.get(visitor.user.login)
    if agent is None or not agent.reachable:
        return refused(request, Reason.TELEPHONE_UNREACHABLE)
    return await ask(request, visitor.user.login, AgentReady(visitor.user.login))


@router.post("/not-ready")
async def not_ready(request: Request, visitor: Agent, given: ReasonGiven) -> Response:
    if given.reason not in (*reasons.NOT_READY, *reasons.BY_ITSELF):
        return refused(request, "reason")
    return await ask(request, visitor.user.login, AgentNotReady(visitor.user.login, given.reason))


@router.post("/wrap-up/end")
async def end_wrap_up(request: Request, visitor: Agent) -> Response:
    return await ask(request, visitor.user.login, WrapUpEnded(visitor.user.login))


@router.post("/wrap-up/more")
async def extend_wrap_up(request: Request, visitor: Agent) -> Response:
    return await ask(request, visitor.user.login, ExtendWrapUp(visitor.user.login))


@router.post("/note")
async def save_note(request: Request, visitor: Agent, typed: NoteTyped) -> Response:
    """Keep what was typed. A note that arrives after the wrap-up's limit is still the agent's own last call."""
    desk = desk_of(request)
    login = visitor.user.login
    call = call_of(await desk.services.floor.view(), login)
    if call is not None:
        desk.own_calls.add(login, call.call_id)
    if not desk.own_calls.holds(login, CallId(typed.call_id)):
        return refused(request, "not_your_call", 404)
    if typed.reason and typed.reason not in reasons.WRAP_UP:
        return refused(request, "reason", 422)
    now = desk.services.clock.now()
    await desk.workers.run(desk.services.notes.save, CallId(typed.call_id), login, typed.reason, typed.note, now)
    return JSONResponse({"saved_at": now})


@router.post("/telephone")
async def open_telephone(request: Request, visitor: Agent) -> Response:
    """A new secret for this page's telephone, valid at once; the shift begins if it has not."""
    desk = desk_of(request)
    login = visitor.user.login
    # Asked in any case, though a shift that goes on stays as it is: what the desk sees may be older than a sign-out.
    begun = await ask(request, login, AgentSignedIn(login, visitor.user.name, visitor.user.skills))
    if begun.status_code == 503 and await _goes_on(desk, login):
        log.warning("telephone without the engine", login=login)
    elif begun.status_code != 200:
        return begun
    async with desk.opening[login]:
        # Two pages at once: the newest secret and the newest line go to the same page.
        account = await desk.workers.run(desk.services.softphones.rotate, login)
        line = desk.sockets.new_line(login)
    await desk.audit(request, login, "telephone_opened", login)
    return JSONResponse({"user": account.user, "secret": account.secret, "realm": account.realm, "line": line})


async def _goes_on(desk: DeskApp, login: AgentId) -> bool:
    """Whether the shift goes on as far as is seen. Raises FloorUnavailable."""
    agent = (await desk.services.floor.view()).agents.get(login)
    return agent is not None and agent.presence is not Presence.SIGNED_OUT


class CardMessage(msgspec.Struct, frozen=True):
    """What the page needs of a call: its card as HTML, whose it is (for the alert), and the note as last saved."""

    call_id: str
    html: str
    who: str
    account: str
    reason: str
    note: str


async def _live(request: Request, desk: DeskApp, visitor: Visitor) -> AsyncIterator[bytes]:
    """State at once and at each change that concerns this agent; the card after it; a beat between.

    Ends (and the page comes again) when the feed drops us or the sign-in has ended.
    """
    login, language = visitor.user.login, language_of(request)
    shown: CallId | None = None
    told_of: frozenset[CallId] = frozenset()
    beat, check = Beat(desk.settings.beat_s), Beat(desk.settings.check_s)
    answered: tuple[PinReset, ...] = ()
    async with feed_of(desk.services.floor.changes()) as feed:
        view = await desk.services.floor.view()
        fresh = True
        while True:
            if fresh:
                call = call_of(view, login)
                yield event("state", _state(desk, view, login, language), view.version)
                if call is not None and call.call_id != shown:
                    desk.own_calls.add(login, call.call_id)
                    message = await _card_message(desk, language, call, None)
                    yield event("card", message)
                    await _record_sight(request, desk, visitor.user, message)
                shown = None if call is None else call.call_id
                told_of = calls_told_of(view, login)
            if (mine := await desk.resets.of(login)) != answered:
                yield event("resets", answers(mine))
                answered = mine
            try:
                change = await feed.next(min(beat.left_s(), LOOK_S))
            except StopAsyncIteration:
                return
            fresh = change is not None and concerns(change, login, told_of)
            if fresh:
                view = await desk.services.floor.view()
            if check.due() and not await still_may(request, login, Right.TAKE_CALLS):
                yield event("signed_out", None)
                return
            if beat.due():
                yield event("beat", {"at": desk.services.clock.now(), "line": desk.sockets.line_of(login)})


def _state(desk: DeskApp, view: FloorView, login: AgentId, language: Language) -> DeskState:
    return desk_state(view, login, desk.services.clock.now(), desk.sockets.line_of(login), language)


async def _card_message(
    desk: DeskApp, language: Language, call: Call | None, chosen: AccountNumber | None
) -> CardMessage:
    if call is None:
        return CardMessage("", desk.fragment(language, "card_empty.html"), "", "", "", "")
    now = desk.services.clock.now()
    try:
        card = await desk.workers.run(caller_card, desk.services.accounts, call, chosen, now)
    except WorkersBusy:
        card = card_without_data(call, now)
    try:
        kept = await desk.workers.run(desk.services.notes.load, call.call_id)
    except (StaffUnavailable, WorkersBusy):
        kept = None
    reason, note = kept or ("", "")
    labels = labels_in(language)
    html = desk.fragment(
        language,
        "card.html",
        card=card,
        resets=desk.services.pin_resets is not None,
        steps=[step_words(step, labels) for step in card.steps],
        payments=desk.settings.payments,
    )
    who = card.customer.account.customer_name if card.customer else card.number or labels.text("card.unknown")
    return CardMessage(call.call_id, html, who, _account_of(card), reason, note)


def _account_of(card: CallerCard) -> str:
    return card.customer.account.number if card.customer else ""


async def _record_sight(request: Request, desk: DeskApp, user: User, shown: CardMessage) -> None:
    """Seeing a customer's data is recorded, once a call and account. A caller who waits comes before the record."""
    sight = f"{shown.call_id} {shown.account}"
    if not shown.account or not desk.sights.add(user.login, sight):
        return
    try:
        await desk.audit(request, user.login, "saw_customer", shown.account)
    except (StaffUnavailable, WorkersBusy):
        desk.sights.forget(user.login, sight)
        log.exception("a sight of a customer is not recorded", call_id=shown.call_id, login=user.login)
