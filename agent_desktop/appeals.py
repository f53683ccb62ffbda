"""What customers have reported and ordered by telephone: the open ones, the soonest due first, and what was done."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from agent_desktop.desk_app import Visitor, address_of, desk_of
from agent_desktop.sessions import Needs
from agent_desktop.wav import wav_of
from customers.appeals import MOVES, AppealNumber, AppealState, soon_at
from customers.outages import Author
from customers.staff_words import LONGEST_TEXT
from staff.roles import Right

router = APIRouter(prefix="/appeals")
KeepsAppeals = Annotated[Visitor, Depends(Needs(Right.KEEP_APPEALS))]
MOST: Final = 200
"""Rows of the page; more are not looked through, the soonest due come first anyway."""


@router.get("")
async def page(request: Request, visitor: KeepsAppeals) -> Response:
    desk = desk_of(request)
    now, book = desk.services.clock.now(), desk.services.appeals
    return desk.render(
        request,
        "appeals.html",
        user=visitor.user,
        at=now,
        appeals=await desk.workers.run(book.open, MOST),
        closed=await desk.workers.run(book.closed_lately, now),
        soon_at=soon_at,
        spoken=await desk.workers.run(desk.services.messages.numbers),
        moves=MOVES,
        most=MOST,
    )


@router.get("/{number}/message")
async def message(request: Request, visitor: KeepsAppeals, number: str) -> Response:
    """What the caller said, as a WAV file; that it was listened to is recorded before. 404 where there is none."""
    desk = desk_of(request)
    sound = await desk.workers.run(desk.services.messages.sound, AppealNumber(number))
    if sound is None:
        raise HTTPException(404)
    await desk.audit(request, visitor.user.login, "appeal_message_heard", f"appeal {number}")
    return Response(await desk.workers.run(wav_of, (sound,)), media_type="audio/wav")


@router.post("/{number}")
async def move(
    request: Request,
    visitor: KeepsAppeals,
    number: str,
    state: Annotated[AppealState, Form()],
    word: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
) -> Response:
    """Say how far it is; 404 for an appeal that is not there or that somebody has moved meanwhile.

    422 for a closing without a word.
    """
    if state is AppealState.CLOSED and not word.strip():
        raise HTTPException(422)
    desk = desk_of(request)
    by = Author(visitor.user.login, address_of(request))
    book, now = desk.services.appeals, desk.services.clock.now()
    if not await desk.workers.run(book.move, AppealNumber(number), state, by, now, word):
        raise HTTPException(404)
    return RedirectResponse("/appeals", 303)


@router.post("/{number}/take-back")
async def take_back(request: Request, visitor: KeepsAppeals, number: str) -> Response:
    """Open again what was closed by mistake; 404 once its time is over."""
    desk = desk_of(request)
    by, now = Author(visitor.user.login, address_of(request)), desk.services.clock.now()
    if not await desk.workers.run(desk.services.appeals.take_back, AppealNumber(number), by, now):
        raise HTTPException(404)
    return RedirectResponse("/appeals", 303)
