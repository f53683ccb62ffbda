"""One call, from the self-service to the queue. Read this beside tests/unit/test_one_call.py.

1. The dialplan gave the call its id and reached us over FastAGI: `answer` gets the channel and the Arrival.
2. A flow of `ivr` talks to the caller and returns an Outcome; the call's facts grow on the way.
3. ToQueue: the channel is told first (CC_* variables: from them alone the call can be adopted), then the engine.
   The AGI ends, the dialplan holds the caller with music.
4. Whom the engine cannot let wait it sends back here with the reason: another flow says it and what else there is.
5. Whom an agent sends to pay out of a talk is served here too, and goes back to the agent.
6. When the agent has hung up first, the caller who stays is asked one question.
7. Whom we ring ourselves to tell that power is back hears that and nothing else.
8. A caller who came back (from the rescue) keeps place and time and is not welcomed again.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from acd.errors import StoreUnavailable
from acd.events import CallEnteredMenu, CallLeftMenu, CallQueued, CallSelfServed, Event
from acd.model import Leg, Paying
from acd.ports import Records, SkillsOf
from callcentre.payment_watch import PaymentTeller
from calls.clock import Clock, Instant
from calls.ids import CallId, ContactId, QueueId
from calls.journey import CallFacts
from calls.record import CallOutcome, CallRecord
from calls.refusal import read_refusal
from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable
from dialplan import contract
from ivr.channel import Arrival, CallerHungUp, Channel
from ivr.flows import power_back, refusal, survey, waiting, welcome
from ivr.flows.talk_pay import agent_has_gone, pay_out_of_talk
from ivr.outcome import CallbackOrdered, Goodbye, Outcome, SelfServed, Stays, ToQueue
from ivr.visit import Services, Visit
from prompts.errors import PromptsError
from prompts.phrase import Phrase

log = structlog.get_logger("journey")


class Line(Channel, Protocol):
    """A channel that can also be told where the call goes next (telephony.agi_channel)."""

    def finish(self, next_step: str, variables: Mapping[str, str]) -> None:
        """Set channel variables and, as the very last command, where the dialplan goes on."""


class Engine(Protocol):
    """Where the engine hears of calls (acd.redis_store.Inbox) and keeps what is known of them."""

    def tell(self, event: Event) -> object:
        """Raises StoreUnavailable."""

    def facts_of(self, call_id: CallId) -> CallFacts | None:
        """Raises StoreUnavailable."""

    def payment_of(self, call_id: CallId) -> Paying | None:
        """Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What `answer` needs, for every call the same."""

    services: Services
    engine: Engine
    records: Records
    clock: Clock
    skills_of: SkillsOf

    def answer(self, channel: Line, arrival: Arrival, path: str) -> None:
        """Serve one AGI session. Returns when the dialplan shall go on; a caller who hangs up is a normal end."""
        try:
            if path == contract.AGI_POWER_BACK:
                self._power_back(channel, arrival)
            elif path == contract.AGI_REFUSAL:
                self._sent_away(channel, arrival)
            elif path == contract.AGI_AFTER:
                self._after_talk(channel, arrival)
            elif path == contract.AGI_PAY:
                self._pay_out_of_talk(channel, arrival)
            elif path == contract.AGI_MENU:
                self._menu_while_waiting(channel, arrival)
            elif arrival.enqueued_at is not None and arrival.queue is not None:
                self._wait_again(channel, arrival, arrival.queue, arrival.enqueued_at)
            else:
                self._first_time(channel, arrival)
        except CallerHungUp:
            log.debug("caller_gone", call_id=arrival.call_id)

    def _first_time(self, channel: Line, arrival: Arrival) -> None:
        visit = Visit(channel, arrival, self.services)
        try:
            wish = welcome.answer(visit)
        except CallerHungUp:
            # Who hangs up after an answer was served.
            outcome = CallOutcome.SELF_SERVED if visit.served else CallOutcome.LEFT_IN_MENU
            self._record(arrival, visit.facts, outcome)
            raise
        self._carry_out(channel, arrival, wish, visit.parting)

    def _carry_out(self, channel: Line, arrival: Arrival, outcome: Outcome, parting: Sequence[Phrase]) -> None:
        match outcome:
            case ToQueue():
                now = self.clock.now()
                event = self._queued(arrival, outcome.queue, outcome.priority_s, now, outcome.facts)
                self._wait(channel, event, parting)
            case SelfServed():
                channel.finish(contract.NEXT_BYE, {})
                self._record(arrival, outcome.facts, CallOutcome.SELF_SERVED)
            case Goodbye():
                channel.finish(contract.NEXT_BYE, {})
                self._record(arrival, outcome.facts, CallOutcome.LEFT_IN_MENU)

    def _wait_again(self, channel: Line, arrival: Arrival, queue: str, enqueued_at: Instant) -> None:
        facts = self._facts_of(channel, arrival) or CallFacts(arrival.caller_number, arrival.dialled, arrival.language)
        self._wait(channel, self._queued(arrival, QueueId(queue), arrival.priority_s, enqueued_at, facts))

    def _queued(
        self, arrival: Arrival, queue: QueueId, priority_s: int, enqueued_at: Instant, facts: CallFacts
    ) -> CallQueued:
        return CallQueued(
            call_id=arrival.call_id,
            queue_id=queue,
            skills=self.skills_of(queue, facts.language),
            priority_s=priority_s,
            arrived_at=arrival.at,
            enqueued_at=enqueued_at,
            leg=Leg(arrival.node, arrival.channel, arrival.leg),
            facts=facts,
        )

    def _wait(self, channel: Line, event: CallQueued, parting: Sequence[Phrase] = ()) -> None:
        """Channel first: if the engine cannot be told now, it adopts the call from its variables when it is back.

        The parting words come last: the call is queued already, an agent who answers cuts them.
        """
        channel.finish(
            contract.NEXT_WAIT,
            {
                contract.QUEUE: event.queue_id,
                contract.ENQUEUED: str(event.enqueued_at),
                contract.PRIORITY: str(event.priority_s),
                contract.LANGUAGE: event.facts.language,
            },
        )
        self._tell(event.call_id, event)
        with suppress(PromptsError):
            channel.play(parting)

    def _sent_away(self, channel: Line, arrival: Arrival) -> None:
        """The engine has sent the caller here with the reason. Where that cannot be said, Asterisk says it alone."""
        told = read_refusal(arrival.extension)
        if told is None:
            log.warning("refusal_unreadable", call_id=arrival.call_id)
            return
        visit = Visit(channel, arrival, self.services, self._facts_of(channel, arrival))
        try:
            outcome = refusal.explain(visit, told)
        except PromptsError:
            return
        except CallerHungUp:
            self._tell(arrival.call_id, CallLeftMenu(arrival.call_id, visit.facts))
            raise
        match outcome:
            case Stays():
                self._tell(arrival.call_id, CallLeftMenu(arrival.call_id, outcome.facts))
                channel.finish(contract.NEXT_WAIT, {})
            case SelfServed():
                self._tell(arrival.call_id, CallSelfServed(arrival.call_id, outcome.facts))
                channel.finish(contract.NEXT_BYE, {})
            case Goodbye() | CallbackOrdered():
                self._tell(arrival.call_id, CallLeftMenu(arrival.call_id, outcome.facts))
                channel.finish(contract.NEXT_BYE, {})

    def _after_talk(self, channel: Line, arrival: Arrival) -> None:
        """The agent has hung up, the call is over for the engine: one question, and the dialplan says goodbye."""
        with suppress(PromptsError):
            survey.ask(Visit(channel, arrival, self.services))

    def _menu_while_waiting(self, channel: Line, arrival: Arrival) -> None:
        facts = self._facts_of(channel, arrival)
        visit = Visit(channel, arrival, self.services, facts)
        self._tell(arrival.call_id, CallEnteredMenu(arrival.call_id))
        try:
            outcome = waiting.menu(visit)
        except CallerHungUp:
            # Perhaps an agent has taken the call: what the caller did until then is on the card.
            self._tell(arrival.call_id, CallLeftMenu(arrival.call_id, visit.facts))
            raise
        if isinstance(outcome, SelfServed):
            self._tell(arrival.call_id, CallSelfServed(arrival.call_id, outcome.facts))
            channel.finish(contract.NEXT_BYE, {})
        else:
            self._tell(arrival.call_id, CallLeftMenu(arrival.call_id, visit.facts))
            if isinstance(outcome, CallbackOrdered):
                channel.finish(contract.NEXT_BYE, {})

    def _power_back(self, channel: Line, arrival: Arrival) -> None:
        """A customer whom we have rung has answered. What cannot be said, Asterisk says alone."""
        visit = Visit(channel, arrival, self.services)
        try:
            power_back.tell(visit)
            channel.finish(contract.NEXT_BYE, {})
        except (PromptsError, CustomersUnavailable) as fault:
            log.warning("power_back_not_told", call_id=arrival.call_id, fault=type(fault).__name__)
        finally:
            with suppress(CustomersUnavailable):
                self.services.rung.talked(arrival.call_id)

    def _pay_out_of_talk(self, channel: Line, arrival: Arrival) -> None:
        """An agent waits for this caller. Where nothing is said of what comes next, the dialplan brings them together.

        What the engine does not know of, or cannot tell, is not paid.
        """
        paying = self._payment_of(channel, arrival)
        if paying is None or arrival.extension != str(paying.number):
            return
        watch = PaymentTeller(self.engine.tell, arrival.call_id, paying.number)
        visit = Visit(channel, arrival, self.services, self._facts_of(channel, arrival), watch)
        try:
            with suppress(PromptsError):
                pay_out_of_talk(visit, AccountNumber(paying.account))
            paying = self._payment_of(channel, arrival)
            if paying is not None and paying.alone:
                self._after_the_agent(channel, arrival, visit)
        finally:
            # Perhaps the agent has the caller: what was done until then is on the card.
            watch.close()
            self._tell(arrival.call_id, CallLeftMenu(arrival.call_id, visit.facts))

    def _after_the_agent(self, channel: Line, arrival: Arrival, visit: Visit) -> None:
        """The agent has rung off meanwhile. Who wants one, or cannot be asked, waits at the head of the queue."""
        try:
            outcome = agent_has_gone(visit)
        except PromptsError:
            outcome = Stays(visit.facts)
        if isinstance(outcome, SelfServed):
            self._tell(arrival.call_id, CallSelfServed(arrival.call_id, outcome.facts))
            channel.finish(contract.NEXT_BYE, {})
        else:
            channel.finish(contract.NEXT_WAIT, {})

    def _payment_of(self, channel: Line, arrival: Arrival) -> Paying | None:
        try:
            return channel.meanwhile(lambda: self.engine.payment_of(arrival.call_id))
        except StoreUnavailable:
            log.warning("payment_unavailable", call_id=arrival.call_id)
            return None

    def _facts_of(self, channel: Line, arrival: Arrival) -> CallFacts | None:
        try:
            return channel.meanwhile(lambda: self.engine.facts_of(arrival.call_id))
        except StoreUnavailable:
            log.warning("facts_unavailable", call_id=arrival.call_id)
            return None

    def _tell(self, call_id: CallId, event: Event) -> None:
        try:
            self.engine.tell(event)
        except StoreUnavailable:
            log.warning("engine_not_told", call_id=call_id, event_type=type(event).__name__)

    def _record(self, arrival: Arrival, facts: CallFacts, outcome: CallOutcome) -> None:
        record = CallRecord(
            call_id=arrival.call_id,
            contact_id=ContactId(arrival.call_id),
            node=arrival.node,
            outcome=outcome,
            facts=facts,
            arrived_at=arrival.at,
            ended_at=self.clock.now(),
        )
        self.records.write(record)
