"""A rendered configuration fits its contract, and each thing taken out of it is named."""

from pathlib import Path

import pytest

from dialplan.check import faults
from dialplan.private_tree import PrivateTree
from dialplan.render import AsteriskConfig, render


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    config = AsteriskConfig(
        node="one",
        state=tmp_path / "node",
        prompts=tmp_path / "prompts",
        tree=PrivateTree(tmp_path / "tree", "run"),
        ami_secret="a-secret-of-tests",
        agi_secret="another-secret",
        demo=True,
        demo_secret="a-third-secret-x",
    )
    return render(config).parent


def test_a_fresh_rendering_is_faultless(rendered: Path) -> None:
    assert faults(rendered) == []


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("extensions.conf", "[rescue]", "context rescue"),
        ("extensions.conf", "IVR_NEXT", "IVR_NEXT"),
        ("extensions.conf", "}/menu)", "menu"),
        ("manager.conf", "channelvars = CC_CALL", "CC_CALL"),
        ("queues.conf", "[rescue]", "queue rescue"),
    ],
)
def test_what_is_missing_is_named(rendered: Path, file: str, text: str, named: str) -> None:
    path = rendered / file
    path.write_text(path.read_text("utf-8").replace(text, "[x]" if text.startswith("[") else "x"), "utf-8")
    assert any(named in fault for fault in faults(rendered))


def test_a_missing_file_is_named(rendered: Path) -> None:
    (rendered / "queues.conf").unlink()
    assert "queues.conf" in faults(rendered)[0]


def test_secrets_are_private(rendered: Path) -> None:
    for path in rendered.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
