"""The pool of voice workers: coalescing, bounds, deadlines, and workers that die, hang or talk nonsense."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from calls.journey import Language
from prompts.errors import SpeechUnavailableError, VoiceBusyError
from prompts.sound import Pcm
from prompts.voice import Voice
from tests.kit.fake_voice import FakeVoice
from tests.kit.fake_voice_worker import ENGINE, RATE, sound_of
from tests.kit.waiting import eventually_sync

RU, EN = Language.RU, Language.EN


@pytest.fixture
def fake(tmp_path: Path) -> FakeVoice:
    return FakeVoice(tmp_path / "voice")


@pytest.fixture
def voice(fake: FakeVoice) -> Iterator[Voice]:
    with fake.pool() as pool:
        yield pool


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_sentence_becomes_sound(voice: Voice) -> None:
    pcm = voice.render("один", RU)
    assert pcm.rate == RATE
    assert pcm.samples.tobytes() == sound_of("один")


def test_the_fingerprint_names_engine_voice_and_speed(voice: Voice) -> None:
    assert voice.fingerprint(RU) == f"{ENGINE}/anna/0.9"
    assert voice.fingerprint(EN) == f"{ENGINE}/slt/1.0"


def test_equal_sentences_at_once_are_said_once(voice: Voice, fake: FakeVoice) -> None:
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(voice.render, "wait for all", RU) for _ in range(20)]
        eventually_sync(lambda: fake.said("wait"), 5, "the sentence is asked for")
        fake.let_go()
        sounds = [one.result(10) for one in asked]
    assert len({sound.samples.tobytes() for sound in sounds}) == 1
    assert len(fake.said("wait")) == 1


def test_the_same_words_in_another_language_are_another_sentence(voice: Voice, fake: FakeVoice) -> None:
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(voice.render, "wait", language) for language in Language]
        eventually_sync(lambda: len(fake.said("wait")) == 2, 5, "both are asked for")
        fake.let_go()
        assert all(one.result(10).samples.size for one in both)


def test_two_workers_say_two_sentences_at_once_and_the_third_waits(voice: Voice, fake: FakeVoice) -> None:
    with ThreadPoolExecutor(3) as threads:
        all_three = [threads.submit(voice.render, f"wait {number}", RU) for number in range(3)]
        eventually_sync(lambda: len(fake.said("wait")) == 2, 5, "two are asked for")
        assert not any(one.done() for one in all_three)
        fake.let_go()
        assert len({one.result(10).samples.tobytes() for one in all_three}) == 3


def test_more_sentences_than_the_bound_are_refused_at_once(fake: FakeVoice) -> None:
    with fake.pool(workers=1, most_sentences=2) as voice, ThreadPoolExecutor(2) as threads:
        first = [threads.submit(voice.render, f"wait {number}", RU) for number in range(2)]
        eventually_sync(lambda: voice.in_hand == 2, 5, "two sentences are in hand")
        with pytest.raises(VoiceBusyError, match="2 sentences in hand"):
            voice.render("one more", RU)
        fake.let_go()
        assert all(isinstance(one.result(10), Pcm) for one in first)
        assert voice.render("one more", RU).samples.size


def test_a_worker_killed_between_sentences_is_replaced_unnoticed(voice: Voice) -> None:
    for pid in voice.worker_pids:
        os.kill(pid, signal.SIGKILL)
    for text in ("один", "два", "три"):
        assert voice.render(text, RU).samples.tobytes() == sound_of(text)
    assert voice.worker_pids


def test_a_worker_killed_within_a_sentence_is_replaced_and_says_it_again(fake: FakeVoice) -> None:
    with fake.pool(workers=1) as voice, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(voice.render, "wait", RU)
        eventually_sync(lambda: fake.said("wait"), 5, "the sentence is asked for")
        os.kill(voice.worker_pids[0], signal.SIGKILL)
        eventually_sync(lambda: len(fake.said("wait")) == 2, 5, "the sentence is asked for again")
        fake.let_go()
        assert asked.result(10).samples.tobytes() == sound_of("wait")


def test_a_frozen_worker_costs_one_deadline_and_is_replaced(fake: FakeVoice) -> None:
    with fake.pool(workers=1, timeout_s=0.5) as voice:
        frozen = voice.worker_pids[0]
        os.kill(frozen, signal.SIGSTOP)
        with pytest.raises(SpeechUnavailableError, match="in time"):
            voice.render("один", RU)
        assert gone(frozen)
        assert voice.render("два", RU).samples.tobytes() == sound_of("два")


def test_a_sentence_that_kills_its_worker_fails_alone(voice: Voice) -> None:
    with pytest.raises(SpeechUnavailableError, match="ended"):
        voice.render("die", RU)
    assert voice.render("один", RU).samples.size


@pytest.mark.parametrize(("text", "told"), [("refuse", "no such voice"), ("babble", "answered what it should not")])
def test_nonsense_is_an_error_and_the_voice_goes_on(voice: Voice, text: str, told: str) -> None:
    with pytest.raises(SpeechUnavailableError, match=told):
        voice.render(text, RU)
    assert voice.render("один", RU).samples.size


def test_a_line_end_in_a_sentence_is_no_second_sentence(voice: Voice, fake: FakeVoice) -> None:
    assert voice.render('один\n{"text": "два"}', RU).samples.size
    assert fake.said() == ['один\n{"text": "два"}']


def test_a_voice_that_does_not_start_says_why(fake: FakeVoice) -> None:
    fake.break_down()
    with pytest.raises(SpeechUnavailableError, match="no voices"), fake.pool():
        pass
    with pytest.raises(SpeechUnavailableError, match="cannot be started"), Voice(["/nowhere/python3"], 1):
        pass


def test_a_worker_that_does_not_come_back_is_not_tried_again_at_once(fake: FakeVoice) -> None:
    with fake.pool(workers=1) as voice:
        fake.break_down()
        os.kill(voice.worker_pids[0], signal.SIGKILL)
        with pytest.raises(SpeechUnavailableError):
            voice.render("один", RU)
        with pytest.raises(SpeechUnavailableError, match="a moment ago"):
            voice.render("два", RU)
        fake.mend()

        def speaks() -> bool:
            try:
                return voice.render("три", RU).samples.size > 0
            except SpeechUnavailableError:
                return False

        eventually_sync(speaks, 5, "the voice is back")


def test_closing_ends_every_worker_and_what_is_in_hand(fake: FakeVoice) -> None:
    voice = fake.pool()
    voice.start()
    pids = voice.worker_pids
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            voice.render("wait", RU)
        except SpeechUnavailableError as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually_sync(lambda: fake.said("wait"), 5, "the sentence is asked for")
    voice.close()
    asking.join(5)
    assert len(failed) == 1
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)
    assert voice.worker_pids == []
    with pytest.raises(SpeechUnavailableError, match="closed"):
        voice.render("один", RU)
