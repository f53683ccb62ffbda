"""The transition tables, and the page that draws them."""

from pathlib import Path

import pytest

from acd.errors import IllegalMove
from acd.model import CallState, Duty, Presence
from acd.states import (
    CALL_MOVES,
    DUTY_MOVES,
    PRESENCE_MOVES,
    CallMove,
    DutyMove,
    PresenceMove,
    mermaid,
    next_call_state,
    next_duty,
    next_presence,
)

PAGE = Path(__file__).parents[2] / "docs" / "distribution.md"


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("move", CallMove)
def test_every_call_state_and_move(state: CallState, move: CallMove) -> None:
    if move in CALL_MOVES[state]:
        assert next_call_state(state, move) is CALL_MOVES[state][move]
    else:
        with pytest.raises(IllegalMove, match=f"A call that is {state} cannot {move}"):
            next_call_state(state, move)


@pytest.mark.parametrize("duty", Duty)
@pytest.mark.parametrize("move", DutyMove)
def test_every_duty_and_move(duty: Duty, move: DutyMove) -> None:
    if move in DUTY_MOVES[duty]:
        assert next_duty(duty, move) is DUTY_MOVES[duty][move]
    else:
        with pytest.raises(IllegalMove, match=f"whose duty is {duty} cannot {move}"):
            next_duty(duty, move)


@pytest.mark.parametrize("presence", Presence)
@pytest.mark.parametrize("move", PresenceMove)
def test_every_presence_and_move(presence: Presence, move: PresenceMove) -> None:
    if move in PRESENCE_MOVES[presence]:
        assert next_presence(presence, move) is PRESENCE_MOVES[presence][move]
    else:
        with pytest.raises(IllegalMove) as refused:
            next_presence(presence, move)
        assert refused.value.reason == "not_signed_in"


def test_every_state_is_reached_and_every_call_can_end() -> None:
    for table in (CALL_MOVES, DUTY_MOVES, PRESENCE_MOVES):
        reached = {after for moves in table.values() for after in moves.values()}
        assert reached == set(table)
    for state, moves in CALL_MOVES.items():
        assert state is CallState.ENDED or moves[CallMove.END] is CallState.ENDED


@pytest.mark.parametrize("name", ["call", "duty", "presence", "payment"])
def test_the_page_shows_the_tables_of_today(name: str) -> None:
    drawn = f"```mermaid\n{mermaid()[name]}\n```"
    assert drawn in PAGE.read_text("utf-8"), f"docs/distribution.md is out of date; its diagram of {name}:\n{drawn}"
