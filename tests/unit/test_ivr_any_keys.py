"""Whatever a caller presses, and whenever one rings off: an Outcome or CallerHungUp, soon, and no secret stays."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from calls.journey import Identification, Language
from calls.numbers import PhoneNumber
from calls.refusal import Refusal, Why
from customers import demo
from customers.appeals import AppealKind
from ivr.channel import ALL_KEYS, CallerHungUp
from ivr.flows import code, pin, refusal, waiting, welcome
from ivr.flows.identify import TRIES
from ivr.outcome import CallbackOrdered, Outcome, Stays
from ivr.visit import MOST_TURNS, Visit
from ivr.words import Choice, Flow, Result, Topic
from prompts.errors import PromptsError, SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_appeals import FakeAppeals
from tests.kit.fake_callbacks import FakeCallbacks
from tests.kit.fake_customers import demo_customers
from tests.kit.fake_notices import FakeNotices, counting_codes
from tests.kit.fake_reference import demo_reference
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, catalogue, keys
from tests.kit.visits import NOW, STRANGER, arrival, visit

MENU_PLAYS = 7
"""Most prompts of one menu: 1 and then 1 for silence, 2 for wrong keys, 3 for repeats."""
CODE_PLAYS = 2 * MENU_PLAYS + 2 * (code.SENDS + code.TRIES)
NEW_PIN_PLAYS = 4 * pin.ROUNDS
MOST_PLAYS = MOST_TURNS * (3 * MENU_PLAYS + 4 * TRIES + CODE_PLAYS + NEW_PIN_PLAYS) + 1
"""A turn is at most a main menu, the choice of an account, three entries of two prompts twice, and a menu after it;
or a code with its two menus, and a new PIN of two entries a round."""

NEW_PINS = ("83061", "29475")
CODES = [f"{730600 + sent}" for sent in range(4)]
SECRETS = {account.pin for account in demo.FIXED} | {"7777", "9876", *NEW_PINS, *CODES}
HARMLESS = re.compile(
    "|".join([str(NOW), re.escape(STRANGER), arrival().dialled, *(re.escape(each.phone) for each in demo.FIXED)])
    + "|"
    + "|".join(each.number for each in demo.FIXED)
)
"""What facts may hold and what may look like a PIN by chance: fixed beforehand, never taken from the facts."""
FLOWS = ["welcome", "waiting", *Why]
PHONES = [None, STRANGER, *(account.phone for account in demo.FIXED)]

keyed = st.sampled_from([keys(f"{account.number}#{account.pin}#") for account in demo.FIXED])
wrong = st.sampled_from([keys("4401220170#7777#"), keys("4409999999#9876#"), keys("4401220188#9876"), keys("*0")])
moments = st.sampled_from([*ALL_KEYS, LISTEN, SILENCE]).map(lambda moment: [moment])
changes = st.sampled_from([keys(f"23{one}#{other}#") for one in NEW_PINS for other in NEW_PINS])
filed = st.sampled_from([keys("61105#"), keys("62105#"), keys("631105#"), keys("632105#"), keys("6411"), keys("65")])
codes = st.sampled_from(
    [[*keys(f"{account.number}#*1"), SILENCE] for account in demo.FIXED] + [keys(f"{sent}#") for sent in CODES]
)
likely = st.sampled_from([["1"], ["2"], ["9"], ["*"], ["4"], ["5"], ["3"], ["6"], keys("105#"), keys("6100#")])
scripts: st.SearchStrategy[list[str]] = st.lists(
    st.one_of(moments, likely, keyed, wrong, changes, codes, filed), max_size=60
).map(lambda parts: [moment for part in parts for moment in part])


def mute_slots(phrase: Phrase) -> None:
    if catalogue().prompt(phrase.prompt_id, Language.RU).params:
        raise SpeechUnavailableError("The voice was taken down by the test.")


def play(flow: str, script: list[str], phone: PhoneNumber | None, down: bool, mute: bool) -> None:
    customers = demo_customers(NOW)
    for account in (demo.SHARED_FIRST, demo.SHARED_SECOND):
        customers.accounts[account.number].phones[account.phone] = True
    customers.down = down
    channel = ScriptedChannel(script, HANG_UP, mute=mute_slots if mute else lambda phrase: None)
    callbacks = FakeCallbacks(down=down)
    enqueued_at = None if flow == "welcome" else NOW
    pages = demo_reference()
    pages.down = down
    appeals, notices = FakeAppeals(), FakeNotices()
    appeals.down = notices.down = down
    caller = visit(
        channel,
        phone,
        customers,
        enqueued_at=enqueued_at,
        callbacks=callbacks,
        codes=counting_codes(),
        reference=pages,
        appeals=appeals,
        notices=notices,
    )
    outcome: Outcome | CallbackOrdered | Stays | None = None
    try:
        match flow:
            case "welcome":
                outcome = welcome.answer(caller)
            case "waiting":
                outcome = waiting.menu(caller)
            case _:
                outcome = refusal.explain(caller, Refusal(Why(flow), True, 1, NOW))
    except CallerHungUp:
        pass
    except PromptsError:
        assert flow in FLOWS[2:], "only there Asterisk says the sentence by itself"
    assert len(callbacks.orders) <= 1
    assert isinstance(outcome, CallbackOrdered) <= len(callbacks.orders)
    assert channel.plays <= MOST_PLAYS
    assert outcome is None or outcome.facts == caller.facts
    assert len(appeals.kept) <= 2 * len(AppealKind)
    for appeal in appeals.kept.values():
        assert appeal.number not in repr(caller.facts)
    check_facts(caller)


def check_facts(caller: Visit) -> None:
    facts = caller.facts
    for step in facts.journey:
        assert step.flow in list(Flow)
        assert step.choice in list(Choice)
        assert step.outcome in list(Result)
        assert not re.search(r"\d", step.flow + step.choice + step.outcome)
    assert facts.topic in list(Topic)
    shown = HARMLESS.sub("", repr(caller.facts) + repr(caller.parting))
    assert not [secret for secret in SECRETS if secret in shown]
    if facts.identification is Identification.VERIFIED:
        assert facts.account in caller.proven
    if facts.identification is Identification.KNOWN_NUMBER:
        assert facts.account is None or facts.account in facts.accounts


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FLOWS), scripts, st.sampled_from(PHONES), st.booleans(), st.booleans())
def test_any_caller(flow: str, script: list[str], phone: PhoneNumber | None, down: bool, mute: bool) -> None:
    play(flow, script, phone, down, mute)


STORY = [LISTEN, "2", LISTEN, "1", *keys("4401220170#7777#"), *keys("4401220170#4821#"), LISTEN, "9", LISTEN, "1",
         *keys("4401220188*4401220188#3957#"), LISTEN, "*", LISTEN, "7", LISTEN, "0"]  # fmt: skip


def test_ringing_off_at_every_moment_of_a_long_call() -> None:
    for moment in range(len(STORY) + 1):
        for flow in FLOWS:
            play(flow, STORY[:moment], STRANGER, down=False, mute=False)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([*ALL_KEYS, SILENCE]), st.sampled_from(PHONES))
def test_one_key_pressed_for_ever_ends(key: str, phone: PhoneNumber | None) -> None:
    channel = ScriptedChannel([key, LISTEN] * 1000)
    welcome.answer(visit(channel, phone))
    assert channel.plays <= MOST_PLAYS
