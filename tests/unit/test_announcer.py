"""An announcement becomes files that are there, once and in time; what is not there yet is left out and made."""

import threading
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.effects import Announce
from acd.model import Leg
from acd.wait_law import MINUTES, Minutes
from calls.clock import Instant
from calls.ids import CallId, NodeId
from calls.journey import Language
from prompts.build import build
from prompts.catalogue import load_catalogue
from prompts.client import VoiceClient
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase, say
from prompts.ready import LONGEST_REST_S, REST, ReadySpeech
from prompts.speech import Speech
from telephony.announcer import LATE_MS, LONGEST, Announcer, phrases
from tests.kit.fake_voice import FakeVoice
from tests.kit.waiting import eventually_sync

AT = Instant(1_800_000_000_000)
WISH = Announce(
    CallId("01900000-0000-7000-8000-000000000001"), Leg(NodeId("one"), "PJSIP/trunk-1", "1.1"), Language.RU, AT
)


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: Instant = AT

    def now(self) -> Instant:
        return self.at


def files_of(phrase: Phrase, _language: Language) -> list[str]:
    return [] if phrase.prompt_id == "news.unknown" else [f"/prompts/ru/{phrase.prompt_id}"]


def test_the_parts_of_an_announcement_follow_each_other() -> None:
    whole = replace(WISH, position=3, minutes=Minutes(2, 4), text="news.one")
    assert Announcer(files_of, "/prompts", Hand()).sounds(whole) == "~ru/queue.position&~ru/queue.wait&~ru/news.one"
    offer = replace(WISH, minutes=Minutes(0, 1), callback=True)
    assert list(phrases(offer)) == [say("queue.wait_below", most=1), say("queue.callback")]


def test_an_announcement_is_made_once() -> None:
    announcer, clock = Announcer(files_of, "/prompts", hand := Hand()), hand
    one = replace(WISH, position=1)
    assert announcer.sounds(one)
    clock.at = Instant(AT + 900)
    assert announcer.sounds(one) == ""
    assert announcer.sounds(replace(one, at=clock.at))


def test_a_late_announcement_is_left_out() -> None:
    announcer = Announcer(files_of, "/prompts", Hand(Instant(AT + LATE_MS + 1)))
    assert announcer.sounds(replace(WISH, position=1)) == ""


def test_what_is_not_there_is_left_out_and_the_rest_is_said() -> None:
    announcer = Announcer(files_of, "/prompts", Hand())
    assert announcer.sounds(replace(WISH, position=1, text="news.unknown")) == "~ru/queue.position"
    assert announcer.sounds(replace(WISH, text="news.unknown", call_id=CallId("other"))) == ""


@given(st.integers(1, 40), st.integers(1, 200))
def test_no_announcement_is_longer_than_asterisk_takes(pieces: int, length: int) -> None:
    announcer = Announcer(lambda *_: ["x" * length] * pieces, "/prompts", Hand())
    said = announcer.sounds(replace(WISH, position=1, minutes=Minutes(1, 2), text="news.one"))
    assert len(said) <= LONGEST


# --- what is ready
@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    voice = FakeVoice(tmp_path_factory.mktemp("voice"))
    voice.let_go()
    with voice.pool() as pool:
        build(load_catalogue(), pool, folder, studio=folder / "no-studio")
    return folder


class Rendering(VoiceClient):
    """A voice that makes sentences when it is told to."""

    def __init__(self, folder: Path, takes_s: float = 0.0) -> None:
        super().__init__(folder / "no.sock")
        self.folder = folder
        self.away = True
        self.asked = 0
        self.takes_s = takes_s
        self.now_s = 0.0

    def path(self, utterance: object) -> Path:
        self.asked += 1
        self.now_s += self.takes_s
        if self.away:
            raise SpeechUnavailableError("away")
        place = self.folder / "made"
        place.with_name("made.alaw").write_bytes(b"\xd5")
        return place


def test_all_that_is_usually_said_is_built_beforehand(built: Path, tmp_path: Path) -> None:
    voice = Rendering(tmp_path)
    ready = ready_speech(built, voice)
    for language in Language:
        usual = [say("queue.position", position=place) for place in range(1, 51)]
        usual += [say("queue.wait_below", most=most) for most in MINUTES[1:]]
        usual += [say("queue.wait", least=least, most=most) for least, most in pairwise(MINUTES[1:])]
        usual += [say("queue.wait", least=3, most=10), say("queue.callback")]
        for phrase in usual:
            (file,) = ready.files(phrase, language)
            assert Path(f"{file}.alaw").exists(), phrase
    assert voice.asked == 0


def test_a_sentence_that_is_not_built_comes_in_pieces_and_whole_the_next_time(built: Path, tmp_path: Path) -> None:
    voice = Rendering(tmp_path)
    voice.away = False
    ready = ready_speech(built, voice)
    far = say("queue.position", position=177)
    assert len(ready.files(far, Language.RU)) == 4  # the head, сто, семьдесят, седьмой
    assert eventually_sync(lambda: ready.files(far, Language.RU) == [str(tmp_path / "made")], 5, "it is rendered")
    assert voice.asked == 1
    (tmp_path / "made.alaw").unlink()
    assert len(ready.files(far, Language.RU)) == 4


def test_the_voice_is_left_to_those_who_wait_for_it(built: Path, tmp_path: Path) -> None:
    voice = Rendering(tmp_path, takes_s=0.05)
    voice.away = False
    rests: list[float] = []
    goes_on = threading.Event()

    def rest(seconds: float) -> None:
        rests.append(seconds)
        goes_on.wait(5)

    ready = ReadySpeech(lambda: Speech(load_catalogue(), built, voice), lambda: voice.now_s, rest)
    far = [say("queue.position", position=place) for place in (177, 178)]
    assert eventually_sync(lambda: all(len(ready.files(one, Language.RU)) == 4 for one in far), 5, "both in pieces")
    assert eventually_sync(lambda: rests == [pytest.approx(REST * 0.05)], 5, "the voice has rest after one")
    assert voice.asked == 1
    voice.takes_s = 900.0
    goes_on.set()
    assert eventually_sync(lambda: rests[1:] == [LONGEST_REST_S], 5, "never longer than that")


def test_nothing_that_a_setting_names_wrongly_is_said_or_raised(built: Path, tmp_path: Path) -> None:
    ready = ready_speech(built, Rendering(tmp_path))
    assert ready.files(say("news.unknown"), Language.RU) == []
    assert ready.files(say("balance.debt"), Language.RU) == []


def test_before_the_catalogue_is_read_nothing_is_ready(tmp_path: Path) -> None:
    def cannot_be_read() -> Speech:
        raise SpeechUnavailableError("no prompts")

    ready = ReadySpeech(cannot_be_read)
    assert ready.files(say("queue.callback"), Language.RU) == []


def ready_speech(built: Path, voice: VoiceClient) -> ReadySpeech:
    ready = ReadySpeech(lambda: Speech(load_catalogue(), built, voice))
    eventually_sync(lambda: ready.files(say("goodbye"), Language.RU), 10, "the catalogue is read")
    return ready
