"""Why nobody comes, and what else there is: the flow `refusal` with the callback in it, told by scripted callers."""

from dataclasses import replace

import pytest

from calls.clock import Instant
from calls.ids import QueueId
from calls.refusal import Refusal, Why
from customers import demo
from ivr.callbacks import CallbackOrder
from ivr.flows import callback, refusal, waiting
from ivr.outcome import CallbackOrdered, Goodbye, SelfServed, Stays
from ivr.visit import Visit
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_callbacks import FakeCallbacks
from tests.kit.scripted_channel import LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, visit

SINCE = Instant(NOW - 60_000)
OWN = demo.TRUSTED.phone
KEYED = keys("9123456789#")
MONDAY_NINE = Instant(1_795_968_000_000)
"""2026-11-29 16:00 UTC: nine in the evening in Yekaterinburg."""


def caller(channel: ScriptedChannel, callbacks: FakeCallbacks | None = None, *, known: bool = True) -> Visit:
    return visit(channel, OWN if known else None, enqueued_at=SINCE, callbacks=callbacks or FakeCallbacks())


def told(why: Why, *, offered: bool = True, opens_at: Instant | None = None) -> Refusal:
    return Refusal(why, offered, 1, opens_at)


@pytest.mark.parametrize("why", Why)
def test_the_reason_comes_first_and_only_what_is_offered_is_said(why: Why) -> None:
    for offered in (True, False):
        channel = ScriptedChannel(SILENCE, SILENCE, LISTEN)
        outcome = refusal.explain(caller(channel), told(why, offered=offered))
        assert channel.heard[0] == f"refusal.{why}"
        assert ("refusal.callback" in channel.heard) is offered
        assert isinstance(outcome, Stays if why.keeps_place else Goodbye)
        assert channel.heard[-1] == ("queue.back" if why.keeps_place else "goodbye")


def test_a_closed_queue_says_when_it_opens_by_its_own_clock() -> None:
    channel = ScriptedChannel(SILENCE, SILENCE, LISTEN)
    refusal.explain(caller(channel), told(Why.CLOSED, opens_at=MONDAY_NINE))
    assert channel.sentences[1] == (
        "Ждём вашего звонка двадцать девятого ноября две тысячи двадцать шестого года, с двадцати одного часа."
    )


@pytest.mark.parametrize("script", [["*"], ["0"], [SILENCE, SILENCE], ["7", "7", "7"]])
def test_who_has_a_place_keeps_it_by_whatever_key(script: list[str]) -> None:
    channel = ScriptedChannel(script, LISTEN)
    assert isinstance(refusal.explain(caller(channel), told(Why.LATE)), Stays)


def test_the_own_number_is_read_back_digit_by_digit_and_ordered_with_the_place() -> None:
    callbacks = FakeCallbacks()
    channel = ScriptedChannel("1", LISTEN, "1", LISTEN)
    visitor = caller(channel, callbacks)
    assert isinstance(refusal.explain(visitor, told(Why.FULL)), CallbackOrdered)
    (order,) = callbacks.orders
    assert isinstance(order, CallbackOrder)
    assert (order.number, order.enqueued_at, order.queue) == (OWN, SINCE, QueueId("service"))
    assert order.call_id == visitor.arrival.call_id
    assert channel.sentences[4].startswith("Мы перезвоним на номер: плюс, семь, ")
    assert channel.sentences[4].count(",") == 11
    assert channel.heard[-2:] == ["callback.ordered", "goodbye"]
    assert OWN not in "".join(f"{step.choice} {step.outcome}" for step in visitor.facts.journey)


def test_another_number_is_keyed_and_read_back() -> None:
    callbacks = FakeCallbacks()
    channel = ScriptedChannel("1", LISTEN, "2", KEYED, LISTEN, "1", LISTEN)
    assert isinstance(refusal.explain(caller(channel, callbacks), told(Why.FULL)), CallbackOrdered)
    assert [order.number for order in callbacks.orders] == ["+79123456789"]


def test_who_hides_the_number_keys_one() -> None:
    callbacks = FakeCallbacks()
    channel = ScriptedChannel("1", KEYED, LISTEN, "1", LISTEN)
    assert callback.order(caller(ScriptedChannel(KEYED, LISTEN, "1", LISTEN), callbacks, known=False))
    assert isinstance(refusal.explain(caller(channel, callbacks, known=False), told(Why.FULL)), CallbackOrdered)


def test_a_costly_number_is_refused_and_three_tries_are_all() -> None:
    callbacks = FakeCallbacks()
    channel = ScriptedChannel(*[keys("8091234567#")] * 3)
    assert not callback.order(caller(channel, callbacks, known=False))
    assert channel.heard.count("callback.not_rung") == 2
    assert not callbacks.orders


@pytest.mark.parametrize("script", [["*"], ["0"], [SILENCE, SILENCE], ["2", SILENCE, SILENCE], ["2", *"*0", SILENCE]])
def test_nothing_is_promised_without_a_confirmation(script: list[str]) -> None:
    callbacks = FakeCallbacks()
    assert not callback.order(caller(ScriptedChannel(script), callbacks))
    assert not callbacks.orders


def test_without_the_database_the_caller_hears_so_and_loses_nothing() -> None:
    channel = ScriptedChannel("1", LISTEN, "*", LISTEN)
    assert isinstance(refusal.explain(caller(channel, FakeCallbacks(down=True)), told(Why.LATE)), Stays)
    assert "callback.unavailable" in channel.heard


def test_who_has_one_waiting_may_keep_or_cancel_it() -> None:
    callbacks = FakeCallbacks()
    assert callback.order(caller(ScriptedChannel("1", LISTEN), callbacks))
    channel = ScriptedChannel("1", LISTEN)
    assert not callback.order(caller(channel, callbacks))
    assert channel.heard == ["callback.waits"]
    assert len(callbacks.orders) == 1
    channel = ScriptedChannel("2", LISTEN)
    assert not callback.order(caller(channel, callbacks))
    assert callbacks.cancelled == [OWN]
    assert callback.order(caller(ScriptedChannel("1", LISTEN), callbacks)), "a new one may be ordered then"


def test_the_balance_is_there_also_for_who_is_sent_away() -> None:
    channel = ScriptedChannel("2", LISTEN, SILENCE, SILENCE, LISTEN)
    outcome = refusal.explain(caller(channel), told(Why.CLOSED))
    assert "balance.debt" in channel.heard
    assert isinstance(outcome, SelfServed)
    assert isinstance(
        refusal.explain(caller(ScriptedChannel("2", LISTEN, SILENCE, SILENCE, LISTEN)), told(Why.LATE)), Stays
    ), "who has a place gives it up by ringing off only"


def test_what_cannot_be_said_is_left_to_asterisk() -> None:
    def mute(_phrase: Phrase) -> None:
        raise SpeechUnavailableError("The voice was taken down by the test.")

    with pytest.raises(SpeechUnavailableError):
        refusal.explain(caller(ScriptedChannel(mute=mute)), told(Why.FULL))


def test_a_waiting_caller_is_offered_a_callback_when_the_queue_says_so() -> None:
    callbacks = FakeCallbacks()
    channel = ScriptedChannel("2", LISTEN, "1", LISTEN)
    assert isinstance(waiting.menu(caller(channel, callbacks)), CallbackOrdered)
    assert channel.heard[:2] == ["queue.callback", "queue.self_service"]
    silent = ScriptedChannel("2", "*", LISTEN)
    assert waiting.menu(caller(silent, FakeCallbacks(offered=False))) is None
    assert "queue.callback" not in silent.heard


def test_the_key_that_an_announcement_has_named_goes_straight_to_the_callback() -> None:
    callbacks = FakeCallbacks()
    channel = ScriptedChannel("1", LISTEN)
    visitor = caller(channel, callbacks)
    visitor.arrival = replace(visitor.arrival, extension=waiting.CALLBACK_KEY)
    assert isinstance(waiting.menu(visitor), CallbackOrdered)
    assert "queue.self_service" not in channel.heard
    early = caller(ScriptedChannel("*", LISTEN), FakeCallbacks(offered=False))
    early.arrival = replace(early.arrival, extension=waiting.CALLBACK_KEY)
    assert waiting.menu(early) is None
