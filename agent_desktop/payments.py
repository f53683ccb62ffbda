"""Sending the caller of a talk to pay by card, and calling the caller back (acd.paying has the rules)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from acd.events import BeginPayment, LeavePayment
from acd.model import CallState
from agent_desktop.card import caller_card
from agent_desktop.desk_app import Visitor, desk_of
from agent_desktop.desk_state import call_of
from agent_desktop.sessions import Needs
from agent_desktop.wishes import ask, refused
from agent_desktop.workers import WorkersBusy
from customers.accounts import AccountNumber
from staff.roles import Right

router = APIRouter(prefix="/desk/pay")
MayTakeCalls = Annotated[Visitor, Depends(Needs(Right.TAKE_CALLS))]


class ToPay(BaseModel):
    account: str = Field(max_length=32)


@router.post("")
async def begin(request: Request, visitor: MayTakeCalls, wanted: ToPay) -> Response:
    """Only of the agent's own talk, only an account of its caller."""
    desk, login = desk_of(request), visitor.user.login
    if not desk.settings.payments:
        return refused(request, "no_payments")
    call = call_of(await desk.services.floor.view(), login)
    if call is None or call.agent_id != login or call.state is not CallState.TALKING:
        return refused(request, "no_talk")
    now, number = desk.services.clock.now(), AccountNumber(wanted.account)
    try:
        card = await desk.workers.run(caller_card, desk.services.accounts, call, number, now)
    except WorkersBusy:
        return refused(request, "engine", 503)
    if card.customer is None or card.customer.account.number != number:
        return refused(request, "no_such_account", 404)
    return await ask(request, login, BeginPayment(login, number))


@router.post("/back")
async def call_back(request: Request, visitor: MayTakeCalls) -> Response:
    return await ask(request, visitor.user.login, LeavePayment(visitor.user.login))
