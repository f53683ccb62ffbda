"""Where the private trees are and what a broken one lacks."""

import subprocess
from pathlib import Path

import pytest

from dialplan.private_tree import PROVISION, PrivateTree, running_tree
from dialplan.private_tree import testing_tree as tree_for_tests


def _whole(root: Path) -> PrivateTree:
    for name in ("asterisk", "sipp", "redis-server", "redis-cli", "python3"):
        path = root / "wrap" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", "utf-8")
        path.chmod(0o755)
    for name in ("sounds/ru", "sounds/en", "moh", "documentation"):
        (root / "usr/share/asterisk" / name).mkdir(parents=True)
    for language in ("ru", "en"):
        (root / f"usr/share/asterisk/sounds/{language}/beep.wav").write_bytes(b"RIFF")
    (root / "usr/share/RHVoice/voices").mkdir(parents=True)
    (root / "versions.txt").write_text("asterisk 1:22.10\nlibc6 2.42\n", "utf-8")
    (root / ".stamp").write_text("x", "utf-8")
    return PrivateTree(root, "run")


def test_a_whole_tree_lacks_nothing(tmp_path: Path) -> None:
    tree = _whole(tmp_path / "tree")
    assert tree.missing() == []
    assert tree.versions() == {"asterisk": "1:22.10", "libc6": "2.42"}


def test_an_absent_tree_says_how_to_make_it(tmp_path: Path) -> None:
    tree = PrivateTree(tmp_path / "nowhere", "test")
    assert tree.missing() == [
        f"There is no private tree at {tmp_path / 'nowhere'}. Make it with `dialplan/provision.sh test`."
    ]
    assert tree.versions() == {}


def test_each_missing_part_is_named(tmp_path: Path) -> None:
    tree = _whole(tmp_path / "tree")
    tree.program("sipp").unlink()
    tree.program("asterisk").chmod(0o644)
    (tree.root / "usr/share/asterisk/moh").rmdir()
    faults = "\n".join(tree.missing())
    assert len(tree.missing()) == 3
    for name in ("sipp", "asterisk", "moh", "provision.sh run"):
        assert name in faults


def test_the_place_follows_the_cache_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTRE_CACHE", str(tmp_path))
    run, test = running_tree().root, tree_for_tests().root
    assert {run.parent, test.parent} == {tmp_path}
    assert run.name.startswith("run-")
    assert test.name.startswith("test-")
    assert running_tree().root == run


def _provision(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(PROVISION), *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_script_explains_itself_and_refuses_nonsense() -> None:
    for words in ((), ("bogus",), ("where",), ("where", "bogus")):
        answer = _provision(*words)
        assert answer.returncode == 2
        assert "provision.sh run" in answer.stderr
