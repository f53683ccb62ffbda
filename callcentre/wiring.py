"""Real objects for each process of ours: who gets what. One function a process; each runs until SIGTERM."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from callcentre.installation import Installation
from calls.ids import QueueId
from calls.journey import Language
from ivr.visit import EMERGENCY_PRIORITY_S, Route, Routes
from ivr.words import Topic
from prompts.server import open_voice_server
from prompts.worker import worker_command

LANGUAGE_SKILLS = {Language.RU: "ru", Language.EN: "en"}
"""The skill that an agent needs for a call in this language."""
ROUTES = Routes(
    default=Route(QueueId("general")),
    by_topic={
        Topic.EMERGENCY: Route(QueueId("emergency"), EMERGENCY_PRIORITY_S),
        Topic.BALANCE: Route(QueueId("billing")),
    },
)


def until_told_to_stop(stop: Callable[[], None]) -> None:
    """Call `stop` (from a thread of its own) at SIGTERM or SIGINT."""

    def told(_number: int, _frame: object) -> None:
        threading.Thread(target=stop, name="stop", daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


@contextmanager
def ready(flag: Path) -> Iterator[None]:
    """While inside, the flag file says that this process serves."""
    flag.touch(mode=0o600)
    try:
        yield
    finally:
        flag.unlink(missing_ok=True)


def serve_voice(installation: Installation) -> None:
    """The node's voice on its Unix socket."""
    with open_voice_server(
        worker_command(installation.tree.root),
        installation.places.voice_socket,
        installation.speech_memory,
        installation.settings.ivr.voice_timeout_s,
    ) as server:
        until_told_to_stop(server.close)
        with ready(installation.ready_file("voice")):
            server.serve()
