"""Settings as text: YAML, every field, always in the same order, so that two exports are compared line by line. Pure.

Reading it (`reader`) gives exactly the same values again. Passwords are no settings.
"""

from collections.abc import Iterable, Mapping
from textwrap import indent
from typing import Final

import yaml

from acd.queues import FloorSettings, Hours, Limits, Overflow, Queue, Ring, Way
from staff.skills import levels_of
from staff.users import User

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS: Final = "always"
CLOSED: Final = "closed"
HEAD: Final = """\
# Queues, limits and users of the call centre. `callcentre settings import FILE --dry-run` shows what a change would do.
# A queue that is taken out is removed (its calls stay until they are over), a user who is taken out stays as he is.
# A field that is left out has its default; a section that is left out stays as it is. docs/settings.md tells all.
"""

Plain = Mapping[str, object]


class _Line(list[object]):
    """A list that stands in one line."""


class _Flow(dict[str, object]):
    """A table that stands in one line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(_Line, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True))
_Dumper.add_representer(_Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, True))


def exported(settings: FloorSettings, users: Iterable[User]) -> str:
    """The whole text, ready to be kept in a file."""
    version = _dumped({"settings_version": settings.version})
    return "\n".join((HEAD, version, body(settings, users)))


def body(settings: FloorSettings, users: Iterable[User]) -> str:
    """The same without its head: what two settings are compared by."""
    queues = sorted(settings.queues, key=lambda queue: queue.queue_id)
    people = sorted(users, key=lambda user: user.login)
    return "\n".join(
        (
            _dumped({"limits": _limits(settings.limits)}),
            _section("queues", {queue.queue_id: _queue(queue) for queue in queues}),
            _section("users", {user.login: _user(user) for user in people}),
        )
    )


def _section(name: str, entries: Mapping[str, Plain]) -> str:
    if not entries:
        return f"{name}: {{}}\n"
    return f"{name}:\n" + "\n".join(indent(_dumped({key: entry}), "  ") for key, entry in entries.items())


def _dumped(value: Plain) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)


def _limits(limits: Limits) -> Plain:
    return {"hold_lines": limits.hold_lines, "per_number": limits.per_number}


def _queue(queue: Queue) -> Plain:
    threshold = {} if queue.threshold_s is None else {"threshold_s": queue.threshold_s}
    return {
        "title": queue.title,
        "title_en": queue.title_en,
        "zone": queue.zone,
        "hours": ALWAYS if queue.hours is None else _hours(queue.hours),
        "never_full": queue.never_full,
        "target_s": queue.target_s,
        **threshold,
        "standard": queue.standard,
        "skills": _Line(sorted(queue.skills)),
        "level": queue.level,
        "rings": [_ring(ring) for ring in queue.rings],
        "reserve": queue.reserve,
        "strategy": queue.strategy,
        "order": _Line(queue.order),
        "preferred_s": queue.preferred_s,
        "offer_s": queue.offer_s,
        "wrap_up_s": queue.wrap_up_s,
        "wrap_up_extensions": queue.wrap_up_extensions,
        "wrap_up_extension_s": queue.wrap_up_extension_s,
        "reconnect_s": queue.reconnect_s,
        "most_waiting": queue.most_waiting,
        "late_s": queue.late_s,
        "overflow": [_link(link) for link in queue.overflow],
        "announcements": {
            "first_s": queue.announcements.first_s,
            "every_s": queue.announcements.every_s,
            "position": queue.announcements.position,
            "estimate": queue.announcements.estimate,
            "texts": _Line(queue.announcements.texts),
        },
        "callback": {
            "offered_after_s": queue.callback.offered_after_s,
            "attempts": queue.callback.attempts,
            "pause_s": queue.callback.pause_s,
            "from": clock(queue.callback.from_min),
            "to": clock(queue.callback.to_min),
        },
    }


def _ring(ring: Ring) -> Plain:
    return _Flow({"after_s": ring.after_s, "level": ring.level, "without": _Line(sorted(ring.without))})


def _link(link: Overflow) -> Plain:
    to = link.way.value if link.way is Way.CALLBACK else f"{link.way.value} {link.target}"
    return _Flow({"for": _Line(sorted(cause.value for cause in link.causes)), "to": to})


def _hours(hours: Hours) -> Plain:
    days = {
        name: _times((span.opens_min, span.closes_min) for span in hours.spans if span.weekday == weekday)
        for weekday, name in enumerate(WEEKDAYS)
    }
    special = {special.day: _times(special.open_min) for special in hours.special}
    return {"holidays": hours.holidays, **days, "special": special}


def _times(spans: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in spans) or CLOSED


def clock(minutes: int) -> str:
    """Minutes of a day as people write them; 24:00 is its end."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _user(user: User) -> Plain:
    return {
        "name": user.name,
        "role": user.role.value,
        "active": user.active,
        "skills": _Flow(levels_of(user.skills)),
    }
