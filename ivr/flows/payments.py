"""The last payments of an account, the newest first."""

from collections.abc import Sequence

from customers.accounts import AccountNumber, LedgerEntry
from ivr.answers import Answer
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say


def answer(visit: Visit, number: AccountNumber) -> Answer:
    """Raises CustomersUnavailable."""
    payments = visit.services.accounts.payments(number)
    return Answer(sentences(payments), Flow.PAYMENTS, Choice.PAYMENTS, Result.TOLD if payments else Result.NONE)


def sentences(payments: Sequence[LedgerEntry]) -> tuple[Phrase, ...]:
    if not payments:
        return (say("balance.no_payments"),)
    told = (say("payments.one", paid_on=payment.day, amount=payment.amount) for payment in payments)
    return say("payments.last"), *told
