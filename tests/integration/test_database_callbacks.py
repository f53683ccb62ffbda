"""Callbacks over both databases: kept before anything is promised, written forward only, found again after a loss."""

from dataclasses import replace

from sqlalchemy import Engine

from calls.callback import Callback, CallbackState
from calls.clock import after
from calls.ids import CallId, ContactId, NodeId, QueueId, new_call_id
from calls.journey import CallFacts, Identification, Language
from calls.numbers import PhoneNumber
from database.callbacks import DatabaseCallbacks
from tests.kit.databases import NOW

NUMBER = PhoneNumber("+79123456789")


def promise(seconds: int = 0, number: PhoneNumber = NUMBER) -> Callback:
    facts = CallFacts(NUMBER, "88000000000", Language.EN, Identification.KNOWN_NUMBER, "4401220170", ("4401220170",))
    return Callback(
        callback_id=new_call_id(),
        contact_id=ContactId(new_call_id()),
        queue_id=QueueId("general"),
        number=number,
        facts=facts.with_step(NOW, "callback", "callback", "ordered"),
        skills=frozenset({"en"}),
        priority_s=30,
        arrived_at=after(NOW, seconds),
        enqueued_at=after(NOW, seconds + 5),
        requested_at=after(NOW, seconds + 60),
        node=NodeId("one"),
    )


def test_it_comes_back_equal_and_the_longest_waiting_first(engine: Engine) -> None:
    kept = DatabaseCallbacks(engine)
    late, early = promise(10), promise(0, PhoneNumber("+79123456780"))
    kept.order(late)
    kept.order(early)
    kept.order(late)
    assert kept.waiting() == (early, late)
    assert kept.find(late.callback_id) == late
    assert kept.find(CallId("unknown")) is None


def test_progress_is_kept_and_an_older_one_changes_nothing(engine: Engine) -> None:
    kept = DatabaseCallbacks(engine)
    first = promise()
    kept.order(first)
    second = replace(first, attempts=1, not_before=after(NOW, 900))
    kept.write(second)
    kept.write(second)
    kept.write(first)
    assert kept.find(first.callback_id) == second
    assert kept.waiting() == (second,)


def test_one_that_is_over_stays_as_it_ended(engine: Engine) -> None:
    kept = DatabaseCallbacks(engine)
    waiting = promise()
    kept.order(waiting)
    reached = replace(waiting, state=CallbackState.REACHED, ended_at=after(NOW, 70))
    kept.write(reached)
    kept.write(replace(waiting, attempts=3))
    kept.write(replace(waiting, state=CallbackState.CANCELLED, ended_at=after(NOW, 80)))
    kept.order(waiting)
    assert kept.find(waiting.callback_id) == reached
    assert not kept.waiting()


def test_an_engine_that_knows_what_the_database_lost_writes_it(engine: Engine) -> None:
    kept = DatabaseCallbacks(engine)
    known = replace(promise(), attempts=1)
    kept.write(known)
    assert kept.waiting() == (known,)


def test_a_number_has_one_that_waits_until_it_is_cancelled(engine: Engine) -> None:
    kept = DatabaseCallbacks(engine)
    waiting = promise()
    assert not kept.waits_for(NUMBER)
    kept.order(waiting)
    assert kept.waits_for(NUMBER)
    assert not kept.waits_for(PhoneNumber("+79123456780"))
    kept.cancel(NUMBER, after(NOW, 90))
    assert not kept.waits_for(NUMBER)
    ended = kept.find(waiting.callback_id)
    assert ended is not None
    assert (ended.state, ended.ended_at) == (CallbackState.CANCELLED, after(NOW, 90))
