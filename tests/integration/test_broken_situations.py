"""Every command in every broken situation: a sentence with what to do, exit status 1, never a stack trace."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from dialplan.private_tree import as_ordinary_user

COMMAND = str(Path(sys.executable).with_name("callcentre"))
DATA = (("check",), ("run", "--check"), ("demo-data", "--customers", "10"))
SERVICES = (("voice",), ("ivr",), ("acd",), ("desktop",))
WITH_STATE = (("run", "--prepare"), ("run",), ("sign-ins",), ("prompts", "build"), *DATA, *SERVICES)


@dataclass(frozen=True, slots=True)
class Situation:
    """`break_it` gets an empty state folder and returns the variables to change; `told`: a pattern of what is said."""

    name: str
    told: str
    commands: tuple[tuple[str, ...], ...]
    break_it: Callable[[Path], Mapping[str, str]]


def settings(text: str) -> Callable[[Path], Mapping[str, str]]:
    def break_it(state: Path) -> Mapping[str, str]:
        (state / "callcentre.toml").write_text(text, "utf-8")
        return {}

    return break_it


def no_folder(state: Path) -> Mapping[str, str]:
    (state / "file").touch()
    return {"CALLCENTRE_STATE": str(state / "file" / "state")}


def no_cache(state: Path) -> Mapping[str, str]:
    (state / "file").touch()
    return {"CALLCENTRE_CACHE": str(state / "file" / "cache")}


def no_database(state: Path) -> Mapping[str, str]:
    (state / "callcentre.sqlite3").write_bytes(b"no database at all " * 100)
    return {}


def no_keys(state: Path) -> Mapping[str, str]:
    (state / "keys").mkdir()
    (state / "keys" / "pin").write_text("zz", "utf-8")
    (state / "keys" / "sign-ins.json").write_text("{", "utf-8")
    return {}


def filled(state: Path) -> Mapping[str, str]:
    environment = os.environ | {"CALLCENTRE_STATE": str(state)}
    subprocess.run([COMMAND, "demo-data", "--customers", "10"], env=environment, check=True, timeout=60)
    return {}


SITUATIONS = (
    Situation(
        "broken settings",
        "is not a setting. Correct its name",
        (*WITH_STATE, ("prompts", "check")),
        settings("[listen]\nsport = 1\n"),
    ),
    Situation("no folder", r"Give this user the right to it|Run \./run --prepare", WITH_STATE, no_folder),
    Situation(
        "no cache",
        r"set CALLCENTRE_CACHE|Make it with `dialplan/provision.sh run`|Run callcentre check",
        (("run", "--prepare"), ("check",), ("prompts", "build")),
        no_cache,
    ),
    Situation("no database", "database", DATA, no_database),
    Situation(
        "database away",
        "Check that it runs",
        DATA,
        settings('[database]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n'),
    ),
    Situation(
        "unknown database", "Give sqlite:////", (*DATA, ("acd",)), settings('[database]\nurl = "mysql://localhost/x"\n')
    ),
    Situation("Redis away", "redis.url", (("check",),), settings('[redis]\nurl = "redis://127.0.0.1:1/0"\n')),
    Situation("damaged keys", "Put a copy of it back", (("sign-ins",), ("demo-data",), ("ivr",)), no_keys),
    Situation("filled database", "mpty", (("demo-data", "--customers", "10"),), filled),
)
IN_SHORT = 3
"""Commands of each situation in the short form; the rest runs with ./test --long."""
CASES = [
    pytest.param(
        situation,
        command,
        id=f"{situation.name}: {' '.join(command)}",
        marks=[] if number < IN_SHORT else [pytest.mark.long],
    )
    for situation in SITUATIONS
    for number, command in enumerate(situation.commands)
]


def told(words: tuple[str, ...], environment: Mapping[str, str], before: tuple[str, ...] = ()) -> tuple[int, str]:
    done = subprocess.run(
        [*before, COMMAND, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(("situation", "command"), CASES)
def test_a_sentence_and_no_trace(situation: Situation, command: tuple[str, ...], tmp_path: Path) -> None:
    environment = {**os.environ, "CALLCENTRE_STATE": str(tmp_path), **situation.break_it(tmp_path)}
    status, said = told(command, environment)
    assert "Traceback" not in said, said
    assert "fault of the program" not in said, said
    assert status == 1, said
    assert re.search(situation.told, said), said


def test_a_folder_of_another_user(tmp_path: Path) -> None:
    """The real right is missing, not only the folder."""
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
    folder = tmp_path / "state"
    if os.geteuid() == 0:
        folder.mkdir(mode=0o700)
        for parent in (tmp_path, *tmp_path.parents[:2]):
            parent.chmod(0o711)
    user = as_ordinary_user()
    status, said = told(("sign-ins",), os.environ | {"CALLCENTRE_STATE": str(folder)}, user)
    assert "Traceback" not in said
    assert status == 1, said
    assert "Permission denied. Give this user the right to it" in said


@pytest.mark.parametrize("words", [("prompts", "script"), ("prompts", "seal", "/none.wav"), ("nonsense",), ()])
def test_what_needs_no_installation(words: tuple[str, ...], tmp_path: Path) -> None:
    status, said = told(words, os.environ | {"CALLCENTRE_STATE": str(tmp_path / "none")})
    assert "Traceback" not in said
    assert status in {0, 2}
    assert said


def test_an_unforeseen_fault_names_places_and_no_values(tmp_path: Path) -> None:
    """What a person types or keeps must not be in what is sent to the maintainers."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "sign-ins.json").write_text(json.dumps(["hush"]), "utf-8")
    status, said = told(("sign-ins",), os.environ | {"CALLCENTRE_STATE": str(tmp_path)})
    assert status == 1
    assert "This is a fault of the program" in said
    assert "callcentre/keys.py:" in said
    assert "hush" not in said
    assert "Traceback" not in said
