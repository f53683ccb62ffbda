"""Secrets of one installation: made at random at first start, kept in the state folder with mode 0600."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path


class KeyDamaged(Exception):
    """A file of ours holds something else. The message names it and says what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged. Put a copy of it back; removed, it is made anew and the old one is void.")


class Keys:
    """Named secrets in one folder. A secret is made when first asked for and never changes by itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def text(self, name: str) -> str:
        """The secret `name`: 256 random bits as 64 letters and digits, safe in files and addresses."""
        return self._kept(name, lambda: secrets.token_hex(32))

    def octets(self, name: str) -> bytes:
        """The same for a keyed hash: 32 bytes."""
        try:
            return bytes.fromhex(self._kept(name, lambda: secrets.token_hex(32)))
        except ValueError:
            raise KeyDamaged(self._folder / name) from None

    def passwords(self, logins: tuple[str, ...]) -> Mapping[str, str]:
        """A pronounceable enough random password for each login; the same at every start."""
        path = self._folder / "sign-ins.json"
        try:
            known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        except ValueError:
            raise KeyDamaged(path) from None
        new = {login: secrets.token_urlsafe(9) for login in logins if login not in known}
        if new:
            known |= new
            write_private(path, json.dumps(known, indent=1))
        return {login: known[login] for login in logins}

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        path = self._folder / name
        if not path.exists():
            write_private(path, make())
        return path.read_text("utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
