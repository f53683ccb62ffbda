"""One caller's visit to the self-service: the line, the services, and the facts as far as they have come.

A flow changes the facts here step by step; so the journey still has them when CallerHungUp ends the flow anywhere.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from types import MappingProxyType

from calls.clock import Clock, Instant
from calls.ids import QueueId
from calls.journey import CallFacts, Identification, Language
from calls.zones import SUPPLIER_ZONE
from customers.accounts import AccountNumber
from customers.appeals import Appeals, NoAppeals
from customers.callers import Callers, Habit, NoCallers
from customers.codes import OneTimeCodes
from customers.notices import Notices
from customers.outages import OutageAt
from customers.pin_resets import ApprovedResets, NoResets
from customers.ports import Accounts, Outages, Pins, Readings
from customers.readings import Period
from customers.reference_ports import NoReference, ReferencePages
from customers.satisfaction import NOBODY_ASKED, NoSurveys, SurveyRule, Surveys
from customers.voice_messages import NoMessages, VoiceMessages
from customers.watches import NoWatches, RungWatches, Watches
from ivr.callbacks import Callbacks, NoCallbacks
from ivr.channel import Arrival, Channel
from ivr.payment_watch import PaymentWatch, Unwatched
from ivr.reading import Reading, load_reading
from ivr.till import Till
from ivr.wanted import Wanted
from ivr.words import Choice, Flow, Result, Topic
from prompts.errors import PromptsError
from prompts.phrase import Phrase

MOST_TURNS = 12
"""Menus and balances in one visit; who needs more is lost in the menu, or means to hold the line."""
EMERGENCY_PRIORITY_S = 86_400
"""A day: no call of another kind, however long it has waited, comes due before a danger to life."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a caller waits. `priority_s`: seconds by which the call goes before its due time."""

    queue: QueueId
    priority_s: int = 0


@dataclass(frozen=True, slots=True)
class Routes:
    """Which topic waits in which queue; a topic without a line of its own takes `default`."""

    default: Route = Route(QueueId("service"))
    by_topic: Mapping[Topic, Route] = field(
        default_factory=lambda: MappingProxyType({Topic.EMERGENCY: Route(QueueId("emergency"), EMERGENCY_PRIORITY_S)})
    )

    def of(self, topic: Topic) -> Route:
        return self.by_topic.get(topic, self.default)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a caller may take, in seconds, counted from the end of the prompt or from the last key."""

    menu_key_s: float = 5.0
    """Time to take the telephone from the ear and find a key; longer feels like a dead line."""
    first_digit_s: float = 12.0
    """Time to fetch the bill with the account number."""
    next_digit_s: float = 8.0
    """Time to look from the bill to the keys and back."""
    settle_s: float = 2.0
    """After the last possible digit (a `#` may follow) and after `*0` (an account number may begin with 0)."""


class Lookup(Enum):
    """Whether the caller's number was looked up: asking a dead database once a visit is enough."""

    NOT_TRIED = auto()
    FAILED = auto()
    DONE = auto()


@dataclass(frozen=True, slots=True)
class Services:
    """What every visit needs, the same for all calls."""

    accounts: Accounts
    pins: Pins
    outages: Outages
    readings: Readings
    clock: Clock
    routes: Routes = field(default_factory=Routes)
    patience: Patience = field(default_factory=Patience)
    callbacks: Callbacks = field(default_factory=NoCallbacks)
    callers: Callers = field(default_factory=NoCallers)
    wanted: Wanted = field(default_factory=Wanted)
    reading_period: Period = field(default_factory=Period)
    codes: OneTimeCodes | None = None
    """None: no codes are sent here, and none is offered."""
    resets: ApprovedResets = field(default_factory=NoResets)
    reference: ReferencePages = field(default_factory=NoReference)
    reading: Reading = field(default_factory=load_reading)
    till: Till | None = None
    """None: nobody pays by telephone here, and nobody is offered to."""
    appeals: Appeals = field(default_factory=NoAppeals)
    messages: VoiceMessages = field(default_factory=NoMessages)
    notices: Notices | None = None
    """None: nothing is sent to callers in writing, and nothing is promised."""
    surveys: Surveys = field(default_factory=NoSurveys)
    survey: SurveyRule = NOBODY_ASKED
    """Who is asked, after an agent's call, how well we were able to help."""
    watches: Watches = field(default_factory=NoWatches)
    rung: RungWatches = field(default_factory=NoWatches)
    quiet_nights: bool = True
    """Whether those who watch an outage are told in the morning of what happens at night."""
    supplier_zone: str = SUPPLIER_ZONE
    """IANA: the days of appeals are told by its clock."""


class Visit:
    """One caller's visit. Read `facts`, `served` and `parting` at any time, also after CallerHungUp.

    `served`: the caller has had an answer, so that hanging up now is no loss.
    `parting`: what to say once the call is queued already; an agent's answer may cut it.
    `answered`: the answer was one to a question, so that silence then means goodbye.
    `outages`: those at the places of the caller's number; `told_outages`: which of all the caller has heard of;
    `places_looked_at`: whether the database was in time to say whether there are any.
    `watchable`: of those that were told and go on, each with its account, whose end the caller may be told of;
    `watched`: the caller has wished for it.
    `habit`: what the caller's number is remembered for.
    `mask`: a random word in place of the call for what is kept anonymously; it stands in no fact and no log.
    `out_of_talk`: an agent has sent the caller here, to pay, and `payment_watch` looks on. `receipt`: of the last
    payment.
    `proven`: accounts whose PIN or code was right in this call; the level of identification follows from it.
    `resetting`: accounts whose code of an approved reset was right: they may have a new PIN and are not proven yet.
    """

    def __init__(
        self,
        channel: Channel,
        arrival: Arrival,
        services: Services,
        facts: CallFacts | None = None,
        watch: PaymentWatch | None = None,
    ) -> None:
        """`facts` are those of an earlier part of the same call (a caller who waits), if they are known."""
        self.channel = channel
        self.arrival = arrival
        self.services = services
        self.facts = facts or CallFacts(arrival.caller_number, arrival.dialled, arrival.language)
        self.served = False
        self.answered = False
        self.outages: tuple[OutageAt, ...] = ()
        self.places_looked_at = False
        self.told_outages: frozenset[int] = frozenset()
        self.watchable: dict[int, tuple[OutageAt, AccountNumber | None]] = {}
        self.watched = False
        self.parting: tuple[Phrase, ...] = ()
        self.habit: Habit | None = None
        self.lookup = Lookup.NOT_TRIED
        self.proven: set[AccountNumber] = set()
        self.resetting: set[AccountNumber] = set()
        self.out_of_talk = watch is not None
        self.payment_watch: PaymentWatch = watch or Unwatched()
        self.receipt = ""
        self.mask = secrets.token_hex(16)
        self._turns = 0
        if self.facts.identification is Identification.VERIFIED and self.facts.account is not None:
            self.proven.add(AccountNumber(self.facts.account))

    def turn(self) -> bool:
        """Count one turn through a menu; False when there were so many that a person is the better help."""
        self._turns += 1
        return self._turns <= MOST_TURNS

    def note(self, flow: Flow, choice: Choice, result: Result) -> None:
        """Add a step to the journey, now."""
        self.facts = self.facts.with_step(self.services.clock.now(), flow.value, choice.value, result.value)

    def wait_out(self, lasts_s: float, since: Instant, phrases: tuple[Phrase, ...] = ()) -> None:
        """Let what began at `since` take so long as a whole, for the caller. Raises CallerHungUp."""
        left_s = lasts_s - (self.services.clock.now() - since) / 1000
        if left_s > 0:
            self.channel.pause(left_s, phrases)

    @contextmanager
    def telling(self, flow: Flow, choice: Choice, result: Result, *, asked: bool = True) -> Iterator[None]:
        """What is said inside is an answer: a step of the journey, and no loss when the caller rings off in it.

        Taken back when it has no voice (PromptsError). `asked`: it answers a question, so that silence means goodbye.
        """
        before = self.facts, self.served, self.answered
        self.note(flow, choice, result)
        self.served, self.answered = True, self.answered or asked
        try:
            yield
        except PromptsError:
            self.facts, self.served, self.answered = before  # it was not heard
            raise

    def speak(self, language: Language) -> None:
        """Go on in this language; remembered for the whole call."""
        self.channel.speak(language)
        self.facts = replace(self.facts, language=language)

    def ask_about(self, topic: Topic) -> None:
        self.facts = replace(self.facts, topic=topic.value)

    def concern(self, account: AccountNumber) -> None:
        """Make this the account in question, with exactly the level of identification that was proven for it."""
        if account in self.proven:
            level = Identification.VERIFIED
        elif account in self.facts.accounts:
            level = Identification.KNOWN_NUMBER
        else:
            level = Identification.ANONYMOUS
        self.facts = replace(self.facts, account=account, identification=level)

    def claim(self, account: AccountNumber) -> None:
        """The account that a caller names without proof: shown to the agent, so that nobody is asked twice.

        Only where nothing better is known, and it raises no level.
        """
        if self.facts.account is None and (not self.facts.accounts or account in self.facts.accounts):
            self.concern(account)
