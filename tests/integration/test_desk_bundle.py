"""The pages' scripts are made with the environment's own Node, whole or not at all, and only when needed."""

import gzip
import json
from pathlib import Path

import pytest

from agent_desktop import bundle


def test_a_bundle_is_made_once_and_anew_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no-node-here"))
    said: list[str] = []
    into = tmp_path / "dist"
    assert bundle.build(into, said.append)
    assert {path.name for path in into.glob("*.js")} == {f"{name}.js" for name in bundle.ENTRIES}
    assert said[-1] == "bundling the pages' scripts"
    assert not bundle.build(into)
    (into / bundle.STAMP).write_text(json.dumps({"sources": "older"}), "utf-8")
    (into / "left-over.js").touch()
    assert bundle.build(into)
    assert not (into / "left-over.js").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["dist"], "nothing half-made is left"


def test_the_desk_stays_within_its_weight(tmp_path: Path) -> None:
    """300 kB compressed were allowed for the desk's scripts; a library that slips in is seen here."""
    bundle.build(tmp_path / "dist")
    assert len(gzip.compress((tmp_path / "dist" / "desk.js").read_bytes())) < 100_000
    assert len(gzip.compress((tmp_path / "dist" / "floor.js").read_bytes())) < 10_000


def test_a_fault_in_a_script_is_told_and_the_former_bundle_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "dist"
    bundle.build(into)
    before = (into / "desk.js").read_bytes()
    monkeypatch.setitem(bundle.ENTRIES, "desk", "missing.js")
    (into / bundle.STAMP).unlink()
    with pytest.raises(bundle.BundleFailed, match=r"missing\.js"):
        bundle.build(into)
    assert (into / "desk.js").read_bytes() == before


def test_npm_is_told_of_the_machines_mirror_and_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty home folder nothing else says where packages come from and whose certificates hold."""
    npm = tmp_path / "npm.js"
    npm.write_text("require('fs').writeFileSync('seen.json', JSON.stringify(process.env))", "utf-8")
    machine = tmp_path / "npmrc"
    machine.touch()
    monkeypatch.setenv("CALLCENTRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bundle, "_npm", lambda: npm)
    monkeypatch.setattr(bundle, "MACHINE_CONFIGS", (tmp_path / "none", machine))
    seen = json.loads((bundle.install_modules() / "seen.json").read_text("utf-8"))
    assert seen["NPM_CONFIG_GLOBALCONFIG"] == str(machine)
    assert seen["NODE_USE_SYSTEM_CA"] == "1"


def test_the_lock_names_every_package_by_its_hash_and_no_address() -> None:
    lock = json.loads((bundle.CLIENT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 5
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
    assert "http" not in (bundle.CLIENT / "package-lock.json").read_text("utf-8")
