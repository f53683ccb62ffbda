"""The configuration as text: complete, only for its owner, free of foreign addresses, closed to injection."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dialplan import contract
from dialplan.check import faults
from dialplan.modules import MODULES
from dialplan.private_tree import PrivateTree
from dialplan.render import EMPTY, EVENTS, TEMPLATES, AsteriskConfig, RenderError, render


@pytest.fixture
def config(tmp_path: Path) -> AsteriskConfig:
    tree = tmp_path / "tree"
    modules = tree / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    modules.mkdir(parents=True)
    return AsteriskConfig(
        node="one",
        state=tmp_path / "a",
        prompts=tmp_path / "prompts",
        tree=PrivateTree(tree, "run"),
        ami_secret="ami-secret",
        agi_secret="agi-secret",
        trunk_matches=("192.0.2.1", "198.51.100.0/24"),
    )


def _text(config: AsteriskConfig, name: str) -> str:
    return (config.file.parent / name).read_text("utf-8")


def test_every_template_is_written_and_keeps_the_contract(config: AsteriskConfig) -> None:
    render(config)
    names = {path.name for path in TEMPLATES.glob("*.conf")} | {f"{name}.conf" for name in EMPTY}
    assert {path.name for path in config.file.parent.iterdir()} == names
    assert faults(config.file.parent) == []
    for name in names:
        assert "{{" not in _text(config, name)
        assert "{%" not in _text(config, name)


def test_ami_and_websocket_stay_on_loopback_whatever_is_served(config: AsteriskConfig) -> None:
    render(replace(config, bind="192.0.2.9", control="127.9.9.9"))
    for name in ("manager.conf", "http.conf"):
        assert "bindaddr = 127.9.9.9" in _text(config, name)
        assert "192.0.2.9" not in _text(config, name)
    assert "ice_permit = 192.0.2.9/255.255.255.255" in _text(config, "rtp.conf")
    render(config)
    assert "ice_" not in _text(config, "rtp.conf")


def test_only_the_owner_may_read_what_holds_secrets(config: AsteriskConfig) -> None:
    render(config)
    assert config.state.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in config.file.parent.iterdir()} == {0o600}


def test_rendering_again_replaces_and_leaves_no_rest(config: AsteriskConfig) -> None:
    render(config)
    before = {path.name for path in config.state.rglob("*")}
    render(replace(config, ami_secret="another"))
    assert "secret = another" in _text(config, "manager.conf")
    assert {path.name for path in config.state.rglob("*")} == before


def test_the_only_ami_user_has_the_stated_rights(config: AsteriskConfig) -> None:
    render(config)
    text = _text(config, "manager.conf")
    assert re.findall(r"^\[(.*)\]", text, re.MULTILINE) == ["general", "callcentre"]
    assert re.findall(r"^read = (.*)$", text, re.MULTILINE) == ["call,user,system"]
    assert re.findall(r"^write = (.*)$", text, re.MULTILINE) == ["call,originate,agent,reporting,user"]
    assert re.findall(r"^eventfilter\(action\(include\),name\((\w+)\)\) =$", text, re.MULTILINE) == list(EVENTS)
    assert re.findall(r"^permit = (.*)$", text, re.MULTILINE) == ["127.0.0.0/8"]


def test_nothing_that_runs_programs_is_loaded(config: AsteriskConfig) -> None:
    render(config)
    loaded = re.findall(r"^\w+ = (\w+)\.so$", _text(config, "modules.conf"), re.MULTILINE)
    assert loaded == list(MODULES)
    forbidden = {
        "app_system",
        "app_externalivr",
        "func_shell",
        "func_curl",
        "app_mixmonitor",
        "app_originate",
        "res_ari",
    }
    assert not forbidden & set(loaded)
    assert len(set(loaded)) == len(loaded)


def test_each_trunk_address_is_matched_and_none_without_one(config: AsteriskConfig) -> None:
    render(config)
    assert re.findall(r"^match = (.*)$", _text(config, "pjsip.conf"), re.MULTILINE) == list(config.trunk_matches)
    render(replace(config, trunk_matches=()))
    assert "type = identify" not in _text(config, "pjsip.conf")


def test_the_demo_telephone_exists_in_the_demo_only(config: AsteriskConfig) -> None:
    render(config)
    assert contract.DEMO_PHONE_ACCOUNT not in _text(config, "pjsip.conf").replace("demo-phone.", "")
    assert "X-Demo-Number" not in _text(config, "extensions.conf")
    render(replace(config, demo=True, demo_secret="demo-secret"))
    assert f"[{contract.DEMO_PHONE_ACCOUNT}]" in _text(config, "pjsip.conf")
    assert "password = demo-secret" in _text(config, "pjsip.conf")
    assert "X-Demo-Number" in _text(config, "extensions.conf")


def test_no_step_that_runs_an_agi_lacks_its_watchdog(config: AsteriskConfig) -> None:
    render(config)
    lines = _text(config, "extensions.conf").splitlines()
    agis = [number for number, line in enumerate(lines) if "AGI(agi://" in line]
    assert len(agis) == 6
    for number in agis:
        limit_s = config.question_s if lines[number].endswith("/after)") else config.watchdog_s
        assert f"Set(TIMEOUT(absolute)={limit_s})" in lines[number - 2]
        assert "Set(IVR_BEGUN=)" in lines[number - 1], "it is not of the session before"
        assert any("AGIEXITONHANGUP=yes" in line for line in lines[number - 6 : number])


def test_the_next_self_service_is_asked_only_when_none_before_took_the_session(config: AsteriskConfig) -> None:
    render(replace(config, agi_spare_ports=(4574, 4575)))
    text = _text(config, "extensions.conf")
    for port, name in ((4574, "AGISRV_1"), (4575, "AGISRV_2")):
        assert f"{name} = {config.agi_host}:{port}/{config.agi_secret}" in text
        for path in ("ivr", "menu", "refusal", "after", "power-back", "pay"):
            assert f'ExecIf($["${{IVR_BEGUN}}" = ""]?AGI(agi://${{{name}}}/{path}))' in text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"ami_secret": "a\nwrite = all"}, "ami_secret"),
        ({"ami_secret": ""}, "ami_secret"),
        ({"agi_secret": "a/b"}, "agi_secret"),
        ({"node": "one]"}, "node"),
        ({"language": "ru;"}, "language"),
        ({"bind": "localhost"}, "bind"),
        ({"agi_host": "127.0.0.1:4573"}, "agi_host"),
        ({"control": "192.0.2.9"}, "control"),
        ({"agi_host": "192.0.2.9"}, "agi_host"),
        ({"trunk_matches": ("192.0.2.1/33",)}, "192.0.2.1/33"),
        ({"ami_permit": ("all",)}, "all"),
        ({"prompts": Path("prompts")}, "absolute"),
        ({"prompts": Path("/var/a;b")}, "signs"),
        ({"state": Path("/" + "x" * 120)}, "CALLCENTRE_STATE"),
        ({"sip_port": 0}, "sip_port"),
        ({"rtp_first": 12000, "rtp_last": 12001}, "rtp_first"),
        ({"demo": True, "demo_secret": ""}, "demo_secret"),
    ],
)
def test_what_could_not_be_written_safely_is_named(
    config: AsteriskConfig, changes: dict[str, object], word: str
) -> None:
    with pytest.raises(RenderError, match=re.escape(word)):
        render(replace(config, **changes))  # type: ignore[arg-type]  # wrong values are the point
    assert not (config.state / "etc" / "manager.conf").exists()


def test_no_file_of_this_room_names_a_host() -> None:
    """Mirrors and registries come from the machine's own settings."""
    room = TEMPLATES.parent
    host = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ru)\b")
    for path in [*room.glob("*.py"), *room.glob("*.sh"), *TEMPLATES.iterdir()]:
        assert not host.findall(path.read_text("utf-8")), path


def test_without_a_secret_nobody_rings_customers_and_with_one_only_rings(config: AsteriskConfig) -> None:
    render(config)
    assert "[power-back]" not in _text(config, "manager.conf")
    render(replace(config, power_secret="secret-of-rings", most_power_back=2))
    own = _text(config, "manager.conf").partition("[power-back]")[2]
    assert "write = originate\n" in own
    assert "read = call,system\n" in own
    assert own.count("eventfilter(action(include)") == 2
    assert "GROUP_COUNT(back@power)} > 2" in _text(config, "extensions.conf")
    with pytest.raises(RenderError, match="power_secret"):
        render(replace(config, power_secret="a/b"))
