"""A sentence that was never said before: from the flow's question to a file that Asterisk can play.

The real way: client, socket, RHVoice in its worker, mastering, A-law, a file in memory. The sentences are balances of
about five seconds, none of them twice. Beside them what a sentence costs that was said a moment ago.
"""

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
from prompts.server import open_voice_server
from prompts.store import ALAW, with_extension
from prompts.worker import worker_command

SENTENCES: Final = 100
AT_ONCE: Final = 24
"""Callers who ask together when the throughput is measured."""
PATIENCE_S: Final = 30.0
_BYTES_A_SECOND: Final = 8000


def sentences(catalogue: Catalogue, first: int, count: int) -> list[Utterance]:
    """Balances of accounts that were not asked for before."""
    phrases = [say("balance.zero", account=f"{first + 37 * number}") for number in range(count)]
    return [catalogue.utterance(phrase, Language.RU) for phrase in phrases]


@contextmanager
def served() -> Iterator[VoiceClient]:
    """A voice of its own with the private tree's engine, and a client of it."""
    memory = Path("/dev/shm")  # noqa: S108 - as in production: the folder made in it is ours alone
    with tempfile.TemporaryDirectory(dir=memory if is_memory_folder(memory) else None) as folder:
        at = Path(folder, "voice.sock")
        command = worker_command(running_tree().root)
        with open_voice_server(command, at, Path(folder, "said"), PATIENCE_S) as server:
            serving = threading.Thread(target=server.serve)
            serving.start()
            try:
                yield VoiceClient(at, PATIENCE_S)
            finally:
                server.close()
                serving.join(PATIENCE_S)


def seconds_for(client: VoiceClient, sentence: Utterance) -> tuple[float, Path]:
    started = time.perf_counter()
    path = client.path(sentence)
    return time.perf_counter() - started, path


def measure() -> Figures:
    catalogue = load_catalogue()
    with served() as client:
        asked = sentences(catalogue, 100_000, SENTENCES)
        answers = [seconds_for(client, sentence) for sentence in asked]
        fresh = [took * 1000 for took, _ in answers]
        lasts = median([with_extension(path, ALAW).stat().st_size / _BYTES_A_SECOND for _, path in answers])
        again = [seconds_for(client, sentence)[0] * 1000 for sentence in asked]
        crowd = sentences(catalogue, 200_000, SENTENCES)
        started = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(client.path, crowd))
        rate = SENTENCES / (time.perf_counter() - started)
    return {
        "new sentence, median": Figure(median(fresh), "ms", note=f"{lasts:.1f} s of speech"),
        "new sentence, p95": Figure(percentile(fresh, 0.95), "ms", limit=150),
        "known sentence, p95": Figure(percentile(again, 0.95), "ms", limit=20),
        "new sentences": Figure(rate, "a second", limit=8, at_least=True, note=f"{AT_ONCE} callers at once"),
    }


if __name__ == "__main__":
    sys.exit(main("speech", measure))
