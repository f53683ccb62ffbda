"""Every label exists in both languages, with the same gaps to fill, and every word of ours has a label."""

import re
import string
from pathlib import Path

import pytest

import agent_desktop
from acd.errors import Reason
from acd.model import DECLINED, RONA, SIGNED_IN, UNREACHABLE, CallState, Duty, Presence
from agent_desktop import reasons
from agent_desktop.card import step_words
from agent_desktop.labels import Labels, catalogue, labels_in
from calls.clock import EPOCH
from calls.journey import Identification, Language, Step
from calls.unreached import Unreached
from customers import demo
from customers.accounts import CAUSES, CustomerKind, EntryKind, OutageKind
from ivr.words import Choice, Flow, Result, Topic
from staff.roles import Right, Role

ROOM = Path(agent_desktop.__file__).parent
RU, EN = labels_in(Language.RU), labels_in(Language.EN)
CYRILLIC = re.compile("[А-Яа-яЁё]")
ENGINES = (RONA, SIGNED_IN, DECLINED, UNREACHABLE)
OWN_LANGUAGE = {"frame.other_language", "frame.other_language_title"}
"""Written in the language that they lead to."""


def ids(labels: Labels) -> set[str]:
    return set(labels.starting_with(""))


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_every_label_filled() -> None:
    assert ids(RU) == ids(EN)
    for language in Language:
        for message in catalogue(language):
            forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
            assert forms
            assert all(form.strip() for form in forms) or not message.id, message.id


@pytest.mark.parametrize("label", sorted(ids(RU)))
def test_a_label_has_the_same_gaps_and_its_own_language(label: str) -> None:
    russian, english = RU.starting_with("")[label], EN.starting_with("")[label]
    assert gaps(russian) == gaps(english)
    if label not in OWN_LANGUAGE:
        assert not CYRILLIC.search(english)


def test_pages_and_scripts_use_only_labels_that_exist() -> None:
    used: dict[str, str] = {}
    for path in [*ROOM.glob("templates/*.html"), *ROOM.glob("client/src/*.js"), *ROOM.glob("*.py")]:
        text = path.read_text("utf-8")
        for found in re.findall(r"""\bt\(\s*["']([a-z_0-9.]+)["']""", text):
            used[found] = path.name
        for found in re.findall(r"""\.(?:text|count)\(\s*["']([a-z_0-9.]+)["']""", text):
            used[found] = path.name
    assert len(used) > 100
    prefixes = {name for name in used if name.endswith((".", "_"))}
    missing = {name: place for name, place in used.items() if name not in ids(RU) and name not in prefixes}
    assert not missing


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("state", (*(p.value for p in Presence), *(d.value for d in Duty if d is not Duty.IDLE))),
        (
            "reason",
            (*reasons.NOT_READY, *reasons.BY_ITSELF, reasons.SIGN_IN_ENDED, *ENGINES),
        ),
        ("topic", (*reasons.WRAP_UP, *(topic.value for topic in Topic))),
        ("refused", [r.value for r in Reason if r is not Reason.ILLEGAL_MOVE]),
        ("transfer", [f"missed_{why.value}" for why in Unreached]),
        ("choice", [choice.value for choice in Choice]),
        ("result", [result.value for result in Result]),
        ("level", [level.value for level in Identification]),
        ("language", [language.value for language in Language]),
        ("kind", [kind.value for kind in CustomerKind]),
        ("outage", [kind.value for kind in OutageKind]),
        ("entry", [kind.value for kind in EntryKind]),
        ("cause", CAUSES),
        ("demo", [fixed.word for fixed in demo.FIXED]),
        ("right", [right.value for right in Right]),
        ("role", [role.value for role in Role]),
        ("floor", ["call_waiting", "call_offered", "call_connecting"]),
    ],
)
def test_every_word_of_the_house_has_a_label(prefix: str, words: list[str]) -> None:
    assert {f"{prefix}.{word}" for word in words} <= ids(RU)


def test_states_of_an_unanswered_call_are_the_three_named() -> None:
    assert {CallState.WAITING, CallState.OFFERED, CallState.CONNECTING} == set(CallState) - {
        CallState.TALKING,
        CallState.DIVERTED,
        CallState.ENDED,
    }


def test_a_step_reads_as_words_and_an_unknown_one_is_no_error() -> None:
    step = Step(EPOCH, Flow.IDENTIFY.value, Choice.ACCOUNT_AND_PIN.value, Result.WRONG_PIN.value)
    assert step_words(step, RU) == "Счёт и PIN: неверный PIN"
    assert step_words(Step(EPOCH, "later", "unheard_of", "strange"), EN) == "A step in the menu"


@pytest.mark.parametrize(
    ("number", "word"), [(1, "счёт"), (2, "счёта"), (5, "счетов"), (11, "счетов"), (21, "счёт"), (101, "счёт")]
)
def test_russian_plurals(number: int, word: str) -> None:
    assert RU.count("card.accounts", number) == f"{number} {word} у звонящего"


def test_a_missing_label_is_a_loud_fault() -> None:
    with pytest.raises(KeyError, match=r"desk\.po"):
        RU.text("no.such.label")
