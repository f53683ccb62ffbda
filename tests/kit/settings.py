"""Settings of queues for tests: one queue with every field set, and hypothesis' queues that break no rule."""

from datetime import date
from typing import assert_never

from hypothesis import strategies as st

from acd.queues import (
    Announcements,
    CallbackRules,
    Cause,
    FloorSettings,
    Hours,
    Limits,
    Overflow,
    Queue,
    Ring,
    Span,
    SpecialDay,
    Way,
)
from acd.strategies import STRATEGIES
from calls.ids import AgentId, QueueId

OFFICE = Hours(
    (*(Span(day, 8 * 60, 20 * 60) for day in range(5)), Span(5, 9 * 60, 13 * 60), Span(5, 14 * 60, 24 * 60)),
    "RU",
    (SpecialDay("2026-12-31", ((8 * 60, 14 * 60),)), SpecialDay("2027-01-09")),
)
PLAIN = Queue(QueueId("plain"), "Простая", 20, frozenset())
FULL = Queue(
    QueueId("full"),
    "Всё задано",
    40,
    frozenset({"billing", "general"}),
    offer_s=20,
    wrap_up_s=30,
    strategy="longest_idle",
    zone="Asia/Omsk",
    title_en="All of it",
    threshold_s=25,
    standard=0.985,
    level=3,
    rings=(Ring(30, 2), Ring(90, 1, frozenset({"billing"}))),
    reserve=2,
    order=(AgentId("orlov"), AgentId("zueva")),
    preferred_s=12,
    hours=OFFICE,
    most_waiting=7,
    late_s=300,
    overflow=(
        Overflow(frozenset({Cause.FULL, Cause.LATE}), Way.QUEUE, "plain"),
        Overflow(frozenset({Cause.NO_AGENTS}), Way.OUTSIDE, "+73060000199"),
        Overflow(frozenset({Cause.CLOSED}), Way.CALLBACK),
    ),
    wrap_up_extensions=4,
    wrap_up_extension_s=90,
    reconnect_s=20,
    announcements=Announcements(10, 60, False, True, ("menu.danger", "welcome")),
    callback=CallbackRules(90, 5, 600, 10 * 60, 20 * 60),
)
"""No field has its default but `never_full`, which no queue with hours may have."""

slugs = st.from_regex(r"[a-z][a-z0-9-]{0,11}", fullmatch=True)
titles = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=40)
_minutes = st.integers(0, 1440)


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    ends = sorted(draw(st.lists(_minutes, max_size=6, unique=True)))
    return tuple(zip(ends[::2], ends[1::2], strict=False))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    spans = tuple(Span(day, *span) for day in range(7) for span in draw(spans_of_a_day()))
    days = sorted(draw(st.sets(st.dates(date(2026, 1, 1), date(2030, 12, 31)), max_size=3)))
    special = tuple(SpecialDay(day.isoformat(), draw(spans_of_a_day())) for day in days)
    return Hours(spans, draw(st.sampled_from(("", "RU", "KZ"))), special)


@st.composite
def rings(draw: st.DrawFn) -> tuple[Ring, ...]:
    begins = sorted(draw(st.sets(st.integers(0, 3600), max_size=3)))
    return tuple(Ring(at, draw(st.integers(1, 5)), draw(st.frozensets(slugs, max_size=2))) for at in begins)


@st.composite
def links(draw: st.DrawFn, others: tuple[str, ...]) -> Overflow:
    way = draw(st.sampled_from(Way if others else (Way.CALLBACK, Way.OUTSIDE)))
    causes = draw(st.frozensets(st.sampled_from(Cause), min_size=1))
    match way:
        case Way.QUEUE:
            return Overflow(causes, way, draw(st.sampled_from(others)))
        case Way.OUTSIDE:
            return Overflow(causes, way, f"+7306{draw(st.integers(1_000_000, 9_999_999))}")
        case Way.CALLBACK:
            return Overflow(causes, way)
    assert_never(way)


@st.composite
def queues(draw: st.DrawFn, queue_id: str, others: tuple[str, ...]) -> Queue:
    never_full = draw(st.booleans())
    day = draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True))
    return Queue(
        QueueId(queue_id),
        draw(titles),
        draw(st.integers(1, 3600)),
        draw(st.frozensets(slugs, max_size=3)),
        draw(st.integers(1, 300)),
        draw(st.integers(0, 3600)),
        draw(st.sampled_from(sorted(STRATEGIES))),
        draw(st.sampled_from(("Europe/Moscow", "Asia/Kamchatka", "UTC"))),
        draw(st.just("") | titles),
        draw(st.none() | st.integers(1, 3600)),
        draw(st.integers(1, 1000)) / 1000,
        draw(st.integers(1, 5)),
        draw(rings()),
        draw(st.integers(0, 9)),
        tuple(AgentId(agent) for agent in draw(st.lists(slugs, max_size=3, unique=True))),
        draw(st.integers(0, 60)),
        None if never_full else draw(st.none() | hours()),
        draw(st.integers(0, 500)),
        draw(st.integers(0, 3600)),
        tuple(draw(st.lists(links(others), max_size=3))),
        never_full,
        draw(st.integers(0, 20)),
        draw(st.integers(0, 600)),
        draw(st.integers(0, 60)),
        Announcements(
            draw(st.integers(0, 60)),
            draw(st.just(0) | st.integers(10, 90)),
            draw(st.booleans()),
            draw(st.booleans()),
            tuple(draw(st.lists(st.sampled_from(("welcome", "menu.danger")), max_size=2))),
        ),
        CallbackRules(
            draw(st.integers(0, 600)), draw(st.integers(1, 9)), draw(st.integers(60, 3600)), min(day), max(day)
        ),
    )


@st.composite
def floor_settings(draw: st.DrawFn) -> FloorSettings:
    """Settings that `wrong_settings` has nothing against, by their ids in order."""
    names = sorted(draw(st.sets(slugs, max_size=3)))
    found = tuple(draw(queues(name, tuple(other for other in names if other != name))) for name in names)
    return FloorSettings(found, Limits(draw(st.integers(0, 900)), draw(st.integers(0, 9))))
