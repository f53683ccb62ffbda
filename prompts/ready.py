"""Speech for a caller who waits: only what is there already, never a wait for the voice.

A sentence that the build has not made is put together from its pieces, and the voice is asked for it on a thread of its
own, so that the next caller hears it whole. What has no pieces either is left out meanwhile. The voice belongs to those
who wait for a word of it: after each sentence it is left alone for `REST` times as long, so that a storm of far places
in the queue costs a hundredth of a core and not a half.
"""

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

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
MOST_KNOWN: Final = 2000
REST: Final = 100
LONGEST_REST_S: Final = 10.0

T = TypeVar("T")
_Key = tuple[Language, str, tuple[tuple[str, str], ...]]


class ReadySpeech:
    """Thread-safe. `load` reads catalogue and build on the same thread: until then nothing is ready."""

    def __init__(
        self,
        load: Callable[[], Speech],
        monotonic: Callable[[], float] = time.monotonic,
        rest: Callable[[float], object] = time.sleep,
    ) -> None:
        """`rest` lets so many seconds pass."""
        self._load = load
        self._monotonic = monotonic
        self._rest = rest
        self._speech: Speech | None = None
        self._wanted: queue.Queue[tuple[Phrase, Language]] = queue.Queue(MOST_WANTED)
        self._lock = threading.Lock()
        self._made: OrderedDict[_Key, tuple[Path, float]] = OrderedDict()
        self._there: OrderedDict[_Key, tuple[tuple[str, ...], bool]] = OrderedDict()
        threading.Thread(target=self._render, name="ready-speech", daemon=True).start()

    def files(self, phrase: Phrase, language: Language) -> list[str]:
        """The files to play, without extension; empty when there is none. Never waits, never raises."""
        speech = self._speech
        if speech is None:
            return []
        try:
            files, whole = self._from_build(speech, phrase, language)
        except PromptsError as fault:
            log.warning("announcement_left_out", prompt_id=phrase.prompt_id, why=type(fault).__name__)
            return []
        if whole:
            return [*files]
        made = self._made_before(phrase, language)
        if made is not None:
            return [str(made)]
        self._want(phrase, language)
        return [*files]

    def _from_build(self, speech: Speech, phrase: Phrase, language: Language) -> tuple[tuple[str, ...], bool]:
        """The files of the build, and whether they are the whole sentence. Remembered, because spelling takes time."""
        key = _key(phrase, language)
        with self._lock:
            known = self._there.get(key)
        if known is None:
            built = speech.built(phrase, language)
            known = ((str(built),), True) if built is not None else (tuple(speech.ready(phrase, language)), False)
            with self._lock:
                _remember(self._there, key, known)
        return known

    def _made_before(self, phrase: Phrase, language: Language) -> Path | None:
        with self._lock:
            path, until = self._made.get(_key(phrase, language), (None, 0.0))
        fresh = path is not None and self._monotonic() < until and with_extension(path, ALAW).exists()
        return path if fresh else None

    def _want(self, phrase: Phrase, language: Language) -> None:
        with suppress(queue.Full):
            self._wanted.put_nowait((phrase, language))

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
            begun = self._monotonic()
            try:
                self._keep(phrase, language, self._speech.path(phrase, language))
            except PromptsError as fault:
                log.warning("announcement_not_rendered", prompt_id=phrase.prompt_id, why=type(fault).__name__)
            self._rest(min(LONGEST_REST_S, REST * (self._monotonic() - begun)))

    def _keep(self, phrase: Phrase, language: Language, path: Path) -> None:
        with self._lock:
            _remember(self._made, _key(phrase, language), (path, self._monotonic() + KEPT_S / 2))


def _remember(known: OrderedDict[_Key, T], key: _Key, value: T) -> None:
    """The oldest is forgotten when there are too many."""
    known[key] = value
    if len(known) > MOST_KNOWN:
        known.popitem(last=False)


def _key(phrase: Phrase, language: Language) -> _Key:
    return language, phrase.prompt_id, tuple(sorted((name, str(value)) for name, value in phrase.values.items()))
