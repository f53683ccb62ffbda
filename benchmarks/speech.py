"""A sentence that was never said before: from the flow's question to a file that Asterisk can play.

The real way: client, socket, RHVoice in its worker, mastering, A-law, a file in memory. The sentences are balances of
about five seconds, none of them twice. Beside them what a sentence costs that was said a moment ago.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Figures, main, median, percentile
from calls.journey import Language
from dialplan.private_tree import running_tree
from prompts.catalogue import Catalogue, Utterance, load_catalogue
from prompts.client import VoiceClient
from prompts.phrase import say
from prompts.sentences import is_memory_folder
from prompts.server import MOST_A_WORKER, open_voice_server
from prompts.speech import Speech
from prompts.store import ALAW, with_extension
from prompts.worker import worker_command
from tests.kit.rendered import copy_rendered

SENTENCES: Final = 100
AT_ONCE: Final = 2 * MOST_A_WORKER
"""Callers who ask together when the throughput is measured; on one core half as many, which is all that it takes."""
STORM: Final = 400
STORM_AT_ONCE: Final = 40
"""Callers who ask at once for more than the voice can render."""
STORM_S: Final = 1.0
"""The longest silence before a sentence, whole or in pieces."""
PATIENCE_S: Final = 30.0
_BYTES_A_SECOND: Final = 8000


def sentences(catalogue: Catalogue, first: int, count: int) -> list[Utterance]:
    """Balances of accounts that were not asked for before."""
    phrases = [say("balance.zero", account=f"{first + 37 * number}") for number in range(count)]
    return [catalogue.utterance(phrase, Language.RU) for phrase in phrases]


@contextmanager
def served() -> Iterator[Path]:
    """A voice of its own with the private tree's engine; its socket."""
    memory = Path("/dev/shm")  # noqa: S108 - as in production: the folder made in it is ours alone
    with tempfile.TemporaryDirectory(dir=memory if is_memory_folder(memory) else None) as folder:
        at = Path(folder, "voice.sock")
        command = worker_command(running_tree().root)
        with open_voice_server(command, at, Path(folder, "said"), PATIENCE_S) as server:
            serving = threading.Thread(target=server.serve)
            serving.start()
            try:
                yield at
            finally:
                server.close()
                serving.join(PATIENCE_S)


def seconds_for(client: VoiceClient, sentence: Utterance) -> tuple[float, Path]:
    started = time.perf_counter()
    path = client.path(sentence)
    return time.perf_counter() - started, path


def overloaded(client: VoiceClient, catalogue: Catalogue, built: Path) -> Figures:
    """More new sentences a second than can be rendered, as the self-service asks: nobody waits, pieces are used."""
    copy_rendered(built)
    speech = Speech(catalogue, built, client)

    def seconds(number: int) -> float:
        started = time.perf_counter()
        speech.files(say("balance.zero", account=f"{300_000 + 37 * number}"), Language.RU)
        return time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(STORM_AT_ONCE) as threads:
        taken = list(threads.map(seconds, range(STORM)))
    rate = STORM / (time.perf_counter() - started)
    pieces = Figure(speech.in_pieces, f"of {STORM}", 1, at_least=True, note="as the metrics count them")
    return {
        "asked for in a storm": Figure(rate, "a second", note=f"{STORM_AT_ONCE} callers at once"),
        "in a storm, slowest": Figure(max(taken) * 1000, "ms", limit=STORM_S * 1000),
        "in a storm, p95": Figure(percentile(taken, 0.95) * 1000, "ms"),
        "in a storm, in pieces": pieces,
    }


def measure() -> Figures:
    catalogue = load_catalogue()
    with served() as at, tempfile.TemporaryDirectory() as folder:
        client = VoiceClient(at, PATIENCE_S)
        asked = sentences(catalogue, 100_000, SENTENCES)
        answers = [seconds_for(client, sentence) for sentence in asked]
        fresh = [took * 1000 for took, _ in answers]
        lasts = median([with_extension(path, ALAW).stat().st_size / _BYTES_A_SECOND for _, path in answers])
        another = VoiceClient(at, PATIENCE_S)  # which has to ask for them
        again = [seconds_for(another, sentence)[0] * 1000 for sentence in asked]
        crowd = sentences(catalogue, 200_000, SENTENCES)
        at_once = min(AT_ONCE, MOST_A_WORKER * (os.cpu_count() or 1))
        started = time.perf_counter()
        with ThreadPoolExecutor(at_once) as threads:
            list(threads.map(client.path, crowd))
        rate = SENTENCES / (time.perf_counter() - started)
        storm = overloaded(client, catalogue, Path(folder, "prompts"))
    return {
        "new sentence, median": Figure(median(fresh), "ms", note=f"{lasts:.1f} s of speech"),
        "new sentence, p95": Figure(percentile(fresh, 0.95), "ms", limit=150),
        "known sentence, p95": Figure(percentile(again, 0.95), "ms", limit=5),
        "new sentences": Figure(rate, "a second", limit=8, at_least=True, note=f"{at_once} callers at once"),
        **storm,
    }


if __name__ == "__main__":
    sys.exit(main("speech", measure))
