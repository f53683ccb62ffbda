"""Settings as text: what is written is read again exactly, and whatever is wrong is named with its line."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from acd.queues import FloorSettings, Limits
from callcentre.exchange.reader import Kept, UnfitText, read
from callcentre.exchange.writer import body, exported
from calls.ids import AgentId
from staff.demo import USERS
from staff.roles import Role
from staff.skills import skills_from
from staff.users import User
from tests.kit.settings import FULL, PLAIN, floor_settings, slugs, titles

PROMPTS = frozenset({"welcome", "menu.danger"})
ADMIN = User(AgentId("admin"), "Администратор", Role.ADMINISTRATOR, frozenset())
EMPTY = Kept(FloorSettings(), (ADMIN,))
ALL = Kept(FloorSettings((FULL, PLAIN), Limits(300, 4), 12), (ADMIN, *USERS[:3]))

users = st.builds(
    User,
    slugs.map(AgentId),
    titles,
    st.sampled_from(Role),
    st.dictionaries(slugs, st.integers(1, 5), max_size=4).map(skills_from),
    st.booleans(),
)


def text_of(kept: Kept) -> str:
    return exported(kept.settings, kept.users)


def faults_in(text: str, kept: Kept = EMPTY) -> list[tuple[int, str]]:
    """None when the text can be taken."""
    try:
        read(text, kept, PROMPTS)
    except UnfitText as unfit:
        return list(unfit.faults)
    return []


def test_every_field_comes_back() -> None:
    told, wanted = read(text_of(ALL), EMPTY, PROMPTS)
    assert told.version == 12
    assert wanted.settings == replace(ALL.settings, version=0), "the version is that of the database"
    assert set(wanted.users) == set(ALL.users)


@given(floor_settings(), st.lists(users, max_size=4, unique_by=lambda user: user.login))
@settings(deadline=None, max_examples=60)
def test_whatever_is_written_is_read_again_and_written_the_same(floor: FloorSettings, people: list[User]) -> None:
    people = [user for user in people if user.login != ADMIN.login]
    assume(floor.queues)
    kept = Kept(floor, (ADMIN, *people))
    text = text_of(kept)
    _, wanted = read(text, EMPTY, PROMPTS)
    assert wanted.settings == floor
    assert {user.login: user for user in wanted.users} == {user.login: user for user in kept.users}
    assert text_of(wanted) == text


@given(st.text() | st.text(alphabet="abc:-[]{}&*!|>'\"%@`#, \n\t0123456789"))
@settings(deadline=None, max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(line >= 1 for line, _ in faults_in(text, ALL))


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_damaged_export_is_read_or_refused(data: st.DataObject) -> None:
    text = text_of(ALL)
    at = data.draw(st.integers(0, len(text)))
    upto = data.draw(st.integers(at, min(len(text), at + 30)))
    damaged = text[:at] + data.draw(st.text(max_size=5)) + text[upto:]
    assert all(line >= 1 for line, _ in faults_in(damaged, ALL))


def test_what_is_left_out_stays_and_a_queue_that_is_left_out_goes() -> None:
    told, wanted = read("limits: {hold_lines: 9}\n", ALL, PROMPTS)
    assert wanted.settings == replace(ALL.settings, limits=Limits(9, 0))
    assert told.version is None
    assert wanted.users == tuple(sorted(ALL.users, key=lambda user: user.login))
    _, without = read("queues: {plain: {title: Простая, target_s: 20}}\n", ALL, PROMPTS)
    assert without.settings.queues == (PLAIN,), "whatever is not said has its default"
    nothing, same = read("# nothing\n", ALL, PROMPTS)
    assert (nothing.queues, same.settings) == (None, ALL.settings)


def test_a_person_may_write_it_more_briefly() -> None:
    text = """
queues:
  plain:
    title: "Простая"       # a comment
    target_s: 20
    never_full: no
    hours:
      mon: 8:00-12:00, 13:00-20:00
      sun: closed
      special:
        2027-01-01: closed
    overflow:
      - for: [full]
        to: callback
"""
    _, wanted = read(text, EMPTY, PROMPTS)
    hours = wanted.settings.queues[0].hours
    assert hours is not None
    assert [(span.weekday, span.opens_min, span.closes_min) for span in hours.spans] == [(0, 480, 720), (0, 780, 1200)]


WRONG = """settings_version: twelve  # wrong
limits:
  hold_lines: -1  # wrong
  lines: 4  # wrong
queues:
  general:
    title: Общая
    target_s: 20 s  # wrong
    targets: 20  # wrong
    standard: eighty  # wrong
    hours:
      mon: 08:00-20:00
      tue: 8-20  # wrong
      wednesday: closed  # wrong
      special:
        2027-02-30: closed  # wrong
    rings:
      - {after_s: 60, level: 9}  # wrong
      - after_s: 30  # wrong
    overflow:
      - {for: [full, fully], to: queue nowhere}  # wrong
      - {for: [late], to: outside 8800}  # wrong
      - for: []  # wrong
    callback: {from: 21:00, to: 09:00}  # wrong
    announcements: {texts: [no.such]}  # wrong
    zone: Omsk  # wrong
  general:  # wrong
    title: Вторая
  Bad Name: {title: x, target_s: 1, skills: general}  # wrong
users:  # wrong
  orlov: {name: Орлов, role: boss, skills: {general: 6, Общий: 2}, password: secret}  # wrong
  admin: {name: A, role: administrator, active: false}
more: 1  # wrong
"""


def test_every_fault_is_named_with_its_line() -> None:
    found = faults_in(WRONG, ALL)
    wrong = {number for number, line in enumerate(WRONG.splitlines(), 1) if line.endswith("# wrong")}
    assert {line for line, _ in found} == wrong
    said = "\n".join(text for _, text in found)
    for words in (
        "limits.hold_lines: use 0 to 100000",
        "limits.lines: this is not known here",
        "queues.general.target_s: write a whole number. Found '20 s'",
        "queues.general.hours.wednesday: this is not known here; there are mon",
        "queues.general.overflow.1.for.2: use one of closed",
        "queues.general.overflow.1.to: there is no queue nowhere",
        "queues.general.overflow.2.to: write the telephone number",
        "queues.general.overflow.3: to is missing",
        "queues.general.callback.to_min: the time of callbacks ends after it begins",
        "queues.general.announcements.texts: there is no prompt no.such",
        "queues.general: this is written twice",
        "queues.Bad Name: use small Latin letters",
        "queues.Bad Name.skills: write a list here",
        "users.orlov.role: use one of agent",
        "users.orlov.skills.general: a level is 1",
        "users.orlov.password: this is not known here",
        "users: no active administrator would be left",
        "more: this is not known here",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [", 2, "no YAML"),
        ("a: &x 1\nlimits: *x", 2, "aliases"),
        ("limits: {}\n---\nlimits: {}", 2, "no YAML"),
        ("- 1", 1, "write fields here"),
        ("limits: 7", 1, "write fields here"),
        ("queues: {}", 1, "no queue would be left"),
        ("\0", 1, "no YAML"),
        ("[" * 5000, 1, "nested too deeply"),
        ("queues: {a: {b: " + "{c: " * 2000 + "1" + "}" * 2000 + "}}", 1, "nested too deeply"),
    ],
)
def test_what_is_no_settings_at_all_is_refused(text: str, line: int, words: str) -> None:
    assert (line, words) in [(found, words) for found, said in faults_in(text) if words in said]


def test_no_password_is_ever_written() -> None:
    assert "password" not in body(ALL.settings, ALL.users)
