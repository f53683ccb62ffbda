"""What a waiting call asks of its agent: each skill at a level, less and less while it waits (widening rings).

  asked(now) = {(skill, level) : skill in the queue's and the call's own, not in `without`}
`level` and `without` are those of the last ring with enqueued_at + after_s <= now; before the first the queue's level,
and nothing is left out. A later ring that asks for more is obeyed as it is written.
"""

from collections.abc import Iterable
from functools import lru_cache

from acd.copies import replace
from acd.model import Call
from acd.queues import LEAST_LEVEL, Queue
from calls.clock import Instant, after
from staff.skills import Skill, Skills


def asked(queue: Queue, own: frozenset[str], enqueued_at: Instant, now: Instant) -> tuple[Skills, Instant | None]:
    """What a call of this queue, which itself asks for `own` (its language), asks now; and when that changes next."""
    level, without = queue.level, frozenset[str]()
    for ring in queue.rings:
        widens_at = after(enqueued_at, ring.after_s)
        if widens_at > now:
            return _each_at(queue.skills, own, without, level), widens_at
        level, without = ring.level, ring.without
    return _each_at(queue.skills, own, without, level), None


def under(queue: Queue, call: Call, now: Instant, settings_version: int) -> Call:
    """The waiting call under its queue's settings of today: skills and target, its ring by now, its preference window.

    The very same call when nothing changes. `settings_version` is noted when the norm is a new one.
    """
    skills = queue.skills | call.own_skills
    need, widens_at = asked(queue, call.own_skills, call.enqueued_at, now)
    until = call.preferred_until
    if until is not None and until <= now:
        until = None
    if (need, widens_at, until) != (call.need, call.widens_at, call.preferred_until) or skills != call.skills:
        call = replace(call, skills=skills, need=need, widens_at=widens_at, preferred_until=until)
    if (queue.target_s, queue.threshold_s) != (call.target_s, call.threshold_s):
        target_s, threshold_s = queue.target_s, queue.threshold_s
        call = replace(call, target_s=target_s, threshold_s=threshold_s, settings_version=settings_version)
    return call


def least_asked(queue: Queue, own: frozenset[str] = frozenset()) -> Skills:
    """What such a call asks at the very end of its wait."""
    if not queue.rings:
        return _each_at(queue.skills, own, frozenset(), queue.level)
    last = queue.rings[-1]
    return _each_at(queue.skills, own, last.without, last.level)


def well_enough(queue: Queue, skills: frozenset[str]) -> Skills:
    """These skills, none left out, as well as the queue's calls ask for at the very end of their wait."""
    return _each_at(skills, frozenset(), frozenset(), queue.rings[-1].level if queue.rings else queue.level)


def levels_asked(queues: Iterable[Queue]) -> tuple[int, ...]:
    """The levels that queues tell agents apart by, ascending; the least is always among them."""
    levels = {LEAST_LEVEL}
    for queue in queues:
        levels.add(queue.level)
        levels.update(ring.level for ring in queue.rings)
    return tuple(sorted(levels))


def coarse(skills: Skills, levels: tuple[int, ...]) -> Skills:
    """The skills as these levels see them: each at the highest that it reaches. Agents who are the same are a group."""
    return frozenset(
        Skill(name, max(one for one in levels if one <= level)) for name, level in skills if level >= levels[0]
    )


@lru_cache(maxsize=4096)
def _each_at(queues: frozenset[str], own: frozenset[str], without: frozenset[str], level: int) -> Skills:
    return frozenset(Skill(name, level) for name in (queues | own) - without)
