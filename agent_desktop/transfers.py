"""Sending a caller on from the desk: who can be chosen, and the wishes (acd.transfer has the rules)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from acd.events import ConsultCall, EndConsult, HandOver, JoinAll, TakeCallBack, TransferCall
from acd.model import Agent, CallState, Presence
from acd.policy import available
from agent_desktop.desk_app import Visitor, desk_of, labels_of, language_of
from agent_desktop.floor_rows import state_of
from agent_desktop.ports import FloorView
from agent_desktop.sessions import Needs
from agent_desktop.wishes import ask
from calls.ids import AgentId
from calls.journey import Language
from calls.numbers import parse_number
from calls.transfer import Target, TargetKind
from staff.roles import Right

router = APIRouter(prefix="/desk")
MayTakeCalls = Annotated[Visitor, Depends(Needs(Right.TAKE_CALLS))]
MOST = 200
"""Rows of the directory; typing narrows it down."""


class Chosen(BaseModel):
    """`name`: a login, a queue's id, or a number as a person writes it."""

    kind: Literal["agent", "queue", "outside"]
    name: str = Field(max_length=32)

    @property
    def target(self) -> Target:
        kind = TargetKind(self.kind)
        return Target(kind, parse_number(self.name) or "" if kind is TargetKind.OUTSIDE else self.name)


@router.get("/directory")
async def directory(request: Request, visitor: MayTakeCalls) -> Response:
    """Colleagues on shift, the free ones first, and the queues with how many wait."""
    view = await desk_of(request).services.floor.view()
    labels = labels_of(request)
    on_shift = [agent for agent in view.agents.values() if agent.presence is not Presence.SIGNED_OUT]
    others = sorted((agent for agent in on_shift if agent.agent_id != visitor.user.login), key=_free_first)
    colleagues = [
        {
            "kind": "agent",
            "name": agent.agent_id,
            "title": agent.name,
            "state": state_of(agent),
            "words": labels.text(f"state.{state_of(agent)}"),
            "free": available(agent),
        }
        for agent in others[:MOST]
    ]
    return JSONResponse({"rows": [*colleagues, *_queues(view, language_of(request))]})


@router.post("/transfer")
async def transfer(request: Request, visitor: MayTakeCalls, chosen: Chosen) -> Response:
    return await ask(request, visitor.user.login, TransferCall(visitor.user.login, chosen.target))


@router.post("/consult")
async def consult(request: Request, visitor: MayTakeCalls, chosen: Chosen) -> Response:
    return await ask(request, visitor.user.login, ConsultCall(visitor.user.login, chosen.target))


@router.post("/consult/hand-over")
async def hand_over(request: Request, visitor: MayTakeCalls) -> Response:
    return await ask(request, visitor.user.login, HandOver(visitor.user.login))


@router.post("/consult/end")
async def end_consult(request: Request, visitor: MayTakeCalls) -> Response:
    return await ask(request, visitor.user.login, EndConsult(visitor.user.login))


@router.post("/consult/join")
async def join_all(request: Request, visitor: MayTakeCalls) -> Response:
    return await ask(request, visitor.user.login, JoinAll(visitor.user.login))


@router.post("/take-back")
async def take_back(request: Request, visitor: MayTakeCalls) -> Response:
    return await ask(request, visitor.user.login, TakeCallBack(visitor.user.login))


def _free_first(agent: Agent) -> tuple[bool, str, AgentId]:
    return not available(agent), agent.name.casefold(), agent.agent_id


def _queues(view: FloorView, language: Language) -> list[dict[str, object]]:
    waiting: dict[str, int] = {}
    for call in view.calls.values():
        if call.state in (CallState.WAITING, CallState.OFFERED):
            waiting[call.queue_id] = waiting.get(call.queue_id, 0) + 1
    return [
        {"kind": "queue", "name": queue_id, "title": queue.title_in(language), "waiting": waiting.get(queue_id, 0)}
        for queue_id, queue in sorted(view.queues.items())
    ]
