"""Menus: choices, common keys, silence, wrong keys, repeats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channel import ALL_KEYS, CallerHungUp
from ivr.menu import Again, Menu, Tally, Way, choose, respond
from prompts.phrase import say
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel

PROMPT = (say("menu.danger"), say("menu.main"))
SHORT = (say("menu.main"),)
MENU = Menu(PROMPT, {"1": "balance", "3": "emergency"}, wait_s=5.0, short=SHORT)


def test_a_key_interrupts_the_prompt_and_chooses() -> None:
    channel = ScriptedChannel("3")
    assert choose(channel, MENU) == "emergency"
    assert channel.waits == []


def test_a_key_after_the_prompt_chooses() -> None:
    channel = ScriptedChannel(LISTEN, "1")
    assert choose(channel, MENU) == "balance"
    assert channel.waits == [5.0]


@pytest.mark.parametrize(("key", "way"), [("0", Way.AGENT), ("*", Way.BACK)])
def test_common_keys(key: str, way: Way) -> None:
    assert choose(ScriptedChannel(key), MENU) is way


def test_the_opening_is_said_once() -> None:
    channel = ScriptedChannel("9", "1")
    choose(channel, MENU, opening=(say("welcome"),))
    assert channel.heard == ["welcome", "menu.danger", "menu.main", "menu.danger", "menu.main"]


def test_without_a_way_back_star_repeats() -> None:
    menu = Menu(PROMPT, {"1": "balance"}, wait_s=5.0, back=False)
    channel = ScriptedChannel("*", "1")
    assert choose(channel, menu) == "balance"
    assert channel.plays == 2


def test_a_wrong_key_is_said_and_the_choices_follow() -> None:
    channel = ScriptedChannel("7", "1")
    assert choose(channel, MENU) == "balance"
    assert channel.heard == ["menu.danger", "menu.main", "menu.wrong_key", "menu.main"]


def test_three_wrong_keys_lead_astray() -> None:
    assert choose(ScriptedChannel("7", "8", "6"), MENU) is Way.ASTRAY


def test_no_key_at_all_ends_after_the_second_prompt() -> None:
    channel = ScriptedChannel(SILENCE, SILENCE)
    assert choose(channel, MENU) is Way.SILENT
    assert channel.heard == ["menu.danger", "menu.main", "menu.no_key", "menu.main"]


def test_the_end_of_a_number_keyed_before_does_not_cut_the_prompt() -> None:
    channel = ScriptedChannel("#", LISTEN, "1")
    assert choose(channel, MENU) == "balance"
    assert channel.plays == 1


def test_ringing_off_ends_it() -> None:
    with pytest.raises(CallerHungUp):
        choose(ScriptedChannel(HANG_UP), MENU)
    with pytest.raises(CallerHungUp):
        choose(ScriptedChannel(LISTEN, HANG_UP), MENU)


@pytest.mark.parametrize("key", ["0", "9", "*", "#", "", "12"])
def test_a_choice_cannot_take_a_common_key(key: str) -> None:
    with pytest.raises(ValueError, match="keys 1-8"):
        Menu(PROMPT, {key: "mine"}, wait_s=5.0)


@given(st.lists(st.sampled_from([*ALL_KEYS, ""]), min_size=30, max_size=30))
def test_every_menu_ends(pressed: list[str]) -> None:
    tally, turns = Tally(), 0
    for key in pressed:
        turns += 1
        response = respond(MENU, tally, key)
        if not isinstance(response, Again):
            break
        assert response.phrases[-1] == SHORT[-1]
        tally = response.tally
    assert turns <= (MENU.prompts - 1) + (MENU.tries - 1) + MENU.repeats + 1
