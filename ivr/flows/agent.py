"""The way to a person: which queue, and what is said on the way."""

from calls.ids import QueueId
from customers.ports import CustomersUnavailable
from ivr.flows.identify import recognise
from ivr.outcome import ToQueue
from ivr.visit import Lookup, Route, Visit
from ivr.words import Choice, Flow, Result, Topic
from prompts.phrase import say


def to_agent(visit: Visit, flow: Flow, choice: Choice) -> ToQueue:
    """End of the self-service: the caller is to wait for a person, on the line of the topic asked for.

    The words on the way stand in `visit.parting`, to be played when the call is queued already: no caller should be
    later in the queue for being told of it.
    """
    _recognise_if_possible(visit)
    visit.note(flow, choice, Result.TO_AGENT)
    topic = Topic(visit.facts.topic)
    if topic is Topic.EMERGENCY:
        visit.parting = (say("emergency.connecting"),)
    elif not visit.parting:
        visit.parting = (say("queue.connecting"),)
    hint = visit.arrival.hint
    route = Route(QueueId(hint)) if hint and topic is Topic.AGENT else visit.services.routes.of(topic)
    return ToQueue(route.queue, route.priority_s, visit.facts)


def keep_place(visit: Visit) -> ToQueue:
    """Back to the queue that the call has waited in, with its priority: a call that the rescue gave back."""
    known = visit.services.routes.of(Topic(visit.facts.topic))
    queue = visit.arrival.queue
    route = Route(QueueId(queue), visit.arrival.priority_s) if queue else known
    return ToQueue(route.queue, route.priority_s, visit.facts)


def _recognise_if_possible(visit: Visit) -> None:
    """The agent's page wants the caller's accounts; without the database the caller still gets an agent."""
    if visit.lookup is not Lookup.NOT_TRIED:
        return
    try:
        recognise(visit)
    except CustomersUnavailable:
        visit.note(Flow.IDENTIFY, Choice.CUSTOMERS, Result.UNAVAILABLE)
