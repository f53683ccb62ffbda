"""The voice of the node: a pool of worker processes that turns sentences into sound."""

import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from calls.journey import Language
from prompts.errors import SpeechUnavailableError, VoiceBusyError
from prompts.sound import Pcm
from prompts.worker import Job, Worker, WorkerLostError

TIMEOUT_S = 5.0
"""For one sentence, its turn in the queue included: a caller is not left longer in silence."""
MOST_SENTENCES = 64
"""Sentences in hand at once; a core says about 11 five-second sentences a second."""


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice of the engine and its speed (1 = as recorded)."""

    voice: str
    speed: float


TIMBRES: Mapping[Language, Timbre] = {Language.RU: Timbre("anna", 0.9), Language.EN: Timbre("slt", 1.0)}
_CLOSE_S = 5.0
_FIRST_WORDS: Mapping[Language, str] = {Language.RU: "Да.", Language.EN: "Yes."}


class Voice:
    """Thread-safe. Equal sentences asked for at once are rendered once; a dead worker is replaced."""

    def __init__(
        self,
        command: Sequence[str],
        workers: int | None = None,
        timbres: Mapping[Language, Timbre] = TIMBRES,
        timeout_s: float = TIMEOUT_S,
        most_sentences: int = MOST_SENTENCES,
    ) -> None:
        """`command` starts one worker (see `worker_command`); `workers` is one a core unless told."""
        self._timbres = timbres
        self._timeout_s = timeout_s
        self._most_sentences = most_sentences
        self._workers = [Worker(command) for _ in range(workers or os.cpu_count() or 1)]
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._lock = threading.Lock()
        self._in_hand: dict[tuple[str, Language], Future[Pcm]] = {}
        self._closed = False

    def start(self) -> None:
        """Start every worker and let it say a word in each voice, which loads them.

        Raises SpeechUnavailableError when one does not come up.
        """
        try:
            for worker in self._workers:
                worker.start()
                for language, timbre in self._timbres.items():
                    worker.say(Job(_FIRST_WORDS[language], timbre.voice, timbre.speed), self._timeout_s)
        except SpeechUnavailableError:
            self.close()
            raise

    @property
    def engine(self) -> str:
        """Name and version of the engine, such as "RHVoice 1.14.0"; known once started."""
        return self._workers[0].engine

    @property
    def size(self) -> int:
        """How many sentences are rendered at once."""
        return len(self._workers)

    @property
    def worker_pids(self) -> list[int]:
        return [worker.pid for worker in self._workers if worker.pid is not None]

    @property
    def in_hand(self) -> int:
        """Sentences being rendered or waiting for a worker."""
        return len(self._in_hand)

    def fingerprint(self, language: Language) -> str:
        """All that decides how a sentence of this language sounds before mastering."""
        timbre = self._timbres[language]
        return f"{self.engine}/{timbre.voice}/{timbre.speed}"

    def render(self, text: str, language: Language) -> Pcm:
        """The sound of one sentence.

        Raises VoiceBusyError when too many wait, SpeechUnavailableError when it cannot be had in time.
        """
        key = (text, language)
        with self._lock:
            if self._closed:
                raise SpeechUnavailableError("The voice is closed.")
            shared = self._in_hand.get(key)
            if shared is None:
                if len(self._in_hand) >= self._most_sentences:
                    raise VoiceBusyError(f"The voice has {self._most_sentences} sentences in hand and takes no more.")
                mine = self._in_hand[key] = Future[Pcm]()
        if shared is not None:
            return self._result_of(shared)
        try:
            mine.set_result(self._say(text, self._timbres[language]))
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._in_hand[key]
        return mine.result()

    def close(self) -> None:
        """End every worker; a sentence in hand fails."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for worker in self._workers:
            worker.kill()
        deadline = time.monotonic() + _CLOSE_S
        for _ in self._workers:  # each comes back to the idle ones once its thread has seen the end
            try:
                self._idle.get(timeout=max(0.0, deadline - time.monotonic())).stop()
            except queue.Empty:
                break

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _say(self, text: str, timbre: Timbre) -> Pcm:
        deadline = time.monotonic() + self._timeout_s
        try:
            worker = self._idle.get(timeout=self._timeout_s)
        except queue.Empty:
            raise VoiceBusyError("No voice worker was free in time.") from None
        try:
            job = Job(text, timbre.voice, timbre.speed)
            try:
                return worker.say(job, deadline - time.monotonic())
            except WorkerLostError:
                # It may have died long ago, unnoticed: one more try with a fresh one, within the same deadline.
                if time.monotonic() >= deadline or self._closed:
                    raise
                return worker.say(job, deadline - time.monotonic())
        finally:
            self._idle.put(worker)

    def _result_of(self, shared: Future[Pcm]) -> Pcm:
        try:
            return shared.result(timeout=self._timeout_s)
        except FutureTimeoutError:
            raise SpeechUnavailableError("The voice did not answer in time.") from None
