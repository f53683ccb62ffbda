"""`callcentre drain`: takes a process or an Asterisk node out for an upgrade without losing a call.

1. A process is named as in the roster: `acd-2` of this machine, `two/acd` of the machine of node two. It takes nothing
   new, finishes what it has within the limit, and ends; started again it stands aside until it is undrained.
     acd       hands the lease over at once; whoever stands by distributes on
     ivr       refuses sessions, so that the dialplan asks the next address; sessions left at the limit are rescued
     desktop   closes its pages' connections: they come back at another; talks go on, their voice is not its
2. A node takes no new calls (SIP 503: the provider goes on to another); who is there is served. It is empty when its
   last call is over.
3. The last of a kind is drained by force only.
"""

import math
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, assert_never

from acd.redis_store import connect
from callcentre.installation import Installation
from callcentre.roster import Doing, Drain, Entry, Kind, Roster, full_name
from callcentre.telephones import all_nodes
from calls.clock import AnchoredClock, after
from dialplan.contract import DRAINED
from telephony.ami_errors import AmiError
from telephony.ami_link import AmiLink

POLL_S: Final = 0.25
SEEN_S: Final = 10.0
"""After its limit a process has so long to end."""
EMPTY_S: Final = 2.5
"""So long a node must have no call: it is told with the engine's next beat, and a call may just have been let in."""
_LOGIN_S: Final = 5.0
_PROCESS: Final = re.compile(r"(acd|ivr|desktop)(-[0-9]+)?")
_SERVING: Final = frozenset({Doing.ACTIVE, Doing.STANDS_BY, Doing.SERVES})

Say = Callable[[str], None]


class CannotDrain(Exception):
    """Nothing was changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """`name` as in the roster."""

    name: str
    kind: Kind

    @property
    def node(self) -> str:
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Node:
    name: str


Target = Process | Node


def nodes_of(installation: Installation) -> tuple[str, ...]:
    """This machine's node and the others."""
    return installation.settings.asterisk.node, *installation.settings.nodes


def target_of(word: str, installation: Installation) -> Target:
    """What a person calls `word`. Raises CannotDrain."""
    nodes = nodes_of(installation)
    node, slash, process = word.rpartition("/")
    if found := _PROCESS.fullmatch(process):
        return Process(full_name(node if slash else nodes[0], process), Kind(found[1]))
    if word in nodes:
        return Node(word)
    raise CannotDrain(f"There is no {word}. Name acd, acd-2, ivr, desktop, or a node: {', '.join(nodes)}.")


def drain(installation: Installation, word: str, limit_s: float, by: str, *, force: bool, say: Say) -> bool:
    """Drain and wait; whether it was empty within the limit. Raises CannotDrain, StoreUnavailable."""
    target = target_of(word, installation)
    clock = AnchoredClock()
    roster = Roster(connect(installation.redis_url), installation.settings.redis.prefix)
    drained, entries = roster.drains(), roster.entries(clock.now())
    if target.name in drained:
        say(f"{target.name} is being drained already; the limit counts from now.")
    elif not force:
        _refuse_the_last(target, entries, drained, nodes_of(installation))
    now = clock.now()
    roster.drain(target.name, Drain(now, after(now, limit_s), by))
    match target:
        case Process():
            return _wait_for_process(roster, target, clock, limit_s, say)
        case Node():
            return _wait_for_node(installation, target, limit_s, say)
    assert_never(target)


def undrain(installation: Installation, word: str, say: Say) -> None:
    """It may serve again. Raises CannotDrain, StoreUnavailable."""
    target = target_of(word, installation)
    roster = Roster(connect(installation.redis_url), installation.settings.redis.prefix)
    if roster.undrain(target.name):
        say(f"{target.name} may serve again.")
    else:
        say(f"{target.name} was not drained.")


def _refuse_the_last(
    target: Target, entries: Collection[Entry], drained: Collection[str], nodes: Collection[str]
) -> None:
    match target:
        case Process(name, kind):
            others = [
                entry
                for entry in entries
                if entry.kind is kind
                and entry.name != name
                and entry.name not in drained
                and entry.doing in _SERVING
                # Asterisk speaks with the self-service of its own machine only.
                and (kind is not Kind.IVR or entry.node == target.node)
            ]
            if not others:
                raise CannotDrain(f"{name} is the last {kind.value} that serves. Start another first, or give --force.")
        case Node(name):
            if not [node for node in nodes if node != name and node not in drained]:
                raise CannotDrain(
                    f"{name} is the last node that takes calls: callers would hear what the provider says then. "
                    "Undrain another first, or give --force."
                )
        case _:
            assert_never(target)


def _wait_for_process(roster: Roster, target: Process, clock: AnchoredClock, limit_s: float, say: Say) -> bool:
    ends = time.monotonic() + limit_s + SEEN_S
    told, busy, gone = "", 0, False
    while (now := time.monotonic()) < ends:
        entries = {entry.name: entry for entry in roster.entries(clock.now())}
        own = entries.get(target.name)
        gone = own is None or own.doing is Doing.STANDS_ASIDE
        if gone and not _is_handing_over(target, entries):
            say(f"{target.name} {'is not there' if own is None else 'stands aside'}{_who_goes_on(target, entries)}.")
            return busy == 0 or now < ends - SEEN_S
        if own is None or gone:
            time.sleep(POLL_S)
            continue
        busy = own.busy
        if (state := f"{target.name} {own.doing.value}, {busy} sessions left") != told:
            say(state)
            told = state
        time.sleep(POLL_S)
    if gone:
        say(f"{target.name} is gone and nobody has taken over yet: see callcentre check.")
    else:
        say(f"{target.name} has not ended within {limit_s:.0f} s.")
    return False


def _is_handing_over(target: Process, entries: dict[str, Entry]) -> bool:
    """Whether somebody stands by for a distribution and has not said yet that it took over."""
    others = {entry.doing for entry in entries.values() if entry.kind is target.kind and entry.name != target.name}
    return target.kind is Kind.ACD and Doing.STANDS_BY in others and Doing.ACTIVE not in others


def _who_goes_on(target: Process, entries: dict[str, Entry]) -> str:
    going = sorted(
        f"{entry.name} {entry.doing.value}"
        for entry in entries.values()
        if entry.kind is target.kind and entry.doing in _SERVING
    )
    return f"; {', '.join(going)}" if going else ""


def _wait_for_node(installation: Installation, target: Node, limit_s: float, say: Say) -> bool:
    ends = time.monotonic() + limit_s
    told, empty_since = "", math.inf
    with _link_to(installation, target.name) as link:
        while True:
            now = time.monotonic()
            text, empty = _state_of(link, target.name)
            empty_since = min(empty_since, now) if empty else math.inf
            if text != told:
                say(text)
                told = text
            if now - empty_since >= EMPTY_S:
                say(f"{target.name} is empty.")
                return True
            if now >= ends:
                say(
                    f"{target.name} is not empty after {limit_s:.0f} s and goes on draining. Ask again or take it down."
                )
                return False
            time.sleep(POLL_S)


def _state_of(link: AmiLink, name: str) -> tuple[str, bool]:
    """What to tell, and whether the node takes nothing new and has no call."""
    try:
        if not link.wait_up(_LOGIN_S):
            return f"{name} does not answer; is it down already?", False
        told = link.act("Getvar", (("Variable", f"GLOBAL({DRAINED})"),))["Value"] == "1"
        left = int(link.act("CoreStatus")["CoreCurrentCalls"])
    except (AmiError, ValueError):
        return f"{name} does not answer; is it down already?", False
    if not told:
        return f"{name} has not been told yet; is a distribution active?", False
    return f"{name} takes no new calls, {left} calls left", left == 0


@contextmanager
def _link_to(installation: Installation, name: str) -> Iterator[AmiLink]:
    (settings,) = [one for one in all_nodes(installation) if one.node == name]
    link = AmiLink(settings, frozenset(), lambda _: None)
    link.start()
    try:
        yield link
    finally:
        link.close()
