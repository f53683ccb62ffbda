"""`callcentre check`: one finding for each part, with what to do where something is wrong."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from acd.errors import StoreUnavailable
from acd.redis_store import RedisStore, connect
from agent_desktop import bundle
from callcentre import alerting, cashier, noticing
from callcentre.installation import Installation
from callcentre.mendable import kindly
from callcentre.prepare import asterisk_config
from callcentre.roster import Doing, Roster
from callcentre.run import own_processes, running_at, taken_ports
from callcentre.telephones import ami_settings
from callcentre.trunk_states import trunk_states
from calls.clock import AnchoredClock
from database.engine import open_engine
from database.migrations import current, newest
from dialplan.check import faults as dialplan_faults
from prompts.build import missing
from telephony.ami_errors import AmiError
from telephony.ami_link import AmiLink

_LEAST_FREE_BYTES = 1_000_000_000
"""A day of logs, a database's growth and a new private tree."""
_LOGIN_S = 5.0


class Verdict(Enum):
    FINE = "ok"
    FAULT = "FAULT"
    NOT_CHECKED = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what is, or what is wrong and what to do."""

    what: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """All is well, and something is worth telling."""

    text: str


class NotRunning(Exception):
    """What is asked about does not run, so that there is nothing to check."""


def check_all(installation: Installation) -> Iterator[Finding]:
    """Every part in the order of dependence; never raises."""
    yield Finding("settings", Verdict.FINE, str(installation.places.settings_file))
    for what, check in CHECKS:
        try:
            faults: list[str] | Told = check(installation)
        except NotRunning:
            yield Finding(what, Verdict.NOT_CHECKED, "not running, not checked (./run starts it)")
            continue
        except Exception as error:  # noqa: BLE001 - one part that cannot be checked must not hide the others
            faults = [kindly(error)]
        if isinstance(faults, Told):
            yield Finding(what, Verdict.FINE, faults.text)
        elif faults:
            yield Finding(what, Verdict.FAULT, "; ".join(faults))
        else:
            yield Finding(what, Verdict.FINE, "as it should be")
    yield from _trunks(installation)


def _trunks(installation: Installation) -> Iterator[Finding]:
    if not _runs(installation):
        yield Finding("trunks", Verdict.NOT_CHECKED, "not running, not checked (./run starts it)")
        return
    try:
        for state in trunk_states(asterisk_config(installation)):
            yield Finding(f"trunk {state.name}", Verdict.FINE if state.fine else Verdict.FAULT, state.said)
    except (OSError, subprocess.SubprocessError):
        yield Finding("trunks", Verdict.FAULT, "Asterisk's console does not answer. See the log of Asterisk.")


def _tree(installation: Installation) -> list[str]:
    return installation.tree.missing()


def _pages(_installation: Installation) -> list[str]:
    return [] if bundle.is_current() else ["The pages' scripts are not bundled. Run ./run --prepare."]


def _database(installation: Installation) -> list[str]:
    if not installation.settings.database.url and not installation.places.database_file.exists():
        return [f"There is no {installation.places.database_file}. Run ./run --prepare."]
    engine = open_engine(installation.database_url)
    try:
        found = current(engine)
    finally:
        engine.dispose()
    return [] if found == newest() else [f"The schema is at {found}, {newest()} is needed. Run ./run --prepare."]


def _redis(installation: Installation) -> list[str]:
    if installation.own_redis and not _runs(installation):
        raise NotRunning
    try:
        RedisStore(connect(installation.redis_url), installation.settings.redis.prefix).ping()
    except StoreUnavailable as fault:
        return [f"{fault} Look into {installation.places.log / 'redis.log'}, or correct redis.url."]
    return []


def _processes(installation: Installation) -> list[str] | Told:
    """Which distribution is active, who stands by, who was drained."""
    if not _runs(installation):
        raise NotRunning
    settings = installation.settings
    roster = Roster(connect(installation.redis_url), settings.redis.prefix)
    try:
        entries, drained = roster.entries(AnchoredClock().now()), roster.drains()
    except StoreUnavailable as fault:
        return [str(fault)]
    own = {entry.process for entry in entries if entry.node == settings.asterisk.node}
    faults = [
        f"{process} does not tell of itself. Look into {installation.places.log / f'{process}.log'}."
        for process in own_processes(settings)
        if process not in own and process not in {"voice", "monitor", "notices", "acquirer"}
    ]
    if not any(entry.doing is Doing.ACTIVE for entry in entries):
        faults.append("no distribution is active: callers are kept by Asterisk alone. Look into the logs of acd.")
    if faults:
        return faults
    told = [f"{entry.name} {entry.doing.value}" for entry in entries]
    return Told("; ".join([*told, *(f"{name} is drained" for name in sorted(drained))]))


def _ami(installation: Installation) -> list[str]:
    if not _runs(installation):
        raise NotRunning
    link = AmiLink(ami_settings(installation), frozenset(), lambda _: None, lambda: None)
    link.start()
    try:
        if link.wait_up(_LOGIN_S):
            link.act("Ping")
            return []
    except AmiError as fault:
        return [f"AMI: {fault}"]
    finally:
        link.close()
    return [f"No login within {_LOGIN_S:.0f} s. Look into {installation.places.log / 'asterisk.log'}."]


def _dialplan(installation: Installation) -> list[str]:
    folder = installation.places.asterisk / "etc"
    if not folder.exists():
        return [f"There is no {folder}. Run ./run --prepare."]
    return dialplan_faults(folder)


def _prompts(installation: Installation) -> list[str]:
    return missing(installation.places.prompts)


def _disk(installation: Installation) -> list[str]:
    faults = []
    for folder in (installation.places.state, installation.places.cache):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        if free < _LEAST_FREE_BYTES:
            faults.append(f"{there} has {free / 1e6:.0f} MB free, 1000 MB are needed. Make room.")
    return faults


def _alerts(installation: Installation) -> list[str]:
    return alerting.faults(installation)


def _notices(installation: Installation) -> list[str]:
    return noticing.faults(installation)


def _ports(installation: Installation) -> list[str]:
    return [] if _runs(installation) else taken_ports(installation)


def _runs(installation: Installation) -> bool:
    return running_at(installation) is not None


CHECKS: tuple[tuple[str, Callable[[Installation], list[str] | Told]], ...] = (
    ("private tree", _tree),
    ("pages", _pages),
    ("database and migrations", _database),
    ("Redis", _redis),
    ("processes", _processes),
    ("AMI login", _ami),
    ("dialplan", _dialplan),
    ("prompts", _prompts),
    ("disk", _disk),
    ("alerts", _alerts),
    ("notices", _notices),
    ("payments", cashier.faults),
    ("ports", _ports),
)
