"""One installation on this machine: settings, folders, secrets and the private tree, and what follows from them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from callcentre.keys import Keys
from callcentre.settings import Places, Settings, places
from callcentre.settings_file import load_settings, served_at
from dialplan.private_tree import PrivateTree, running_tree

LISTEN = "CALLCENTRE_LISTEN"
"""The variable that carries `--listen` from `callcentre run` to the processes that it starts."""
LONGEST_SOCKET_PATH = 104
"""Linux takes 107 bytes for the path of a Unix socket."""


@dataclass(frozen=True)
class Installation:
    """`listen`: the address that `--listen` gave, empty without it."""

    settings: Settings
    places: Places
    keys: Keys
    listen: str = ""

    @cached_property
    def tree(self) -> PrivateTree:
        """The private tree with Asterisk, Redis and the voice. Raises TreeNotFound."""
        return running_tree()

    @property
    def database_url(self) -> str:
        return self.settings.database.url or f"sqlite:///{self.places.database_file}"

    @property
    def own_redis(self) -> bool:
        return not self.settings.redis.url

    @property
    def redis_url(self) -> str:
        if self.settings.redis.url:
            return self.settings.redis.url
        return f"unix://:{quote(self.keys.text('redis'))}@{self.places.redis_socket}"

    @property
    def speech_memory(self) -> Path:
        """Where sentences with personal data are kept: a memory file system, so that they never reach a disk."""
        shared = Path("/dev/shm")  # noqa: S108 - memory by design; the folder is ours alone, mode 0700
        base = shared if shared.is_dir() and os.access(shared, os.W_OK) else self.places.run
        return base / f"callcentre-{os.getuid()}-{abs(hash_of(self.places.state)):x}"

    @property
    def secure(self) -> bool:
        """Whether pages are served as https: whenever other machines can reach them."""
        return not self.settings.listen.address.startswith("127.")

    @property
    def desk_address(self) -> str:
        listen = self.settings.listen
        return f"{'https' if self.secure else 'http'}://{listen.address}:{listen.port}"

    def listening_at(self, address: str) -> "Installation":
        """The same with the pages (and the media of browsers) at another address. Raises SettingsError."""
        return replace(self, settings=served_at(self.settings, address), listen=address)

    def make_folders(self) -> None:
        for folder in (self.places.state, self.places.run, self.places.log, self.places.keys):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def ready_file(self, process: str) -> Path:
        """Touched by a process of ours when it serves; removed before it starts."""
        return self.places.run / f"{process}.ready"

    def environment(self) -> Mapping[str, str]:
        """The environment of our own processes: the same folders and the same served address for all."""
        return os.environ | {
            LISTEN: self.listen,
            "CALLCENTRE_STATE": str(self.places.state),
            "CALLCENTRE_CACHE": str(self.places.cache),
        }


def hash_of(path: Path) -> int:
    """A number that is the same in every process (the built-in hash is not)."""
    return int.from_bytes(str(path).encode()[-64:], "big") % (1 << 61)


def open_installation() -> Installation:
    """The installation of this environment. Raises SettingsError."""
    where = places()
    installation = Installation(load_settings(where.settings_file), where, Keys(where.keys))
    listen = os.environ.get(LISTEN, "")
    return installation.listening_at(listen) if listen else installation
