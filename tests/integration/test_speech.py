"""From a phrase to a file over the voice's socket: cached, bounded, private, and one error whatever breaks."""

import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from calls.journey import Language
from prompts.build import build
from prompts.catalogue import Catalogue, Utterance, load_catalogue
from prompts.client import KNOWN_S, VoiceClient
from prompts.errors import BuildError, SpeechUnavailableError, VoiceBusyError
from prompts.lexicon import load_lexicons
from prompts.phrase import Phrase, say
from prompts.sentences import SentenceCache
from prompts.server import LONGEST_LINE, Speaker, VoiceServer, open_voice_server
from prompts.speech import LEFT_ALONE_S, Speech
from prompts.voice import Voice
from tests.kit.fake_voice import FakeVoice
from tests.kit.waiting import eventually_sync

RU = Language.RU
RUSSIAN = """
hello: {text: "Здравствуйте."}
debt: {text: "Долг: {amount|money}.", params: [amount], personal: true, samples: [{amount: 100}]}
tries: {text: "Ещё {left|attempts}.", params: [left], samples: [{left: 2}]}
"""
ENGLISH = """
hello: {text: "Hello."}
debt: {text: "You owe {amount|money}.", params: [amount], personal: true, samples: [{amount: 100}]}
tries: {text: "{left|attempts} left.", params: [left], samples: [{left: 2}]}
"""


class Node:
    """A served fake voice with two workers, its socket, its memory folder and a build beside it."""

    def __init__(self, folder: Path, voice: Voice, fake: FakeVoice, catalogue: Catalogue) -> None:
        self.folder, self.voice, self.fake, self.catalogue = folder, voice, fake, catalogue
        self.socket = folder / "voice.sock"
        self.memory = folder / "memory"
        self.built = folder / "built"
        self.cache = SentenceCache(self.memory)
        self.server = VoiceServer(Speaker(voice, self.cache, load_lexicons()), self.socket, most_connections=8)
        self._thread = threading.Thread(target=self.server.serve)
        self._thread.start()

    def client(self, timeout_s: float = 5.0) -> VoiceClient:
        return VoiceClient(self.socket, timeout_s)

    def speech(self, timeout_s: float = 5.0) -> Speech:
        return Speech(self.catalogue, self.built, self.client(timeout_s))

    def raw(self, line: bytes, whole: bool = True) -> bytes:
        """What the server answers to these bytes; with `whole` our side says that no more will come."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket))
            connection.sendall(line)
            if whole:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(4096):
                answer += part
            return answer

    def serves(self, text: str) -> bool:
        """Whether a client is served now."""
        try:
            return file_of(self.client().path(Utterance(text, RU, personal=False))).exists()
        except SpeechUnavailableError:
            return False

    def close_voice(self) -> None:
        """The voice's process has gone; closing once more later does no harm."""
        self.server.close()
        self._thread.join(15)

    def close(self) -> None:
        self.server.close()
        self._thread.join(15)
        assert not self._thread.is_alive()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue and its build, made once: each node gets a copy."""
    folder = tmp_path_factory.mktemp("speech")
    (folder / "ru.yaml").write_text(RUSSIAN, "utf-8")
    (folder / "en.yaml").write_text(ENGLISH, "utf-8")
    with FakeVoice(folder / "voice").pool() as voice:
        build(load_catalogue(folder), voice, folder / "built", studio=folder / "studio")
    return folder


@pytest.fixture
def node(built: Path) -> Iterator[Node]:
    # Not tmp_path: the path of a Unix socket has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="cc-speech-"))
    fake = FakeVoice(folder / "voice")
    shutil.copytree(built / "built", folder / "built")
    with fake.pool() as voice:
        node = Node(folder, voice, fake, load_catalogue(built))
        yield node
        node.close()
    shutil.rmtree(folder)


def file_of(path: Path) -> Path:
    return path.with_name(path.name + ".alaw")


def sentence(text: str, personal: bool = False) -> Utterance:
    return Utterance(text, RU, personal)


def test_a_static_prompt_comes_from_the_build(node: Node) -> None:
    path = node.speech().path(say("hello"), RU)
    assert path == node.built / "ru" / "hello"
    assert file_of(path).stat().st_size > 1000
    assert node.speech().files(say("hello"), Language.EN) == [str(node.built / "en" / "hello")]


def test_a_sample_comes_from_the_build_too(node: Node) -> None:
    said = len(node.fake.said())
    path = node.speech().path(say("debt", amount=100), RU)
    assert path.is_relative_to(node.built)
    assert file_of(path).exists()
    assert len(node.fake.said()) == said


def test_another_amount_is_said_once_and_kept_in_memory_only(node: Node) -> None:
    speech = node.speech()
    first = speech.path(say("debt", amount=212132), RU)
    second = speech.path(say("debt", amount=212132), RU)
    assert first == second
    assert first.parent == node.memory
    assert file_of(first).stat().st_mode & 0o777 == 0o600
    assert len(node.fake.said("сто двадцать один рубль")) == 1
    assert not list(node.built.rglob(f"{first.name}*"))


def test_a_client_knows_for_a_moment_where_a_sentence_lies(node: Node) -> None:
    now = [0.0]
    client = VoiceClient(node.socket, monotonic=lambda: now[0])
    path = client.path(sentence("Раз.", personal=True))
    node.server.close()
    eventually_sync(lambda: not node.socket.exists(), 5, "the voice is away")
    assert client.path(sentence("Раз.", personal=True)) == path
    now[0] = KNOWN_S
    with pytest.raises(SpeechUnavailableError):
        client.path(sentence("Раз.", personal=True))


def test_a_client_asks_again_for_a_sentence_that_was_removed(node: Node) -> None:
    client = node.client()
    client.path(sentence("Раз."))
    node.cache.clear()
    assert file_of(client.path(sentence("Раз."))).exists()
    assert node.fake.said("Раз.") == ["Раз.", "Раз."]


def test_many_callers_with_the_same_sentence_cost_one(node: Node) -> None:
    speech = node.speech()
    with ThreadPoolExecutor(8) as threads:
        paths = {threads.submit(speech.path, say("debt", amount=555), RU).result(10) for _ in range(8)}
    assert len(paths) == 1
    assert len(node.fake.said("пять рублей пятьдесят пять")) == 1


def test_without_a_voice_process_static_prompts_play_and_the_rest_is_one_error(node: Node) -> None:
    speech = node.speech()
    node.close()
    assert file_of(speech.path(say("hello"), RU)).exists()
    assert file_of(speech.path(say("debt", amount=100), RU)).exists()
    with pytest.raises(SpeechUnavailableError, match="does not answer"):
        speech.path(say("debt", amount=7), RU)


def test_dead_workers_are_one_error_and_the_voice_comes_back(node: Node) -> None:
    speech = node.speech()
    node.fake.break_down()
    for pid in node.voice.worker_pids:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(SpeechUnavailableError):
        speech.path(say("debt", amount=7), RU)
    node.fake.mend()

    def speaks() -> bool:
        try:
            return file_of(speech.path(say("debt", amount=7), RU)).exists()
        except SpeechUnavailableError:
            return False

    eventually_sync(speaks, 10, "the voice is back")


def test_a_late_voice_is_an_error_in_time(node: Node) -> None:
    with pytest.raises(SpeechUnavailableError, match="TimeoutError"):
        node.client(timeout_s=0.2).path(Utterance("Wait.", Language.EN, personal=False))
    node.fake.let_go()


def test_more_connections_than_the_bound_are_told_to_come_later(node: Node) -> None:
    with ThreadPoolExecutor(8) as threads:
        held = [threads.submit(node.client().path, Utterance(f"Wait {word}.", Language.EN, False)) for word in
                ("one", "two", "three", "four", "five", "six", "seven", "eight")]  # fmt: skip
        eventually_sync(lambda: node.voice.in_hand == 8, 5, "eight sentences are in hand")
        with pytest.raises(VoiceBusyError, match="no connection free"):
            node.client().path(sentence("Да."))
        node.fake.let_go()
        assert len({one.result(10) for one in held}) == 8
    assert node.client().path(sentence("Нет."))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"no json\n",
        b'{"text": 5, "language": "ru", "personal": false}\n',
        '{"text": "Да.", "language": "fr", "personal": false}\n'.encode(),
        '{"text": "Да.", "language": "ru"}\n'.encode(),
        '{"text": "Да.", "language": "ru", "personal": false, "path": "/etc/passwd"}\n'.encode(),
        b'{"text": "\\ud800", "language": "ru", "personal": false}\n',
        b"\xff\xfe\x00\n",
        b"[" * 5000 + b"\n",
        b"x" * (LONGEST_LINE + 1),
        b"\x00" * 65536,
    ],
)
def test_hostile_lines_get_no_file_and_the_voice_goes_on(node: Node, line: bytes) -> None:
    try:
        answer = node.raw(line)
    except ConnectionError:  # closed on us while we still wrote
        answer = b""
    assert b"path" not in answer
    assert b"Traceback" not in answer
    assert file_of(node.client().path(sentence("Да."))).exists()


@pytest.mark.parametrize(
    "text", ["", "   ", "2 рубля", "sudo", "да\x00нет", "д" * 5000, "<speak>", "да 💡", "да " * 400]
)
def test_what_no_voice_can_say_is_refused_before_it_reaches_one(node: Node, text: str) -> None:
    said = len(node.fake.said())
    with pytest.raises(SpeechUnavailableError):
        node.client().path(sentence(text))
    assert len(node.fake.said()) == said


def test_an_error_never_repeats_the_sentence(node: Node) -> None:
    secret = "Долг: refuse семь рублей"
    answer = node.raw(f'{{"text": "{secret}", "language": "ru", "personal": true}}\n'.encode())
    assert b"error" in answer
    assert "семь".encode() not in answer


def test_a_client_that_says_nothing_does_not_hold_the_voice(node: Node) -> None:
    """Eight silent connections fill every place; each is closed after its time, and the ninth is served then."""
    silent = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(8)]
    try:
        for connection in silent:
            connection.connect(str(node.socket))
        eventually_sync(lambda: node.serves("Да."), 10, "the silent ones are closed")
    finally:
        for connection in silent:
            connection.close()


def test_a_client_that_hangs_up_early_harms_nobody(node: Node) -> None:
    for _ in range(20):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(node.socket))
            connection.sendall('{"text": "Да.", "language": "ru", "personal": false}\n'.encode())
    eventually_sync(lambda: node.serves("Нет."), 5, "another client is served")


def test_the_socket_is_ours_alone_and_goes_with_the_server(node: Node) -> None:
    assert node.socket.stat().st_mode & 0o777 == 0o600
    node.close()
    assert not node.socket.exists()


def test_a_second_server_on_the_socket_is_refused_and_a_dead_ones_socket_taken_over(node: Node) -> None:
    speaker = Speaker(node.voice, node.cache, load_lexicons())
    with pytest.raises(SpeechUnavailableError, match="Another voice answers"):
        VoiceServer(speaker, node.socket)
    assert file_of(node.client().path(sentence("Да."))).exists()
    dead = node.folder / "dead.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_over:
        left_over.bind(str(dead))
    server = VoiceServer(speaker, dead)
    server.close()
    server.serve()
    assert not dead.exists()


def test_an_opened_server_leaves_no_process_and_no_sentence(tmp_path: Path, node: Node) -> None:
    at, memory = node.folder / "own.sock", node.folder / "own"
    with open_voice_server(node.fake.command, at, memory, timeout_s=5.0) as server:
        serving = threading.Thread(target=server.serve)
        serving.start()
        path = VoiceClient(at).path(sentence("Да.", personal=True))
        assert file_of(path).exists()
        server.close()
        serving.join(15)
    assert not memory.exists()
    with pytest.raises(SpeechUnavailableError):
        VoiceClient(at).path(sentence("Да."))


def test_speech_does_not_start_on_an_incomplete_build(node: Node) -> None:
    (node.built / "ru" / "hello.alaw").unlink()
    with pytest.raises(BuildError, match="ru/hello has lost its files"):
        node.speech()


def test_a_phrase_is_heard_as_its_language_says_it(node: Node) -> None:
    phrase = Phrase("tries", {"left": 3})
    paths = {node.speech().path(phrase, language) for language in Language}
    assert len(paths) == 2
    assert node.fake.said("три попытки") == ["Ещё три попытки."]
    assert node.fake.said("attempts left") == ["Three attempts left."]


# --- without the voice
def test_a_sentence_is_said_in_pieces_while_the_voice_is_away(node: Node) -> None:
    now = [0.0]
    speech = Speech(node.catalogue, node.built, node.client(0.5), lambda: now[0])
    node.close_voice()
    pieces = speech.files(say("debt", amount=-212132), RU)
    words = ["Долг", "минус", "две", "тысячи", "сто", "двадцать", "один", "рубль", "тридцать", "две", "копейки"]
    assert len(pieces) == len(words)
    for piece in pieces:
        assert file_of(Path(piece)).stat().st_size > 100
    assert pieces[2] == pieces[9], "the same word is the same sound"
    assert speech.files(say("hello"), RU) == [str(node.built / "ru" / "hello")]
    assert speech.files(say("tries", left=7), Language.EN)
    assert speech.in_pieces == 2  # a static prompt is whole


def test_a_voice_that_failed_is_left_alone_for_a_moment(node: Node) -> None:
    now = [0.0]
    asked: list[Utterance] = []

    class Deaf(VoiceClient):
        def path(self, utterance: Utterance) -> Path:
            asked.append(utterance)
            raise SpeechUnavailableError("no answer")

    speech = Speech(node.catalogue, node.built, Deaf(node.socket), lambda: now[0])
    for _ in range(3):
        assert len(speech.files(say("debt", amount=700), RU)) > 1
    assert len(asked) == 1, "callers do not wait one after another for a voice that does not answer"
    now[0] = LEFT_ALONE_S
    speech.files(say("debt", amount=700), RU)
    assert len(asked) == 2


def test_an_overloaded_voice_is_asked_by_the_next_caller_again(node: Node) -> None:
    asked: list[Utterance] = []

    class Busy(VoiceClient):
        def path(self, utterance: Utterance) -> Path:
            asked.append(utterance)
            raise VoiceBusyError("too many")

    speech = Speech(node.catalogue, node.built, Busy(node.socket))
    for _ in range(3):
        assert len(speech.files(say("debt", amount=700), RU)) > 1
    assert len(asked) == 3
