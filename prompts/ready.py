"""Speech for a caller who waits: only what is there already, never a wait for the voice.

A sentence that the build has not made is put together from its pieces, and the voice is asked for it on a thread of its
own, so that the next caller hears it whole. What has no pieces either is left out meanwhile.
"""

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from calls.journey import Language
from prompts.errors import PromptsError
from prompts.phrase import Phrase
from prompts.sentences import KEPT_S
from prompts.speech import Speech
from prompts.store import ALAW, with_extension

log = structlog.get_logger(__name__)

MOST_WANTED: Final = 100
"""Sentences that wait for the voice; more are asked for again by the next caller."""
MOST_KNOWN: Final = 1000

_Key = tuple[Language, str, tuple[tuple[str, str], ...]]


class ReadySpeech:
    """Thread-safe. `load` reads catalogue and build on the same thread: until then nothing is ready."""

    def __init__(self, load: Callable[[], Speech], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._monotonic = monotonic
        self._speech: Speech | None = None
        self._wanted: queue.Queue[tuple[Phrase, Language]] = queue.Queue(MOST_WANTED)
        self._lock = threading.Lock()
        self._made: OrderedDict[_Key, tuple[Path, float]] = OrderedDict()
        threading.Thread(target=self._render, name="ready-speech", daemon=True).start()

    def files(self, phrase: Phrase, language: Language) -> list[str]:
        """The files to play, without extension; empty when there is none. Never waits, never raises."""
        speech = self._speech
        if speech is None:
            return []
        try:
            built = speech.built(phrase, language)
            if built is not None:
                return [str(built)]
            made = self._made_before(phrase, language)
            if made is not None:
                return [str(made)]
            self._want(phrase, language)
            return speech.ready(phrase, language)
        except PromptsError as fault:
            log.warning("announcement_left_out", prompt_id=phrase.prompt_id, why=type(fault).__name__)
            return []

    def _made_before(self, phrase: Phrase, language: Language) -> Path | None:
        with self._lock:
            path, until = self._made.get(_key(phrase, language), (None, 0.0))
        fresh = path is not None and self._monotonic() < until and with_extension(path, ALAW).exists()
        return path if fresh else None

    def _want(self, phrase: Phrase, language: Language) -> None:
        try:
            self._wanted.put_nowait((phrase, language))
        except queue.Full:
            log.warning("announcement_not_rendered", why="too many are wanted")

    def _render(self) -> None:
        try:
            self._speech = self._load()
        except PromptsError as fault:
            log.error("announcements_unavailable", why=str(fault))
            return
        while True:
            phrase, language = self._wanted.get()
            if self._made_before(phrase, language) is not None:
                continue
            try:
                path = self._speech.path(phrase, language)
            except PromptsError as fault:
                log.warning("announcement_not_rendered", prompt_id=phrase.prompt_id, why=type(fault).__name__)
                continue
            with self._lock:
                self._made[_key(phrase, language)] = path, self._monotonic() + KEPT_S / 2
                if len(self._made) > MOST_KNOWN:
                    self._made.popitem(last=False)


def _key(phrase: Phrase, language: Language) -> _Key:
    return language, phrase.prompt_id, tuple(sorted((name, str(value)) for name, value in phrase.values.items()))
