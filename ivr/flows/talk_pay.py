"""Paying out of a talk: the agent has sent the caller here with an account, and waits.

Rules
- The agent knows the caller by word of mouth: that alone opens no saved card. A saved card, and keeping one, is for who
  gave the account's PIN or code in this call, as in `pay`.
- Until the bank is asked the agent may take the caller back at any key; from then on, when the caller has heard how it
  ended.
- Whatever ends it, the caller goes back to the agent. Where the agent has rung off meanwhile, the caller chooses.
"""

from functools import partial
from typing import Final

from calls.paying import PayResult
from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable
from ivr.answers import Answer
from ivr.flows.pay import pay
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.outcome import SelfServed, Stays
from ivr.payment_watch import RESULTS
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import say

_GAVE_UP: Final = {
    Way.AGENT: PayResult.WANTS_AGENT,
    Way.SILENT: PayResult.NO_KEY,
    Way.ASTRAY: PayResult.WRONG_KEYS,
}


def pay_out_of_talk(visit: Visit, number: AccountNumber) -> None:
    """Let the caller pay this account's bill. Raises CallerHungUp (also: the agent has the caller), PromptsError."""
    till, watch = visit.services.till, visit.payment_watch
    visit.channel.play((say("pay.out_of_talk"),))
    answer: Answer | Way | None = None
    if till is not None:
        try:
            account = visit.channel.meanwhile(partial(visit.services.accounts.find, number))
            answer = pay(visit, till, number) if account is not None else None
        except CustomersUnavailable:
            answer = None
    if answer is None:
        answer = Answer((say("pay.unavailable"),), Flow.PAY, Choice.PAY, Result.UNAVAILABLE)
    if isinstance(answer, Answer):
        visit.note(answer.flow, answer.choice, answer.result)
        watch.over(RESULTS.get(answer.result, PayResult.CUT), visit.receipt)
        if answer.phrases:
            visit.channel.play(answer.phrases)
    else:
        watch.over(_GAVE_UP.get(answer, PayResult.LEFT))


def agent_has_gone(visit: Visit) -> SelfServed | Stays:
    """The agent has rung off while the caller paid: wait for another one, or goodbye. Raises as above."""
    menu = Menu((say("pay.agent_gone"),), {"1": Way.AGENT}, visit.services.patience.menu_key_s, back=False)
    if offer(visit, MenuName.AGENT_GONE, menu) is Way.AGENT:
        visit.note(Flow.PAY, Choice.AGENT, Result.TO_WAITING)
        return Stays(visit.facts)
    visit.note(Flow.PAY, Choice.BACK, Result.GOODBYE)
    visit.channel.play((say("goodbye"),))
    return SelfServed(visit.facts)
