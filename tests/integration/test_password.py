"""`callcentre password` over a real database: the new one holds alone, and no trace of it is anywhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from callcentre.cli import app
from callcentre.mendable import kindly
from calls.ids import AgentId
from database.audit import DatabaseAudit
from database.demo_data import load_demo
from database.engine import Engine
from database.sign_ins import DatabaseSignIns
from database.users import FAILURES, DatabaseUsers
from tests.kit.databases import NOW, PIN_KEY, passwords

NEW = "три слова и точка"
ORLOV = AgentId("orlov")
Command = Callable[..., Result]


@pytest.fixture
def command(engine: Engine, database_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    load_demo(engine, 1, 1, PIN_KEY, passwords(), NOW, with_pin=1)
    (tmp_path / "callcentre.toml").write_text(f'[database]\nurl = "{database_address}"\n', "utf-8")
    monkeypatch.setenv("CALLCENTRE_STATE", str(tmp_path))
    return lambda login, text: CliRunner().invoke(app, ["password", login], input=text)


def test_the_new_one_holds_alone(command: Command, engine: Engine) -> None:
    users, sign_ins = DatabaseUsers(engine), DatabaseSignIns(engine)
    token, other = sign_ins.begin(ORLOV, NOW, 600), sign_ins.begin(AgentId("zueva"), NOW, 600)
    for _ in range(FAILURES):
        users.authenticate("orlov", "wrong", NOW)
    done = command("orlov", f"{NEW}\n")
    assert (done.exit_code, NEW in done.output) == (0, False), done.output
    assert users.authenticate("orlov", passwords()["orlov"], NOW) is None
    signed_in = users.authenticate("orlov", NEW, NOW)
    assert signed_in is not None, "the lock is over"
    assert sign_ins.user_of(token, NOW) is None
    assert sign_ins.user_of(other, NOW) is not None
    (entry,) = DatabaseAudit(engine).recent()
    assert (entry.act, entry.subject, entry.actor[:4]) == ("password_set", "orlov", "cli:")


@pytest.mark.parametrize(
    ("login", "text", "why"),
    [
        ("orlov", "short\n", "has 12 to 1024 characters"),
        ("orlov", "", "has 12 to 1024 characters"),
        ("orlov", "x1y2" * 5000, "has 12 to 1024 characters"),
        ("nobody", f"{NEW}\n", "Nobody has this login"),
        ("O'; DROP", f"{NEW}\n", "Nobody has this login"),
    ],
)
def test_what_is_refused_changes_nothing(command: Command, engine: Engine, login: str, text: str, why: str) -> None:
    refused = command(login, text)
    assert refused.exit_code != 0
    assert isinstance(refused.exception, Exception)
    told = kindly(refused.exception)
    assert why in told
    assert told.endswith("Nothing was changed.")
    assert DatabaseAudit(engine).recent() == ()
    assert DatabaseUsers(engine).authenticate("orlov", passwords()["orlov"], NOW) is not None
