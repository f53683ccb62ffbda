"""Ring or text me when power is back: offered where an outage was told, kept before it is promised; and that call."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from acd.events import Event
from acd.model import Paying
from callcentre.journey import Journey
from calls.clock import after
from calls.ids import CallId
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber
from calls.record import CallRecord
from customers import demo
from customers.addresses import Street
from customers.outages import OutageAt
from customers.watches import NewWatch, WatchWay
from dialplan import contract
from ivr.channel import CallerHungUp
from ivr.flows import outage, power_back, waiting, welcome
from ivr.visit import Visit
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_appeals import FakeAppeals
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.fake_watches import FakeWatches
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel
from tests.kit.visits import NOW, STRANGER, StillClock, visit

EMERGENCY = demo.emergency(NOW)
PHONE = demo.IN_OUTAGE.phone
ENDING = PHONE[-4:]
WISH = NewWatch(
    EMERGENCY.outage_id,
    PHONE,
    WatchWay.RING,
    Language.RU,
    demo.NABEREZHNAYA,
    "Europe/Moscow",
    CallId("01936b00-0000-7000-8000-000000000001"),
    demo.IN_OUTAGE.number,
)


def steps(caller: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in caller.facts.journey]


def called(
    *script: str, watches: FakeWatches, phone: PhoneNumber = PHONE, customers: FakeCustomers | None = None
) -> tuple[ScriptedChannel, Visit]:
    channel = ScriptedChannel(*script, HANG_UP)
    caller = visit(channel, phone, customers, watches=watches)
    with pytest.raises(CallerHungUp):
        welcome.answer(caller)
    return channel, caller


@pytest.mark.parametrize(("key", "way"), [("7", WatchWay.TEXT), ("8", WatchWay.RING)])
def test_who_heard_of_an_outage_is_offered_to_be_told_and_hears_the_end_of_the_number(key: str, way: WatchWay) -> None:
    watches = FakeWatches()
    channel, caller = called(LISTEN, LISTEN, LISTEN, key, LISTEN, watches=watches)
    menu = channel.heard.index("menu.danger")
    assert channel.heard[menu : menu + 3] == ["menu.danger", "watch.offer_text", "watch.offer_ring"]
    assert [*watches.kept.values()] == [replace(WISH, way=way)]
    promise = channel.heard.index(f"watch.{way}")
    assert channel.played[promise][1].values["ending"] == ENDING
    assert channel.heard[promise + 1] == "watch.night"
    assert "watch.offer_text" not in channel.heard[promise:], "nobody is asked twice"
    assert steps(caller)[-1] == ("outage", f"watch_{way}", "ordered")
    assert caller.served


def test_the_wish_is_kept_before_a_word_is_said() -> None:
    watches = FakeWatches()
    called(LISTEN, LISTEN, "7", watches=watches)
    assert len(watches.kept) == 1


def test_a_second_wish_changes_the_first() -> None:
    watches = FakeWatches()
    called(LISTEN, LISTEN, "7", "8", LISTEN, watches=watches)
    assert [one.way for one in watches.kept.values()] == [WatchWay.RING]


@pytest.mark.parametrize("ways", [frozenset(), frozenset({WatchWay.TEXT})])
def test_only_what_can_be_done_is_offered(ways: frozenset[WatchWay]) -> None:
    watches = FakeWatches(ways)
    channel, _ = called(LISTEN, LISTEN, "8", LISTEN, watches=watches)
    assert ("watch.offer_text" in channel.heard) is bool(ways)
    assert "watch.offer_ring" not in channel.heard
    assert "menu.wrong_key" in channel.heard
    assert not watches.kept


def test_nothing_is_offered_to_whom_no_outage_concerns_or_only_one_to_come() -> None:
    for phone in (demo.TRUSTED.phone, demo.FIRM.phone, STRANGER):
        channel, _ = called(LISTEN, LISTEN, LISTEN, watches=FakeWatches(), phone=phone)
        assert not any(heard.startswith("watch.") for heard in channel.heard)


def test_what_is_over_meanwhile_or_cannot_be_kept_is_said() -> None:
    watches = FakeWatches()
    watches.over.add(EMERGENCY.outage_id)
    channel, caller = called(LISTEN, LISTEN, "7", LISTEN, LISTEN, watches=watches)
    assert "watch.over" in channel.heard
    assert "watch.text" not in channel.heard
    assert steps(caller)[-1] == ("outage", "watch_text", "none")
    watches = FakeWatches()
    watches.down = True
    channel, caller = called(LISTEN, LISTEN, "7", LISTEN, watches=watches)
    assert "watch.unavailable" in channel.heard
    assert steps(caller)[-1] == ("outage", "watch_text", "unavailable")


def test_in_the_language_of_the_caller() -> None:
    watches = FakeWatches()
    called(LISTEN, LISTEN, "2", LISTEN, "8", LISTEN, watches=watches)
    assert [one.language for one in watches.kept.values()] == [Language.EN]


def test_after_asking_for_a_locality() -> None:
    watches = FakeWatches()
    channel = ScriptedChannel(*"105#", LISTEN, "8", LISTEN, HANG_UP)
    caller = visit(channel, STRANGER, watches=watches)
    with pytest.raises(CallerHungUp):
        outage.ask(caller)
    assert channel.heard[-3:] == ["watch.ring", "watch.night", "outage.after"]
    assert [*watches.kept.values()] == [replace(WISH, number=STRANGER, account=None)]


def test_of_several_outages_in_a_locality_none_is_meant() -> None:
    customers = demo_customers(NOW)
    other = replace(EMERGENCY, outage_id=77)
    customers.accounts[demo.IN_OUTAGE.number].outages = (EMERGENCY, other)
    channel = ScriptedChannel(*"105#", LISTEN, HANG_UP)
    with pytest.raises(CallerHungUp):
        outage.ask(visit(channel, STRANGER, customers, watches=FakeWatches()))
    assert "watch.offer_text" not in channel.heard


def test_who_waits_asks_for_outages_watches_and_keeps_the_place() -> None:
    watches = FakeWatches()
    channel = ScriptedChannel("4", LISTEN, "7", LISTEN, "*", LISTEN)
    caller = visit(channel, PHONE, enqueued_at=NOW, watches=watches)
    assert waiting.menu(caller) is None
    assert "menu.outage" in channel.heard
    assert "outage.emergency" in channel.heard
    assert channel.heard[-2:] == ["queue.after_outage", "queue.back"]
    assert [*watches.kept] == [(EMERGENCY.outage_id, PHONE)]


def test_who_waits_hears_first_of_an_outage_that_began_since_then() -> None:
    customers, watches = demo_customers(NOW), FakeWatches()
    customers.accounts[demo.IN_OUTAGE.number].outages = (replace(EMERGENCY, since=NOW),)
    channel = ScriptedChannel(LISTEN, "7", LISTEN, LISTEN)
    assert waiting.menu(visit(channel, PHONE, customers, enqueued_at=NOW, watches=watches)) is None
    assert channel.heard[0] == "outage.emergency"
    assert channel.heard.index("watch.offer_text") < channel.heard.index("queue.self_service")
    assert channel.heard[-3:] == ["watch.text", "watch.night", "queue.back"]
    assert [*watches.kept] == [(EMERGENCY.outage_id, PHONE)]


@pytest.mark.parametrize("script", [["4", "0"], ["4", SILENCE, SILENCE], ["4", LISTEN, "*"]])
def test_whatever_a_waiting_caller_does_there_the_place_is_kept(script: list[str]) -> None:
    channel = ScriptedChannel(script, LISTEN)
    assert waiting.menu(visit(channel, PHONE, enqueued_at=NOW, watches=FakeWatches())) is None
    assert channel.heard[-1] == "queue.back"


def test_the_records_away_while_waiting() -> None:
    customers = demo_customers(NOW)
    customers.down = True
    channel = ScriptedChannel("4", LISTEN)
    assert waiting.menu(visit(channel, PHONE, customers, enqueued_at=NOW)) is None
    assert channel.heard[-2:] == ["queue.no_outages", "queue.back"]


# --- the call that tells it
def rung(
    *script: str, watches: FakeWatches, appeals: FakeAppeals | None = None, over: bool = True
) -> tuple[ScriptedChannel, CallId]:
    call = watches.ring(WISH)
    if over:
        watches.over.add(WISH.outage_id)
    channel = ScriptedChannel(*script)
    caller = visit(channel, None, watches=watches, appeals=appeals)
    caller.arrival = replace(caller.arrival, call_id=call)
    try:
        power_back.tell(caller)
    except CallerHungUp:
        pass
    return channel, call


TOLD = ["power.hello", "power.back", "outage.place", "power.still_dark"]


def test_who_answers_hears_one_sentence_and_is_told() -> None:
    watches = FakeWatches()
    channel, _ = rung(LISTEN, SILENCE, LISTEN, watches=watches)
    assert channel.heard == [*TOLD, "power.goodbye"]
    assert watches.told == [WISH]


def test_who_hangs_up_in_the_first_word_is_told_too() -> None:
    watches = FakeWatches()
    rung(HANG_UP, watches=watches)
    assert watches.told == [WISH]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_still_dark_makes_a_report_that_joins_what_goes_on_there(elsewhere: bool) -> None:
    watches, appeals = FakeWatches(), FakeAppeals()
    if elsewhere:
        other = replace(EMERGENCY, outage_id=77)
        watches.going_on = (replace(outage_at(), outage=other),)
    channel, call = rung("1", LISTEN, LISTEN, watches=watches, appeals=appeals)
    assert channel.heard == [*TOLD, "appeal.number", "appeal.reported", "power.goodbye"]
    ((source, _), appeal) = next(iter(appeals.kept.items()))
    assert source == call
    assert (appeal.account, appeal.phone) == (demo.IN_OUTAGE.number, PHONE)
    assert appeal.outage_id == (77 if elsewhere else EMERGENCY.outage_id)


def outage_at() -> OutageAt:
    return OutageAt(EMERGENCY, Street("с. Ключи", "ул. Набережная"), "Europe/Moscow")


def test_a_report_that_cannot_be_kept_is_not_promised() -> None:
    watches, appeals = FakeWatches(), FakeAppeals()
    appeals.down = True
    channel, _ = rung("1", LISTEN, LISTEN, watches=watches, appeals=appeals)
    assert channel.heard == [*TOLD, "power.not_kept", "power.goodbye"]


def test_no_agent_is_called() -> None:
    channel, _ = rung("0", LISTEN, watches=FakeWatches())
    assert channel.heard == [*TOLD, "power.goodbye"]


def test_what_is_not_true_any_more_is_not_said() -> None:
    watches = FakeWatches()
    channel, _ = rung(LISTEN, watches=watches, over=False)
    assert channel.heard == ["power.hello", "power.not_yet", "power.goodbye"]
    assert watches.told == []


def test_without_the_voice_the_place_is_left_out() -> None:
    def mute(phrase: Phrase) -> None:
        if phrase.prompt_id == "outage.place":
            raise SpeechUnavailableError("The voice was taken down by the test.")

    watches = FakeWatches()
    call = watches.ring(WISH)
    watches.over.add(WISH.outage_id)
    channel = ScriptedChannel(LISTEN, SILENCE, LISTEN, mute=mute)
    caller = visit(channel, None, watches=watches)
    caller.arrival = replace(caller.arrival, call_id=call)
    power_back.tell(caller)
    assert channel.heard == ["power.hello", "power.back", "power.still_dark", "power.goodbye"]


def test_the_fake_keeps_its_promise() -> None:
    watches = FakeWatches()
    assert watches.wish(WISH, after(NOW, 1))
    assert watches.answered(CallId("unknown"), NOW) is None


# --- the session of that call
class Session(ScriptedChannel):
    """A line that is told where the dialplan goes on."""

    def __init__(self, *script: str, mute: Callable[[Phrase], None] = lambda phrase: None) -> None:
        super().__init__(*script, mute=mute)
        self.finished: list[str] = []

    def finish(self, next_step: str, variables: Mapping[str, str]) -> None:
        self.finished.append(next_step)


class Silent:
    """An engine and records that hear of nothing: this call is none of theirs."""

    def tell(self, event: Event) -> object:
        raise AssertionError("the engine was told of a call that is none of its own")

    def facts_of(self, call_id: CallId) -> CallFacts | None:
        raise AssertionError("the engine was asked for a call that is none of its own")

    def payment_of(self, call_id: CallId) -> Paying | None:
        raise AssertionError("the engine was asked for a call that is none of its own")

    def write(self, record: CallRecord) -> None:
        raise AssertionError("a call of ours was recorded as a caller's")


def answer(session: Session, watches: FakeWatches) -> FakeWatches:
    call = watches.ring(WISH)
    watches.over.add(WISH.outage_id)
    caller = visit(session, None, watches=watches)
    journey = Journey(caller.services, Silent(), Silent(), StillClock(), lambda _queue, _language: frozenset())
    journey.answer(session, replace(caller.arrival, call_id=call), contract.AGI_POWER_BACK)
    return watches


def test_the_engine_hears_nothing_of_that_call() -> None:
    session = Session(LISTEN, SILENCE, LISTEN)
    assert answer(session, FakeWatches()).told == [WISH]
    assert session.finished == [contract.NEXT_BYE]


def test_what_cannot_be_said_or_looked_up_is_left_to_asterisk() -> None:
    def mute(phrase: Phrase) -> None:
        raise SpeechUnavailableError("The voice was taken down by the test.")

    session = Session(LISTEN, mute=mute)
    assert answer(session, FakeWatches()).told == [WISH], "it was answered: not rung again"
    watches, other = FakeWatches(), Session(LISTEN)
    watches.down = True
    answer(other, watches)
    assert session.finished == other.finished == []


def test_who_hangs_up_ends_it_quietly() -> None:
    session = Session(HANG_UP)
    assert answer(session, FakeWatches()).told == [WISH]
    assert session.finished == []
