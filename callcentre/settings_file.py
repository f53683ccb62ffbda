"""Reads the settings file as a whole: every fault of it with its line and what to do, or the settings.

The faults of single keys come first; the rules between keys are checked on what is left, so that one start tells all.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callcentre.settings import Settings
from callcentre.settings_rules import broken_rules
from callcentre.settings_values import one_address


class SettingsError(Exception):
    """The settings cannot be used. `faults` holds one line each: where, what is wrong, what to do."""

    def __init__(self, source: Path | str, faults: list[str]) -> None:
        super().__init__(f"{source} has {len(faults)} fault(s); nothing was started.\n" + "\n".join(faults))
        self.faults = faults


def load_settings(path: Path) -> Settings:
    """The settings in `path`; the defaults when there is no file. Raises SettingsError with every fault."""
    if not path.exists():
        return Settings()
    try:
        text = path.read_text("utf-8")
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [f"{error}. Write it as TOML: [table], then key = value."]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            path, [f"It cannot be read: {error}. Make it a UTF-8 file that this user may read."]
        ) from None
    try:
        settings, errors = Settings.model_validate(told), []
    except ValidationError as error:
        errors = [dict(one) for one in error.errors(include_url=False)]
        settings = Settings.model_validate(_without(told, errors))
    faults = sorted([*_single_faults(text, errors), *_joint_faults(text, settings, errors)])
    if faults:
        raise SettingsError(path, [f"line {line}: {said}" for line, said in faults])
    return settings


def served_at(settings: Settings, address: str) -> Settings:
    """The same with the pages, SIP and media at another address. Raises SettingsError."""
    try:
        one_address(address)
    except ValueError as wrong:
        raise SettingsError(f"--listen {address}", [f"{wrong}."]) from None
    changed = settings.model_copy(
        update={
            "listen": settings.listen.model_copy(update={"address": address}),
            "asterisk": settings.asterisk.model_copy(update={"address": address}),
        }
    )
    if faults := [f"{broken.text}." for broken in broken_rules(changed)]:
        raise SettingsError(f"--listen {address}", faults)
    return changed


def _without(told: Mapping[str, Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
    """What is left of a file when the faulty keys are taken out: the rules are checked on it."""
    left = {name: dict(table) if isinstance(table, dict) else table for name, table in told.items()}
    for error in errors:
        table, *key = error["loc"]
        if key and isinstance(left.get(table), dict):
            left[table].pop(key[0], None)
        else:
            left.pop(table, None)
    return left


def _single_faults(text: str, errors: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    for error in errors:
        where = [str(part) for part in error["loc"]]
        name, (_, line) = ".".join(where), _line_of(text, where)
        if error["type"] == "extra_forbidden":
            yield line, f"{name} is not a setting. Correct its name or remove it (docs/settings.md lists all)."
            continue
        # An address may hold a password.
        found = "" if where[-1].endswith("url") else f" Found {error['input']!r:.60}."
        said = error["msg"].removeprefix("Value error, ")
        yield line, f"{name}: {said}.{found} Correct it or remove it for the default."


def _joint_faults(text: str, settings: Settings, errors: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    faulty = {tuple(str(part) for part in error["loc"][:2]) for error in errors}
    for broken in broken_rules(settings):
        paths = [key.split(".") for key in broken.keys]
        if not faulty & {tuple(path[:2]) for path in paths}:
            _, line = max(_line_of(text, path) for path in paths)
            yield line, f"{broken.text}."


def _line_of(text: str, where: list[str]) -> tuple[int, int]:
    """How many parts of the path the file names, and the first line (1 = first) that names most of them."""
    wanted = [part for part in where if not part.isdecimal()]
    table: list[str] = []
    deepest, found = 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            path = table = _parts(header[1])
        elif key := _KEY.match(line):
            path = table + _parts(key[1])
        else:
            continue
        depth = min(len(path), len(wanted))
        if depth > deepest and path[:depth] == wanted[:depth]:
            deepest, found = depth, number
    return deepest, found


_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
