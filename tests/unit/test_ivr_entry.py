"""Keyed numbers: all ten digits are data, `#` ends, `*` starts again, `*0` calls an agent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channel import ALL_KEYS, CallerHungUp
from ivr.entry import Asked, Entry, Keyed, Keying, enter, enter_or_ask, press
from ivr.menu import Way
from ivr.visit import Patience
from prompts.phrase import say
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys

PATIENCE = Patience(first_digit_s=12.0, next_digit_s=8.0, settle_s=2.0)
PIN = Entry((say("identify.pin"),), shortest=4, longest=6, patience=PATIENCE)


def entered(*script: str | list[str]) -> str | Way:
    result = enter(ScriptedChannel(*script), PIN)
    return result.digits if isinstance(result, Keyed) else result


@pytest.mark.parametrize(
    ("pressed", "value"),
    [
        ("4821#", "4821"),
        ("0#", "0"),
        ("0990#", "0990"),
        ("12*4821#", "4821"),
        ("**4821#", "4821"),
        ("482100#", "482100"),
    ],
)
def test_hash_ends_and_star_starts_again(pressed: str, value: str) -> None:
    assert entered(keys(pressed)) == value


def test_star_zero_calls_an_agent() -> None:
    assert entered(keys("*0"), SILENCE) is Way.AGENT
    assert entered(keys("48*0"), SILENCE) is Way.AGENT
    assert entered(keys("*0#")) is Way.AGENT


def test_a_number_that_begins_with_zero_can_be_keyed_again() -> None:
    assert entered(keys("12*0482#")) == "0482"


def test_star_zero_star_starts_again() -> None:
    assert entered(keys("*0*4821#")) == "4821"


def test_zero_before_a_star_is_a_digit() -> None:
    assert entered(keys("0"), SILENCE, SILENCE) is Way.SILENT


def test_a_pause_after_enough_digits_ends_it() -> None:
    assert entered(keys("4821"), SILENCE) == "4821"


def test_a_pause_after_too_few_digits_asks_again() -> None:
    channel = ScriptedChannel(keys("48"), SILENCE, keys("4821#"))
    assert enter(channel, PIN) == Keyed("4821")
    assert channel.heard == ["identify.pin", "menu.no_key", "identify.pin"]


def test_a_lone_hash_asks_again() -> None:
    channel = ScriptedChannel(LISTEN, "#", keys("4821#"))
    assert enter(channel, PIN) == Keyed("4821")


def test_no_key_at_all_ends_after_the_second_prompt() -> None:
    channel = ScriptedChannel(SILENCE, SILENCE)
    assert enter(channel, PIN) is Way.SILENT
    assert channel.waits == [12.0, 12.0]


def test_a_hash_is_awaited_for_a_moment_after_the_last_digit() -> None:
    channel = ScriptedChannel(keys("482100#"), LISTEN)
    assert enter(channel, PIN) == Keyed("482100")
    assert channel.waits == [8.0, 8.0, 8.0, 8.0, 8.0, 2.0]


def test_too_many_digits_cannot_be_taken_for_a_right_number() -> None:
    assert entered(keys("4821000")) == "4821000"


def test_starting_again_for_ever_ends() -> None:
    assert entered(["*"] * 20) is Way.ASTRAY


def test_ringing_off_between_two_digits() -> None:
    with pytest.raises(CallerHungUp):
        enter(ScriptedChannel(keys("48"), HANG_UP), PIN)


def test_what_is_keyed_is_in_no_repr() -> None:
    assert "4821" not in repr(Keyed("4821"))
    assert "4821" not in repr(Keying("4821"))


@given(st.lists(st.sampled_from([*ALL_KEYS, ""]), max_size=100))
def test_any_keys_end_or_wait_for_more(pressed: list[str]) -> None:
    state: Keying | Keyed | Way | Asked = Keying()
    for count, key in enumerate(pressed, 1):
        assert isinstance(state, Keying)
        assert len(state.digits) <= PIN.longest
        state = press(PIN, state, key)
        if not isinstance(state, Keying):
            assert state is not Way.BACK
            break
        assert count < 9 * (PIN.longest + 1)
    if isinstance(state, Keyed):
        assert 1 <= len(state.digits) <= PIN.longest + 1
        assert set(state.digits) <= set("0123456789")


CODED = replace(PIN, other="1")


@pytest.mark.parametrize("script", [["*", "1", SILENCE], [*keys("48*1"), SILENCE], keys("*1#")])
def test_an_entrys_own_digit_alone_after_a_star_asks_for_something_else(script: list[str]) -> None:
    assert enter_or_ask(ScriptedChannel(script), CODED) is Asked.OTHER


@pytest.mark.parametrize(("pressed", "value"), [("*1234#", "1234"), ("12*1482#", "1482"), ("1234#", "1234")])
def test_but_begins_a_number_when_others_follow(pressed: str, value: str) -> None:
    assert enter_or_ask(ScriptedChannel(keys(pressed)), CODED) == Keyed(value)


def test_the_agent_is_called_as_in_every_entry() -> None:
    assert enter_or_ask(ScriptedChannel("*", "0", SILENCE), CODED) is Way.AGENT
    assert entered("*", "1", SILENCE, SILENCE) is Way.SILENT, "without such a digit it is only too short"


def test_who_cannot_bear_the_question_may_not_offer_it() -> None:
    with pytest.raises(ValueError, match="enter_or_ask"):
        enter(ScriptedChannel("*", "1", SILENCE), CODED)
