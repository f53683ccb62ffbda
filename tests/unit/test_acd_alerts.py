"""Alerts: hysteresis in both directions, once each, over a restart."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.alerts import (
    BREAKING,
    RULES,
    SEVERITY,
    AlertBook,
    AlertCleared,
    AlertEvent,
    AlertKind,
    AlertRaised,
    Latch,
    Reading,
    Subject,
)
from calls.clock import Instant, after
from calls.ids import AgentId

NOW = Instant(1_795_424_400_000)
WAIT = Subject(AlertKind.LONGEST_WAIT, "general")
BELOW = Subject(AlertKind.FORECAST_BELOW, "general")


def fed(latch: Latch, *measures: tuple[float, float]) -> list[bool]:
    """(second, measure) each; whether it was on after each."""
    return [latch.feed(measure, after(NOW, second)) for second, measure in measures]


def test_a_call_is_flagged_above_one_half_for_ten_seconds() -> None:
    assert fed(Latch(BREAKING), (0, 0.6), (9.9, 0.7), (10, 0.6), (11, 0.4)) == [False, False, True, True]


def test_a_dip_begins_the_ten_seconds_anew() -> None:
    assert fed(Latch(BREAKING), (0, 0.6), (9, 0.5), (10, 0.6), (19, 0.6), (20, 0.6)) == [False] * 4 + [True]


def test_a_flag_is_cleared_below_a_third_only() -> None:
    latch = Latch(BREAKING, on=True)
    assert fed(latch, (0, 0.45), (1, 0.31), (2, 0.29), (3, 0.45)) == [True, True, False, False]


def read(book: AlertBook, second: float, *measures: tuple[Subject, float]) -> tuple[AlertEvent, ...]:
    return book.read([Reading(subject, measure, 90, 20) for subject, measure in measures], after(NOW, second))


def test_raised_once_cleared_once() -> None:
    book = AlertBook()
    (raised,) = read(book, 0, (WAIT, 4.5))
    assert isinstance(raised, AlertRaised)
    assert (raised.alert.kind, raised.alert.about, raised.alert.value) == (AlertKind.LONGEST_WAIT, "general", 90)
    assert [read(book, second, (WAIT, 9.0)) for second in (1, 2, 400)] == [(), (), ()]
    assert [read(book, second, (WAIT, 0.5)) for second in (500, 529)] == [(), ()]
    (cleared,) = read(book, 530, (WAIT, 0.5))
    assert cleared == AlertCleared(replace(raised.alert, cleared_at=after(NOW, 530)))
    assert book.open == {}


def test_a_zero_clears_where_the_limit_is_zero() -> None:
    """The forecast clears at the standard itself: a shortfall of 0 is none."""
    book = AlertBook()
    assert read(book, 0, (BELOW, 0.1)) == ()
    assert len(read(book, 30, (BELOW, 0.1))) == 1
    assert read(book, 100, (BELOW, 0.0)) == ()
    assert len(read(book, 160, (BELOW, 0.0))) == 1


def test_what_is_measured_no_more_is_cleared() -> None:
    book = AlertBook()
    read(book, 0, (WAIT, 4.0))
    assert read(book, 10) == ()
    (cleared,) = read(book, 40)
    assert isinstance(cleared, AlertCleared)


def test_after_a_restart_nothing_is_raised_again() -> None:
    book = AlertBook()
    (raised,) = read(book, 0, (WAIT, 4.0))
    seen = replace(raised.alert, acknowledged_at=after(NOW, 3), acknowledged_by=AgentId("orlov"))
    again = AlertBook([seen, replace(raised.alert, about="old", cleared_at=NOW)])
    assert read(again, 5, (WAIT, 4.0)) == ()
    read(again, 10, (WAIT, 0.0))
    (cleared,) = read(again, 40, (WAIT, 0.0))
    assert cleared.alert.acknowledged_by == "orlov"


def test_an_acknowledgement_is_kept_until_the_end() -> None:
    book = AlertBook()
    (raised,) = read(book, 0, (WAIT, 4.0))
    seen = replace(raised.alert, acknowledged_at=after(NOW, 3), acknowledged_by=AgentId("orlov"))
    book.note_acknowledged(seen)
    assert book.open[WAIT] == seen


def test_two_monitors_that_see_the_same_raise_the_same_alert() -> None:
    first, second = (read(AlertBook(), 0, (WAIT, 4.0)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_has_a_rule_and_a_severity(kind: AlertKind) -> None:
    assert RULES[kind].clear_below <= RULES[kind].raise_above
    assert kind in SEVERITY


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 60), st.sampled_from([WAIT, BELOW, None])), max_size=60))
def test_raised_and_cleared_take_turns(course: Sequence[tuple[float, float, Subject | None]]) -> None:
    """Whatever is measured: a subject is raised, cleared, raised ...; what was raised and not cleared is open."""
    book, second = AlertBook(), 0.0
    last: dict[Subject, type[AlertEvent]] = {}
    for measure, pause, subject in course:
        second += pause
        for event in read(book, second, *([(subject, measure)] if subject else [])):
            assert last.get(event.alert.subject, AlertCleared) is not type(event)
            last[event.alert.subject] = type(event)
    assert {subject for subject, kind in last.items() if kind is AlertRaised} == set(book.open)
