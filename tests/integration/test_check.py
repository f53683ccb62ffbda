"""`callcentre check`, part by part: what is wrong is found and comes with what to do; what does not run is said so."""

import dataclasses
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop import bundle
from callcentre import health
from callcentre.health import Verdict, check_all
from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.prepare import asterisk, migrate_database
from callcentre.run import only_one
from callcentre.settings import Places, Settings
from database.engine import open_engine
from tests.kit.asterisk import tree_or_skip
from tests.kit.call_centre import own_net


def set_to(installation: Installation, table: str, **changes: Any) -> Installation:
    changed = getattr(installation.settings, table).model_copy(update=changes)
    settings = installation.settings.model_copy(update={table: changed})
    return Installation(settings, installation.places, installation.keys)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Nothing prepared, on addresses of its own."""
    tree_or_skip()
    places = Places(tmp_path / "state", tmp_path / "cache")
    made = Installation(Settings(), places, Keys(places.keys))
    made.make_folders()
    for table in ("listen", "asterisk", "ivr"):
        made = set_to(made, table, address=f"{own_net()}.9")
    return made


@pytest.fixture
def running(installation: Installation) -> Iterator[Installation]:
    """Its lock is held, as by a run; no server answers."""
    with only_one(installation):
        yield installation


def told(installation: Installation, what: str) -> tuple[Verdict, str]:
    [one] = [finding for finding in check_all(installation) if finding.what == what]
    return one.verdict, one.text


def fault(installation: Installation, what: str) -> str:
    verdict, text = told(installation, what)
    assert verdict is Verdict.FAULT, text
    return text


def test_what_does_not_run_is_not_checked_and_said_so(installation: Installation) -> None:
    for what in ("Redis", "AMI login"):
        assert told(installation, what) == (Verdict.NOT_CHECKED, "not running, not checked (./run starts it)")


def test_no_private_tree(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTRE_CACHE", str(tmp_path / "empty"))
    assert "Make it with `dialplan/provision.sh run`" in fault(installation, "private tree")


def test_no_bundle(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "is_current", lambda: False)
    assert "Run ./run --prepare" in fault(installation, "pages")


def test_no_database(installation: Installation) -> None:
    text = fault(installation, "database and migrations")
    assert f"There is no {installation.places.database_file}. Run ./run --prepare." in text


def test_a_database_that_is_away(installation: Installation) -> None:
    away = set_to(installation, "database", url="postgresql://nobody@127.0.0.1:1/none")
    assert "Check that it runs and that its address is right" in fault(away, "database and migrations")


def test_a_damaged_database(installation: Installation) -> None:
    installation.places.database_file.write_bytes(b"no database at all " * 100)
    assert fault(installation, "database and migrations")


def test_an_old_schema(installation: Installation) -> None:
    migrate_database(installation)
    assert told(installation, "database and migrations")[0] is Verdict.FINE
    engine = open_engine(installation.database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        connection.commit()
    engine.dispose()
    text = fault(installation, "database and migrations")
    assert "is needed. Run ./run --prepare." in text


def test_a_redis_of_others_that_is_away(installation: Installation) -> None:
    assert "correct redis.url" in fault(set_to(installation, "redis", url="redis://127.0.0.1:1/0"), "Redis")


def test_our_redis_away_while_all_runs(running: Installation) -> None:
    assert "Look into" in fault(running, "Redis")


def test_no_ami_login_while_all_runs(running: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_LOGIN_S", 0.2)
    assert "No login within" in fault(running, "AMI login")
    assert "asterisk.log" in fault(running, "AMI login")


def test_no_dialplan_and_a_damaged_one(installation: Installation) -> None:
    assert "Run ./run --prepare" in fault(installation, "dialplan")
    asterisk(installation, lambda _: None)
    assert told(installation, "dialplan") == (Verdict.FINE, "as it should be")
    (installation.places.asterisk / "etc" / "extensions.conf").write_text("[hotline]\n", "utf-8")
    assert "extensions.conf" in fault(installation, "dialplan")


def test_no_prompts(installation: Installation) -> None:
    assert "Run callcentre prompts build" in fault(installation, "prompts")


def test_a_full_disk(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    full = dataclasses.make_dataclass("Usage", ["free"])(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    assert "5 MB free, 1000 MB are needed. Make room" in fault(installation, "disk")


def test_a_taken_port_and_an_address_of_others(installation: Installation) -> None:
    node = installation.settings.asterisk
    with socket.socket() as taken:
        taken.bind((installation.settings.ivr.address, node.ami_port))
        taken.listen()
        assert f"port {node.ami_port} cannot be used" in fault(installation, "ports")
        assert "Set asterisk.ami_port" in fault(installation, "ports")
    assert told(installation, "ports") == (Verdict.FINE, "as it should be")
    text = fault(set_to(installation, "listen", address="192.0.2.250"), "ports")
    assert "is no address of this machine. Set listen.address to one that" in text


def test_one_part_that_cannot_be_checked_hides_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_installation: Installation) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(health, "CHECKS", (("odd", broken), *health.CHECKS))
    assert "fault of the program" in fault(installation, "odd")
    assert fault(installation, "prompts")
