"""What settings of queues must be, whoever writes them: the command line, a page or a program. Pure.

Every rule that is broken is named with its place, all at once. A rule that is not here is a matter of taste.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from holidays import list_supported_countries

from acd.queues import HIGHEST_LEVEL, LEAST_LEVEL, Hours, Limits, Overflow, Queue, Way
from acd.strategies import STRATEGIES
from calls.ids import QueueId, is_slug
from calls.numbers import parse_number
from calls.zones import checked_zone

DAY_S: Final = 86_400
DAY_MIN: Final = 1440
LONGEST_TITLE: Final = 80
MOST_QUEUES: Final = 1000
SLUG: Final = "use small Latin letters, digits and dashes, at most 32, a letter first"

_RANGES: Final = {
    "target_s": (1, DAY_S),
    "offer_s": (1, 300),
    "wrap_up_s": (0, 3600),
    "level": (LEAST_LEVEL, HIGHEST_LEVEL),
    "reserve": (0, 1000),
    "preferred_s": (0, 3600),
    "most_waiting": (0, 100_000),
    "late_s": (0, DAY_S),
    "wrap_up_extensions": (0, 20),
    "wrap_up_extension_s": (0, 3600),
    "reconnect_s": (0, 300),
}
_ANNOUNCEMENTS: Final = {"first_s": (0, 3600), "every_s": (0, 3600)}
_CALLBACK: Final = {
    "offered_after_s": (0, 3600),
    "attempts": (1, 20),
    "pause_s": (60, DAY_S),
    "from_min": (0, DAY_MIN - 1),
    "to_min": (1, DAY_MIN),
}
_LIMITS: Final = {"hold_lines": (0, 100_000), "per_number": (0, 10_000)}

_PROMPT: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class Wrong:
    """`where`: the path to it ("queues", "general", "overflow", "1", "target"); `text`: what is wrong, what to do."""

    where: tuple[str, ...]
    text: str


def wrong_settings(queues: Sequence[Queue], limits: Limits, texts: Collection[str] | None = None) -> tuple[Wrong, ...]:
    """Every broken rule. `texts`: the prompts that may be announced; None: not known here."""
    return (*_limits(limits), *_queues(queues, texts))


def _limits(limits: Limits) -> Iterator[Wrong]:
    yield from _ranges(limits, _LIMITS, ("limits",))


def _queues(queues: Sequence[Queue], texts: Collection[str] | None) -> Iterator[Wrong]:
    if len(queues) > MOST_QUEUES:
        yield Wrong(("queues",), f"{len(queues)} queues are more than a floor has ({MOST_QUEUES})")
    known = {queue.queue_id for queue in queues}
    for queue in queues:
        where = ("queues", queue.queue_id)
        yield from _words(queue, where)
        yield from _ranges(queue, _RANGES, where)
        yield from _service(queue, where)
        yield from _rings(queue, where)
        if queue.hours is not None:
            yield from _hours(queue.hours, queue.never_full, (*where, "hours"))
        for place, link in enumerate(queue.overflow, 1):
            yield from _link(link, queue.queue_id, known, (*where, "overflow", str(place)))
        yield from _said(queue, texts, where)


def _words(queue: Queue, where: tuple[str, ...]) -> Iterator[Wrong]:
    if not is_slug(queue.queue_id):
        yield Wrong(where, SLUG)
    for name, least in (("title", 1), ("title_en", 0)):
        text = getattr(queue, name)
        if not least <= len(text) <= LONGEST_TITLE or not text.isprintable() or text != text.strip():
            yield Wrong((*where, name), f"write one line of at most {LONGEST_TITLE} characters")
    yield from (Wrong((*where, "skills"), f"{skill}: {SLUG}") for skill in sorted(queue.skills) if not is_slug(skill))
    yield from (Wrong((*where, "order"), f"{agent}: {SLUG}") for agent in queue.order if not is_slug(agent))
    if len(set(queue.order)) < len(queue.order):
        yield Wrong((*where, "order"), "an agent is named twice; name each once")
    if queue.strategy not in STRATEGIES:
        yield Wrong((*where, "strategy"), f"use one of {', '.join(sorted(STRATEGIES))}")
    try:
        checked_zone(queue.zone)
    except ValueError as wrong:
        yield Wrong((*where, "zone"), str(wrong))


def _service(queue: Queue, where: tuple[str, ...]) -> Iterator[Wrong]:
    if queue.threshold_s is not None and not 1 <= queue.threshold_s <= DAY_S:
        yield Wrong((*where, "threshold_s"), f"use 1 to {DAY_S}")
    permille = queue.standard * 1000
    if not 0 < queue.standard <= 1 or abs(permille - round(permille)) > 1e-6:
        yield Wrong((*where, "standard"), "use more than 0 and at most 1 in steps of 0.001, 0.8 for 80 %")


def _rings(queue: Queue, where: tuple[str, ...]) -> Iterator[Wrong]:
    former = -1
    for place, ring in enumerate(queue.rings, 1):
        at = (*where, "rings", str(place))
        if not LEAST_LEVEL <= ring.level <= HIGHEST_LEVEL:
            yield Wrong((*at, "level"), f"use {LEAST_LEVEL} to {HIGHEST_LEVEL}")
        if not max(0, former + 1) <= ring.after_s <= DAY_S:
            yield Wrong((*at, "after_s"), "each ring begins later than the one before it")
        former = ring.after_s
        yield from (Wrong((*at, "without"), f"{skill}: {SLUG}") for skill in sorted(ring.without) if not is_slug(skill))


def _hours(hours: Hours, never_full: bool, where: tuple[str, ...]) -> Iterator[Wrong]:
    if never_full:
        yield Wrong(where, "a queue that is never full is never closed: leave its hours out")
    if hours.holidays and hours.holidays not in list_supported_countries():
        yield Wrong((*where, "holidays"), "use a country's two letters such as RU, or leave it out")
    for weekday in range(7):
        spans = [(span.opens_min, span.closes_min) for span in hours.spans if span.weekday == weekday]
        yield from _spans(spans, where)
    if any(not 0 <= span.weekday <= 6 for span in hours.spans) or list(hours.spans) != sorted(
        hours.spans, key=lambda span: (span.weekday, span.opens_min)
    ):
        yield Wrong(where, "write the days from Monday to Sunday, and a day's times in their order")
    days = [special.day for special in hours.special]
    if days != sorted(set(days)):
        yield Wrong((*where, "special"), "write each special day once, in their order")
    for special in hours.special:
        at = (*where, "special", special.day)
        if not _is_day(special.day):
            yield Wrong(at, "write the day as 2026-12-31")
        yield from _spans(list(special.open_min), at)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _spans(spans: list[tuple[int, int]], where: tuple[str, ...]) -> Iterator[Wrong]:
    former = 0
    for opens, closes in spans:
        if not former <= opens < closes <= DAY_MIN:
            yield Wrong(where, "times lie inside a day, end after they begin and do not overlap")
            return
        former = closes


def _link(link: Overflow, own: QueueId, known: Collection[QueueId], where: tuple[str, ...]) -> Iterator[Wrong]:
    if not link.causes:
        yield Wrong((*where, "for"), "name at least one cause")
    match link.way:
        case Way.QUEUE:
            if link.target == own:
                yield Wrong((*where, "to"), "a queue does not overflow into itself")
            elif link.target not in known:
                yield Wrong((*where, "to"), f"there is no queue {link.target}")
        case Way.OUTSIDE:
            if parse_number(link.target) != link.target:
                yield Wrong((*where, "to"), "write the telephone number as +73060000000")
        case Way.CALLBACK:
            if link.target:
                yield Wrong((*where, "to"), "a callback has no target")


def _said(queue: Queue, texts: Collection[str] | None, where: tuple[str, ...]) -> Iterator[Wrong]:
    yield from _ranges(queue.announcements, _ANNOUNCEMENTS, (*where, "announcements"))
    if 0 < queue.announcements.every_s < 10:
        yield Wrong((*where, "announcements", "every_s"), "leave 10 s or more between announcements, or 0 for none")
    for text in queue.announcements.texts:
        if not is_prompt(text) or (texts is not None and text not in texts):
            yield Wrong((*where, "announcements", "texts"), f"there is no prompt {text}")
    yield from _ranges(queue.callback, _CALLBACK, (*where, "callback"))
    if queue.callback.from_min >= queue.callback.to_min:
        yield Wrong((*where, "callback", "to_min"), "the time of callbacks ends after it begins")


def is_prompt(text: str) -> bool:
    """Whether this can be a prompt's id: it becomes the name of a file."""
    return len(text) <= 64 and _PROMPT.fullmatch(text) is not None


def _ranges(value: object, ranges: dict[str, tuple[int, int]], where: tuple[str, ...]) -> Iterator[Wrong]:
    for name, (least, most) in ranges.items():
        if not least <= getattr(value, name) <= most:
            yield Wrong((*where, name), f"use {least} to {most}")
