"""What is played to a waiting caller for a wish to announce: files that are there already, once, and not too late."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Final

from acd.effects import Announce
from calls.clock import Clock, Instant
from calls.ids import CallId
from calls.journey import Language
from dialplan.contract import PROMPTS_MARK
from prompts.phrase import Phrase, say

LATE_MS: Final = 2000
"""An announcement that could not be made for so long is left out: place and range may be others by then."""
LONGEST: Final = 900
"""Characters: Asterisk takes no AMI line above 1,024."""
SEPARATOR: Final = "&"
_REMEMBERED: Final = 10_000

ReadyFiles = Callable[[Phrase, Language], list[str]]
"""The files for a phrase, without extension, that can be played at once; empty when there is none."""


def nothing_ready(_phrase: Phrase, _language: Language) -> list[str]:
    return []


class Announcer:
    """Thread-safe. `folder` is that of the prompts: names under it are told by `PROMPTS_MARK`."""

    def __init__(self, files: ReadyFiles, folder: str, clock: Clock) -> None:
        self._files = files
        self._folder = folder.rstrip("/") + "/"
        self._clock = clock
        self._lock = Lock()
        self._said: OrderedDict[tuple[CallId, Instant], None] = OrderedDict()

    def sounds(self, wish: Announce) -> str:
        """The files joined by `SEPARATOR`; "" when it was made before, is late, or nothing of it is ready."""
        if self._clock.now() - wish.at > LATE_MS or not self._first_time(wish):
            return ""
        said = ""
        for phrase in phrases(wish):
            names = [self._told(file) for file in self._files(phrase, wish.language)]
            longer = SEPARATOR.join([said, *names] if said else names)
            if names and len(longer) <= LONGEST:
                said = longer
        return said

    def _told(self, file: str) -> str:
        return PROMPTS_MARK + file.removeprefix(self._folder) if file.startswith(self._folder) else file

    def _first_time(self, wish: Announce) -> bool:
        key = wish.call_id, wish.at
        with self._lock:
            known = key in self._said
            self._said[key] = None
            if len(self._said) > _REMEMBERED:
                self._said.popitem(last=False)
        return not known


def phrases(wish: Announce) -> Iterator[Phrase]:
    """What it says, in order."""
    if wish.position:
        yield say("queue.position", position=wish.position)
    if wish.minutes is not None:
        if wish.minutes.least:
            yield say("queue.wait", least=wish.minutes.least, most=wish.minutes.most)
        else:
            yield say("queue.wait_below", most=wish.minutes.most)
    if wish.callback:
        yield say("queue.callback")
    if wish.text:
        yield say(wish.text)
