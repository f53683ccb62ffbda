"""`callcentre settings` over a real database: all or nothing, one version, one line in the audit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from acd.queues import FloorSettings
from callcentre.cli import app
from calls.ids import AgentId
from database.audit import DatabaseAudit
from database.demo_data import load_demo
from database.engine import Engine
from database.queue_settings import DatabaseQueueSettings, WrongSettings
from database.users import DatabaseUsers
from database.whole_settings import DatabaseWholeSettings, SettingsChanged
from staff.roles import Role
from staff.skills import skills_from
from staff.users import AuditEntry, User
from tests.kit.databases import NOW, PIN_KEY, passwords
from tests.kit.settings import FULL, PLAIN

ENTRY = AuditEntry(NOW, "cli:tester", "settings_imported", "", "")
Command = Callable[..., Result]


@pytest.fixture
def demo(engine: Engine) -> DatabaseWholeSettings:
    load_demo(engine, 1, 1, PIN_KEY, passwords(), NOW, with_pin=1)
    return DatabaseWholeSettings(engine)


@pytest.fixture
def command(
    demo: DatabaseWholeSettings, database_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """`callcentre` with these words, in an installation over the demo's database."""
    (tmp_path / "callcentre.toml").write_text(f'[database]\nurl = "{database_address}"\n', "utf-8")
    monkeypatch.setenv("CALLCENTRE_STATE", str(tmp_path))
    return lambda *words, text="": CliRunner().invoke(app, list(words), input=text)


def test_an_export_taken_in_again_changes_nothing(command: Command, demo: DatabaseWholeSettings) -> None:
    before = demo.load()
    text = command("settings", "export").stdout
    again = command("settings", "import", "-", text=text)
    assert (again.exit_code, again.stdout) == (0, "Nothing differs; nothing was changed.\n")
    assert demo.load() == before


def test_a_change_is_shown_and_then_made_once(command: Command, demo: DatabaseWholeSettings, engine: Engine) -> None:
    text = command("settings", "export").stdout
    changed = text.replace("most_waiting: 200", "most_waiting: 20").replace("    general: 5\n", "    general: 4\n")
    dry = command("settings", "import", "-", "--dry-run", text=changed)
    assert "-    most_waiting: 200\n+    most_waiting: 20\n" in dry.stdout
    assert demo.load()[0].version == 1
    done = command("settings", "import", "-", text=changed)
    assert done.exit_code == 0, done.output
    settings, _ = demo.load()
    assert (settings.version, settings.queues[0].most_waiting) == (2, 20)
    (entry,) = DatabaseAudit(engine).recent()
    assert (entry.act, entry.subject) == ("settings_imported", "version 2")
    assert entry.actor.startswith("cli:")
    assert command("settings", "import", "-", text=changed).exit_code == 0, "taken in already"
    late = command("settings", "import", "-", text=text)
    assert late.exit_code == 1
    assert "exported from version 1, the settings are at 2" in late.output
    assert demo.load()[0].version == 2


def test_a_fault_anywhere_changes_nothing(command: Command, demo: DatabaseWholeSettings, engine: Engine) -> None:
    before = demo.load()
    text = command("settings", "export").stdout.replace("most_waiting: 200", "most_waiting: 20") + "  zzz: {}\n"
    refused = command("settings", "import", "-", text=text)
    assert refused.exit_code == 1
    assert f"line {len(text.splitlines())}: users.zzz: name is missing" in str(refused.exception)
    assert demo.load() == before
    assert DatabaseAudit(engine).recent() == ()


def test_people_change_with_it_and_keep_their_passwords(demo: DatabaseWholeSettings, engine: Engine) -> None:
    settings, people = demo.load()
    new = User(AgentId("nova"), "Новая Вера", Role.AGENT, skills_from({"general": 1}))
    orlov = replace(
        next(user for user in people if user.login == "orlov"), name="Орлов Д.", skills=skills_from({"billing": 2})
    )
    assert demo.put(settings, (orlov, new), ENTRY) == 2
    users = DatabaseUsers(engine)
    assert users.find(orlov.login) == orlov
    assert users.authenticate("orlov", passwords()["orlov"], NOW) == orlov
    assert users.authenticate("nova", "", NOW) is None
    users.set_password(new.login, "длинный пароль", ENTRY)
    assert users.authenticate("nova", "длинный пароль", NOW) == new
    assert len(demo.load()[1]) == len(people) + 1


def test_all_of_it_or_nothing(demo: DatabaseWholeSettings, engine: Engine) -> None:
    settings, people = demo.load()
    orlov = replace(people[0], name="Другое имя")
    with pytest.raises(WrongSettings):
        demo.put(replace(settings, queues=(replace(PLAIN, zone="Omsk"),)), (orlov,), ENTRY)
    with pytest.raises(SettingsChanged, match="at version 1 now"):
        demo.put(replace(settings, version=0), (orlov,), ENTRY)
    assert demo.load() == (settings, people)
    assert DatabaseAudit(engine).recent() == ()
    demo.put(FloorSettings((FULL, PLAIN), version=1), (), ENTRY)
    assert DatabaseQueueSettings(engine).load() == FloorSettings((FULL, PLAIN), version=2)
