"""After an agent's call: how well were we able to help? One key, a word of thanks; the dialplan says goodbye.

Rules
- Nobody is kept: the database has a second to say whether to ask, then there is no question.
- Silence or a wrong key ends it, without a hint and without a second time.
- The agent's id comes in the dialplan's extension (dialplan.contract.ASKED), never from what was keyed.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from calls.ids import AgentId, QueueId, is_slug
from customers.ports import CustomersUnavailable
from customers.satisfaction import BEST, WORST, Score
from ivr.ahead import begin
from ivr.menu import STOP_KEYS
from ivr.visit import Visit
from prompts.phrase import say

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 1.0
"""For the database; a caller who has been helped wants to go."""
_SCORES: Final = frozenset(str(score) for score in range(WORST, BEST + 1))
_ASKED: Final = re.compile(r"asked_([^_]*)_")

T = TypeVar("T")


def ask(visit: Visit) -> None:
    """Ask, unless the rule says no, and keep the answer. Raises CallerHungUp, PromptsError."""
    if not _may_ask(visit):
        return
    key = visit.channel.play((say("survey.question"),), STOP_KEYS)
    key = key or visit.channel.wait_key(visit.services.patience.menu_key_s)
    if key not in _SCORES:
        return
    arrival, surveys = visit.arrival, visit.services.surveys
    score = Score(
        arrival.call_id, int(key), visit.services.clock.now(), visit.channel.language, agent_of(arrival.extension),
        None if arrival.queue is None else QueueId(arrival.queue),
    )  # fmt: skip
    try:
        _within(visit, lambda: surveys.keep(score))
    except (CustomersUnavailable, TimeoutError):
        log.warning("score_not_kept", call_id=arrival.call_id)
        return
    visit.channel.play((say("survey.thanks"),), STOP_KEYS)


def agent_of(extension: str) -> AgentId | None:
    """The agent in an extension such as asked_orlov_, None when it names nobody."""
    found = _ASKED.fullmatch(extension)
    return AgentId(found[1]) if found and is_slug(found[1]) else None


def _may_ask(visit: Visit) -> bool:
    rule, surveys, phone = visit.services.survey, visit.services.surveys, visit.facts.caller_number
    if not rule.chooses(visit.arrival.call_id):
        return False
    if phone is None or not rule.rest_s:
        return True
    now = visit.services.clock.now()
    try:
        return _within(visit, lambda: surveys.may_ask(phone, rule.rest_s, now))
    except (CustomersUnavailable, TimeoutError):
        return False


def _within(visit: Visit, work: Callable[[], T]) -> T:
    """What comes of `work` within PATIENCE_S. Raises TimeoutError; it is done to its end all the same."""
    asked = begin(work)
    return visit.channel.meanwhile(lambda: asked.result(PATIENCE_S))
