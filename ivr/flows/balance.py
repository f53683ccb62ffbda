"""The balance of an account, in words, with the last payment."""

from customers.accounts import AccountNumber, Balance
from ivr.answers import Answer
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say


def answer(visit: Visit, number: AccountNumber) -> Answer | None:
    """None without such an account. Raises CustomersUnavailable."""
    balance = visit.services.accounts.balance(number)
    if balance is None:
        return None
    return Answer(sentences(number, balance), Flow.BALANCE, Choice.BALANCE, _result(balance))


def sentences(number: AccountNumber, balance: Balance) -> tuple[Phrase, ...]:
    """What is said of a balance: debt, overpaid or nothing owed, and the last payment with its day."""
    match _result(balance):
        case Result.DEBT:
            told = say("balance.debt", account=number, amount=balance.amount)
        case Result.OVERPAID:
            told = say("balance.overpaid", account=number, amount=balance.amount)
        case _:
            told = say("balance.zero", account=number)
    if balance.last_payment is None or balance.last_payment_on is None:
        return told, say("balance.no_payments")
    return told, say("balance.last_payment", paid_on=balance.last_payment_on, amount=balance.last_payment)


def _result(balance: Balance) -> Result:
    """Negative = the customer owes."""
    if balance.amount < 0:
        return Result.DEBT
    return Result.OVERPAID if balance.amount > 0 else Result.ZERO
