"""Telling the engine how far a caller is who pays: the newest only, the end always, nothing after it."""

import threading

import pytest

from acd.errors import StoreUnavailable
from acd.events import Event, PaymentOver, PaymentStepped
from callcentre import payment_watch
from callcentre.payment_watch import PaymentTeller
from calls.paying import PayResult, PayStep
from tests.kit.floors import call_id
from tests.kit.waiting import eventually_sync

CALL = call_id(1)


class Told:
    """The engine's inbox: takes nothing while `held`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.open = threading.Event()
        self.open.set()
        self.fault: Exception | None = None

    def __call__(self, event: Event) -> None:
        assert self.open.wait(10)
        self.events.append(event)
        if self.fault is not None:
            raise self.fault


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payment_watch, "GAP_S", 0.0)


def test_of_many_keys_the_newest_count_is_told_and_then_the_end() -> None:
    told = Told()
    told.open.clear()
    teller = PaymentTeller(told, CALL, 1)
    teller.step(PayStep.CARD)
    for keyed in range(17):
        teller.step(PayStep.CARD_NUMBER, keyed)
    teller.over(PayResult.PAID, "100001")
    teller.over(PayResult.LEFT)
    teller.close()
    told.open.set()
    end = PaymentOver(CALL, 1, PayResult.PAID, "100001")
    eventually_sync(lambda: end in told.events, 5, "the end is told")
    assert told.events[-1] == end
    assert len(told.events) <= 2, "no key waits for the engine, and none is told late"


def test_a_step_alone_is_told() -> None:
    told = Told()
    teller = PaymentTeller(told, CALL, 2)
    teller.step(PayStep.BANK)
    eventually_sync(lambda: told.events == [PaymentStepped(CALL, 2, PayStep.BANK)], 5, "the step is told")
    teller.close()


def test_an_engine_that_cannot_be_told_keeps_nobody() -> None:
    told = Told()
    told.fault = StoreUnavailable("away")
    teller = PaymentTeller(told, CALL, 1)
    teller.step(PayStep.BANK)
    eventually_sync(lambda: len(told.events) == 1, 5, "it was tried")
    teller.over(PayResult.DECLINED)
    eventually_sync(lambda: len(told.events) == 2, 5, "the end was tried too")
    teller.close()
