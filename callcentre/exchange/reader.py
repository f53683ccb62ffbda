"""Settings from text: the values, or every fault with its line. Rules of the whole are acd.queue_rules'. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from acd.queue_rules import wrong_settings
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
from callcentre.exchange.nodes import Findings, Table, Unfit, composed
from callcentre.exchange.writer import ALWAYS, CLOSED, WEEKDAYS
from calls.ids import AgentId, QueueId, is_slug
from staff.roles import Role
from staff.skills import HIGHEST_LEVEL, LEAST_LEVEL, skills_from
from staff.users import User

E = TypeVar("E", bound=StrEnum)
_NAMES = "docs/settings.md lists all"
_NUMBERS = (
    "target_s", "offer_s", "wrap_up_s", "level", "reserve", "preferred_s", "most_waiting", "late_s",
    "wrap_up_extensions", "wrap_up_extension_s", "reconnect_s",
)  # fmt: skip
_NO_TIMES: tuple[tuple[int, int], ...] = ()
_LIMITS = Limits()
_NEW = Queue(QueueId("new"), "", 20, frozenset())
"""The defaults of a queue."""
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Told:
    """What a file says; None: its section is not there. `version`: of the settings that were exported."""

    queues: tuple[Queue, ...] | None
    limits: Limits | None
    users: tuple[User, ...]
    version: int | None


class UnfitText(ValueError):
    """Nothing can be taken from this text; `faults` are its lines and what is wrong there."""

    def __init__(self, faults: Collection[tuple[int, str]]) -> None:
        self.faults = tuple(sorted(faults))
        said = "\n".join(f"line {line}: {text}" for line, text in self.faults)
        super().__init__(f"{len(self.faults)} fault(s); nothing was changed.\n{said}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is in the database."""

    settings: FloorSettings
    users: tuple[User, ...]


def read(text: str, kept: Kept, texts: Collection[str]) -> tuple[Told, Kept]:
    """What the text says, and everything as it would be then. `texts`: the prompts that there are.

    Raises UnfitText.
    """
    findings = Findings()
    told = _told(composed(text, findings), findings)
    wanted = Kept(
        FloorSettings(
            kept.settings.queues if told.queues is None else tuple(sorted(told.queues, key=lambda one: one.queue_id)),
            kept.settings.limits if told.limits is None else told.limits,
            kept.settings.version,
        ),
        _people(kept.users, told.users),
    )
    for wrong in wrong_settings(wanted.settings.queues, wanted.settings.limits, texts):
        findings.note(wrong.where, wrong.text)
    if kept.users and not any(user.active and user.role is Role.ADMINISTRATOR for user in wanted.users):
        findings.note(("users",), "no active administrator would be left")
    if findings.faults:
        raise UnfitText(findings.faults)
    return told, wanted


def _people(kept: tuple[User, ...], told: tuple[User, ...]) -> tuple[User, ...]:
    people = {user.login: user for user in (*kept, *told)}
    return tuple(people[login] for login in sorted(people))


def _told(top: Table, findings: Findings) -> Told:
    version = top.take("settings_version", _whole, None)
    limits = top.take_table("limits")
    queues = top.take_table("queues") if "queues" in top else None
    users = top.take_table("users")
    top.close("there are settings_version, limits, queues and users")
    if queues is not None and not queues.names():
        findings.note(("queues",), "no queue would be left; leave the section out to keep them")
    return Told(
        None if queues is None else tuple(_queue(queues, name) for name in queues.names()),
        None if limits is None else _read_limits(limits),
        () if users is None else tuple(user for name in users.names() if (user := _user(users, name)) is not None),
        version,
    )


def _read_limits(table: Table) -> Limits:
    limits = Limits(
        table.take("hold_lines", _whole, _LIMITS.hold_lines), table.take("per_number", _whole, _LIMITS.per_number)
    )
    table.close("there are hold_lines and per_number")
    return limits


def _queue(queues: Table, name: str) -> Queue:
    new = replace(_NEW, queue_id=QueueId(name), title=name)
    table = queues.take_table(name)
    if table is None:
        return new
    for needed in ("title", "target_s"):
        if needed not in table:
            table.miss(needed)
    numbers = {field: table.take(field, _whole, getattr(new, field)) for field in _NUMBERS}
    words = {field: table.take(field, str, getattr(new, field)) for field in ("title", "title_en", "strategy", "zone")}
    queue = replace(
        new,
        **numbers,
        **words,
        threshold_s=table.take("threshold_s", _whole_or_none, None),
        standard=table.take("standard", _share, new.standard),
        skills=frozenset(table.take_list("skills", str)),
        rings=tuple(_ring(ring) for ring in table.take_tables("rings")),
        order=tuple(AgentId(agent) for agent in table.take_list("order", str)),
        hours=_hours(table),
        never_full=table.take("never_full", _yes, False),
        overflow=tuple(_link(link) for link in table.take_tables("overflow")),
        announcements=_announcements(table.take_table("announcements")),
        callback=_callback(table.take_table("callback")),
    )
    table.close(_NAMES)
    return queue


def _ring(table: Table) -> Ring:
    if "after_s" not in table:
        table.miss("after_s")
    ring = Ring(
        table.take("after_s", _whole, 0), table.take("level", _whole, 1), frozenset(table.take_list("without", str))
    )
    table.close("a ring has after_s, level and without")
    return ring


def _link(table: Table) -> Overflow:
    for needed in ("for", "to"):
        if needed not in table:
            table.miss(needed)
    causes = frozenset(table.take_list("for", lambda text: _word_of(Cause, text)))
    way, target = table.take("to", _to, (Way.CALLBACK, ""))
    table.close("a link has for and to")
    return Overflow(causes, way, target)


def _to(text: str) -> tuple[Way, str]:
    way, _, target = text.partition(" ")
    if way not in set(Way) or bool(target.strip()) == (way == Way.CALLBACK):
        raise Unfit("write callback, queue NAME or outside +NUMBER")
    return Way(way), target.strip()


def _announcements(table: Table | None) -> Announcements:
    usual = Announcements()
    if table is None:
        return usual
    found = Announcements(
        table.take("first_s", _whole, usual.first_s),
        table.take("every_s", _whole, usual.every_s),
        table.take("position", _yes, usual.position),
        table.take("estimate", _yes, usual.estimate),
        table.take_list("texts", str),
    )
    table.close("there are first_s, every_s, position, estimate and texts")
    return found


def _callback(table: Table | None) -> CallbackRules:
    usual = CallbackRules()
    if table is None:
        return usual
    found = CallbackRules(
        table.take("offered_after_s", _whole, usual.offered_after_s),
        table.take("attempts", _whole, usual.attempts),
        table.take("pause_s", _whole, usual.pause_s),
        table.take("from", _minutes, usual.from_min, alias="from_min"),
        table.take("to", _minutes, usual.to_min, alias="to_min"),
    )
    table.close("there are offered_after_s, attempts, pause_s, from and to")
    return found


def _hours(queue: Table) -> Hours | None:
    if "hours" not in queue or queue.is_word("hours"):
        queue.take("hours", _always, None)
        return None
    table = queue.take_table("hours")
    if table is None:
        return None
    spans = [
        Span(weekday, opens, closes)
        for weekday, name in enumerate(WEEKDAYS)
        for opens, closes in table.take(name, _times, _NO_TIMES)
    ]
    holidays = table.take("holidays", str, "")
    special = table.take_table("special")
    days = (
        ()
        if special is None
        else tuple(SpecialDay(day, special.take(day, _times, _NO_TIMES)) for day in special.names())
    )
    table.close(f"there are {', '.join(WEEKDAYS)}, holidays and special")
    return Hours(tuple(spans), holidays, days)


def _user(users: Table, login: str) -> User | None:
    table = users.take_table(login)
    if table is None:
        return None
    if not is_slug(login):
        table.findings.note(table.where, "a login is a small letter and then up to 31 of a-z, 0-9 and -")
    for needed in ("name", "role"):
        if needed not in table:
            table.miss(needed)
    name = table.take("name", _name, login)
    role = table.take("role", lambda text: _word_of(Role, text), Role.AGENT)
    active = table.take("active", _yes, True)
    skills = table.take_table("skills")
    levels = {} if skills is None else {skill: _level(skills, skill) for skill in skills.names()}
    table.close("there are name, role, active and skills; a password is set by `callcentre password`")
    return User(AgentId(login), name, role, skills_from(levels), active)


def _level(skills: Table, skill: str) -> int:
    if not is_slug(skill):
        skills.findings.note(
            (*skills.where, skill), "a skill is small Latin letters, digits and dashes, a letter first"
        )
    return skills.take(skill, _skill_level, LEAST_LEVEL)


# --- words
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise Unfit("write a whole number")
    return int(text)


def _whole_or_none(text: str) -> int | None:
    return _whole(text)


def _skill_level(text: str) -> int:
    if (level := _whole(text)) not in range(LEAST_LEVEL, HIGHEST_LEVEL + 1):
        raise Unfit(f"a level is {LEAST_LEVEL} (is learning it) to {HIGHEST_LEVEL} (teaches it)")
    return level


def _share(text: str) -> float:
    try:
        return float(Decimal(text))
    except InvalidOperation:
        raise Unfit("write a share such as 0.8 for 80 %") from None


def _yes(text: str) -> bool:
    if text not in ("true", "false", "yes", "no"):
        raise Unfit("write true or false")
    return text in ("true", "yes")


def _minutes(text: str) -> int:
    clock = _CLOCK.fullmatch(text)
    if clock is None or int(clock[2]) > 59 or int(clock[1]) * 60 + int(clock[2]) > 24 * 60:
        raise Unfit("write a time such as 08:00; 24:00 is the day's end")
    return int(clock[1]) * 60 + int(clock[2])


def _times(text: str) -> tuple[tuple[int, int], ...]:
    if text == CLOSED:
        return ()
    spans = []
    for part in text.split(","):
        opens, dash, closes = part.strip().partition("-")
        if not dash:
            raise Unfit("write times such as 08:00-12:00, 13:00-20:00, or closed")
        spans.append((_minutes(opens.strip()), _minutes(closes.strip())))
    return tuple(spans)


def _always(text: str) -> None:
    if text != ALWAYS:
        raise Unfit(f"write {ALWAYS} for round the clock, or the days below it")


def _name(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable() or text != text.strip():
        raise Unfit(f"write the name in one line of at most {LONGEST_NAME} characters")
    return text


def _word_of(words: type[E], text: str) -> E:
    if text not in set(words):
        raise Unfit(f"use one of {', '.join(words)}")
    return words(text)
