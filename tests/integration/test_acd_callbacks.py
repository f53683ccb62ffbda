"""Callbacks over a real Redis: the database is their truth, whatever dies or is lost."""

from dataclasses import replace
from functools import partial

from acd.effects import RingBack
from acd.events import (
    CallConnected,
    CallerLeft,
    CustomerNotReached,
    CustomerReached,
    OfferAccepted,
)
from acd.queues import CallbackRules, FloorSettings
from calls.callback import Callback, CallbackState
from calls.clock import AnchoredClock
from calls.ids import ContactId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from calls.unreached import Unreached
from tests.kit.floors import NODE, SALES, call_id, leg
from tests.kit.live_engine import Engine, Written
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync

ALL_DAY = CallbackRules(from_min=0, to_min=1440)


def promise(written: Written, attempts: int = 0) -> Callback:
    """A callback that a customer was promised; nobody has told the engine."""
    at = AnchoredClock().now()
    number = PhoneNumber("+79123456789")
    callback = Callback(
        call_id(101), ContactId(call_id(1)), SALES.queue_id, number, CallFacts(caller_number=number), frozenset(), 0,
        at, at, at, NODE, attempts,
    )  # fmt: skip
    written.promises[callback.callback_id] = callback
    return callback


def rung_back(engine: Engine) -> list[RingBack]:
    return [wish for wish in engine.switch.wishes if isinstance(wish, RingBack)]


def test_a_promise_survives_an_empty_redis_and_a_dead_engine(clean: RedisServer) -> None:
    written = Written(settings=FloorSettings((replace(SALES, callback=ALL_DAY),), version=1))
    callback = promise(written, attempts=1)
    for _ in range(2):
        engine = Engine(clean, written)
        engine.agent_is_ready()
        (wish,) = eventually_sync(partial(rung_back, engine), 10, "the agent is rung")
        assert (wish.call_id, wish.number) == (callback.callback_id, callback.number)
        engine.stop()
        clean.client().flushall()
    engine = Engine(clean, written)
    engine.agent_is_ready()
    (wish,) = eventually_sync(lambda: rung_back(engine), 10, "the agent is rung")
    engine.switch.says(OfferAccepted(wish.offer_id))
    engine.switch.says(CustomerNotReached(wish.offer_id, Unreached.BUSY))
    eventually_sync(lambda: written.promises[callback.callback_id].attempts == 2, 5, "the attempt is written")
    engine.stop()


def test_what_is_over_is_written_when_the_database_is_back_and_not_rung_again(clean: RedisServer) -> None:
    written = Written(settings=FloorSettings((replace(SALES, callback=ALL_DAY),), version=1))
    callback = promise(written)
    engine = Engine(clean, written)
    engine.agent_is_ready()
    (wish,) = eventually_sync(lambda: rung_back(engine), 10, "the agent is rung")
    written.away = True
    for event in (
        OfferAccepted(wish.offer_id), CustomerReached(wish.offer_id, leg(77)), CallConnected(wish.offer_id),
        CallerLeft(callback.callback_id),
    ):  # fmt: skip
        engine.switch.says(event)
    eventually_sync(lambda: not clean.client().hlen("cc:calls"), 10, "the talk is over")  # else nobody has heard it
    engine.stop()
    again = Engine(clean, written)
    assert again.switch.listens
    written.away = False
    reached = lambda: written.promises[callback.callback_id].state is CallbackState.REACHED  # noqa: E731 - one word
    eventually_sync(reached, 15, "the end is written")
    assert not rung_back(again)
    again.stop()
