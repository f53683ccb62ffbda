"""A payment out of a talk in a real Redis: what the self-service reads of it, an engine that dies, no digit stored."""

from acd.effects import BringBack, SendToPay
from acd.events import (
    Accepted,
    BeginPayment,
    CallConnected,
    CallerLeftPayment,
    NodeSeen,
    OfferAccepted,
    PaymentOver,
    PaymentStepped,
)
from acd.model import PayState
from callcentre.payment_watch import PaymentTeller
from calls.paying import PayResult, PayStep
from tests.kit.floors import NODE, call_id
from tests.kit.live_engine import ORLOV, Engine
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync

CALL, ACCOUNT = call_id(1), "4401220170"


def test_a_payment_outlives_its_engine(clean: RedisServer) -> None:
    first = Engine(clean)
    first.agent_is_ready()
    first.queue_call(1)
    offer = eventually_sync(first.switch.offers, 3, "the agent is rung")[0]
    first.switch.says(OfferAccepted(offer.offer_id))
    first.switch.says(CallConnected(offer.offer_id))

    def begun() -> bool:
        return isinstance(first.inbox.answer(first.inbox.tell(BeginPayment(ORLOV, ACCOUNT)), 3), Accepted)

    eventually_sync(begun, 3, "the caller is sent to pay")
    sent = SendToPay(CALL, offer.caller, offer.offer_id, 1)
    eventually_sync(lambda: sent in first.switch.wishes, 3, "the switch is asked")
    paying = first.inbox.payment_of(CALL)
    assert paying is not None
    assert (paying.account, paying.number, paying.state) == (ACCOUNT, 1, PayState.KEYING)
    assert first.inbox.payment_of(call_id(2)) is None
    teller = PaymentTeller(first.inbox.tell, CALL, 1)
    for keyed in range(17):
        teller.step(PayStep.CARD_NUMBER, keyed)

    def counted() -> bool:
        found = first.inbox.payment_of(CALL)
        return found is not None and (found.step, found.keyed) == (PayStep.CARD_NUMBER, 16)

    eventually_sync(counted, 5, "the newest count is known")
    first.stop()

    teller.step(PayStep.BANK)
    teller.over(PayResult.PAID, "100001")
    teller.close()
    second = Engine(clean)
    second.switch.says(NodeSeen(NODE, frozenset({CALL}), frozenset({offer.offer_id})))
    second.switch.says(CallerLeftPayment(CALL))
    back = BringBack(CALL, offer.caller, offer.offer_id)
    eventually_sync(lambda: back in second.switch.wishes, 5, "the agent's leg takes the caller")
    assert sent not in second.switch.wishes, "it was done"
    second.switch.says(CallConnected(offer.offer_id))
    eventually_sync(lambda: second.inbox.payment_of(CALL) is None, 3, "the payment is over")
    second.stop()


def test_what_is_told_of_a_payment_has_no_place_for_a_digit() -> None:
    """Whoever adds a field that could hold one has to think here."""
    assert PaymentStepped.__slots__ == ("call_id", "number", "step", "keyed")
    assert PaymentOver.__slots__ == ("call_id", "number", "result", "receipt")
