"""What a person calls a process or a node; a list of queues as values; no Redis and no Asterisk here."""

from dataclasses import replace
from pathlib import Path

import pytest

from acd.floor import FloorState
from acd.queues import FloorSettings
from callcentre.drain import CannotDrain, Node, Process, target_of
from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.queue_list import lines
from callcentre.roster import Kind
from callcentre.run import own_processes
from callcentre.settings import Acd, Ivr, Places, Settings
from callcentre.settings_nodes import OtherNode
from tests.kit.databases import NOW
from tests.kit.floors import Day
from tests.kit.settings import FULL, PLAIN


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    secret = tmp_path / "two"
    secret.write_text("a-secret-of-tests", "utf-8")
    secret.chmod(0o600)
    two = OtherNode(address="127.0.0.2", ami_address="127.0.0.1", secret_file=str(secret))
    settings = Settings(nodes={"two": two})
    return Installation(settings, Places(tmp_path, tmp_path), Keys(tmp_path))


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("acd", Process("one/acd", Kind.ACD)),
        ("acd-2", Process("one/acd-2", Kind.ACD)),
        ("two/ivr", Process("two/ivr", Kind.IVR)),
        ("desktop", Process("one/desktop", Kind.DESKTOP)),
        ("one", Node("one")),
        ("two", Node("two")),
    ],
)
def test_what_a_person_calls_it(installation: Installation, word: str, target: Process | Node) -> None:
    assert target_of(word, installation) == target


@pytest.mark.parametrize("word", ["", "three", "voice", "acd-", "acd-x", "one/two", "one/", "acd\0"])
def test_an_unknown_name_is_told_what_there_is(installation: Installation, word: str) -> None:
    with pytest.raises(CannotDrain, match="Name acd, acd-2, ivr, desktop, or a node: one, two"):
        target_of(word, installation)


def test_further_processes_have_a_number_and_the_first_is_like_before() -> None:
    assert own_processes(Settings()) == ("voice", "acd", "acd-2", "ivr", "desktop", "monitor", "notices", "acquirer")
    more = Settings(acd=Acd(processes=1), ivr=Ivr(spare_ports=(4574, 4575)))
    assert own_processes(more) == ("voice", "acd", "ivr", "ivr-2", "ivr-3", "desktop", "monitor", "notices", "acquirer")


def test_each_queue_says_whether_it_is_open_who_waits_and_who_is_ready() -> None:
    sales = replace(PLAIN, queue_id=FULL.queue_id, skills=frozenset({"sales"}))
    day = Day(sales)
    day.queued(1, queue=sales)
    day.queued(2, queue=sales)
    day.wait(90)
    day.agent_ready("anna", "repairs")
    settings = FloorSettings((replace(FULL, zone="Europe/Moscow"), PLAIN), version=3)
    head, full, plain, behind = lines(settings, day.floor.state(), day.now)
    assert head.split() == ["queue", "now", "waiting", "longest", "ready"]
    assert full.split()[-4:] == ["2", "90", "s", "0"]
    assert plain.split() == ["plain", "open", "round", "the", "clock", "0", "0", "s", "1"]
    assert behind == "The distribution obeys version 1, the settings are at 3."


def test_a_queue_with_hours_says_until_when() -> None:
    _, full, _ = lines(FloorSettings((replace(FULL, zone="Europe/Moscow"), PLAIN)), None, NOW)
    assert "open until 23.11.2026 20:00" in full
    assert full.endswith("-")


def test_a_removed_queue_is_shown_while_its_calls_live() -> None:
    day = Day(PLAIN)
    day.queued(1, queue=PLAIN)
    *_, removed, _ = lines(FloorSettings((), version=2), day.floor.state(), day.now)
    assert removed.split()[:4] == ["plain", "removed;", "its", "calls"]
    assert list(lines(FloorSettings(), FloorState(), NOW))[1:] == []
