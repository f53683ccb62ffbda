"""The channel's own rules: phrases and keys, the watchdog, the protected step."""

import threading
from pathlib import Path

import pytest

from calls.journey import Language
from ivr.channel import CallerHungUp
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase, say
from telephony.agi_channel import LONGEST_SOUND_S, MOST_AHEAD, AgiChannel, sound_length_s
from tests.kit.agi_peer import AgiPeer, answers


class FolderSpeech:
    """Files of a folder, by prompt id and language."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, phrase: Phrase, language: Language) -> list[str]:
        return [str(self.folder / f"{language.value}-{phrase.prompt_id}")]


class StillClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def speech(tmp_path: Path) -> FolderSpeech:
    for name in ("ru-welcome", "ru-menu", "en-menu"):
        (tmp_path / f"{name}.alaw").write_bytes(b"\xd5" * 8000)
    return FolderSpeech(tmp_path)


PLAYED = b"200 result=0 endpos=8000\n"


def spoken(commands: list[str]) -> list[str]:
    return [Path(command.split('"')[1]).name for command in commands if command.startswith("STREAM FILE")]


def test_phrases_are_played_in_order_and_the_first_key_ends_them(speech: FolderSpeech) -> None:
    table = {"STREAM FILE": PLAYED}
    with AgiPeer(answers(table, b"200 result=1\n")) as peer:
        assert AgiChannel(peer.agi, speech, Language.RU).play([say("welcome"), say("menu")], "12") == ""
    assert spoken(peer.commands) == ["ru-welcome", "ru-menu"]
    with AgiPeer(answers({"STREAM FILE": b"200 result=50 endpos=100\n"}, b"200 result=1\n")) as peer:
        assert AgiChannel(peer.agi, speech, Language.RU).play([say("welcome"), say("menu")], "12") == "2"
    assert spoken(peer.commands) == ["ru-welcome"]


def test_nothing_is_asked_between_two_phrases(speech: FolderSpeech) -> None:
    with AgiPeer(answers({"STREAM FILE": PLAYED}, b"200 result=1\n")) as peer:
        AgiChannel(peer.agi, speech, Language.RU, StillClock()).play([say("welcome"), say("menu")])
    kinds = [command.split('"')[0].strip() for command in peer.commands]
    assert kinds == ["SET VARIABLE", "STREAM FILE", "STREAM FILE"]


def test_the_watchdog_always_leaves_ten_seconds_beyond_the_longest_command(speech: FolderSpeech) -> None:
    clock = StillClock()
    guarded_until = 0.0

    def answer(command: str) -> bytes:
        nonlocal guarded_until
        words = command.replace('"', "").split()
        if words[2] == "TIMEOUT(absolute)":
            guarded_until = clock.now + float(words[3])
            return b"200 result=1\n"
        lasts_s = int(words[3]) / 1000 if words[0] == "WAIT" else 1.0
        assert guarded_until >= clock.now + lasts_s + 10
        clock.now += lasts_s
        return b"200 result=0 endpos=8000\n"

    with AgiPeer(answer) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU, clock)
        for wait_s in (1, 1, 3, 30, 2, 8):
            channel.wait_key(wait_s)
            channel.play([say("menu")])
    renewals = sum("TIMEOUT" in command for command in peer.commands)
    assert 0 < renewals < len(peer.commands) / 2


def test_the_wait_for_a_key_is_in_milliseconds_and_never_endless(speech: FolderSpeech) -> None:
    with AgiPeer(answers({"WAIT FOR DIGIT": b"200 result=35\n"}, b"200 result=1\n")) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU)
        assert channel.wait_key(2.5) == "#"
        channel.wait_key(0)
    waits = [command for command in peer.commands if command.startswith("WAIT")]
    assert waits == ['WAIT FOR DIGIT "2500"', 'WAIT FOR DIGIT "1"']


def test_another_language_changes_the_sounds_and_the_dialplans_own(speech: FolderSpeech) -> None:
    with AgiPeer(answers({"STREAM FILE": PLAYED}, b"200 result=1\n")) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU)
        channel.speak(Language.RU)
        channel.speak(Language.EN)
        channel.play([say("menu")])
        assert channel.language is Language.EN
    assert spoken(peer.commands) == ["en-menu"]
    assert peer.commands[:2] == ['SET VARIABLE "CC_LANG" "en"', 'SET VARIABLE "CHANNEL(language)" "en"']


def test_a_protected_step_sets_and_clears_the_flag(speech: FolderSpeech) -> None:
    with AgiPeer(answers({}, b"200 result=1\n")) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU)
        channel.protect(on=True)
        channel.protect(on=False)
    assert peer.commands == ['SET VARIABLE "NOTAKE" "1"', 'SET VARIABLE "NOTAKE" ""']


def test_the_length_of_a_sound_is_told_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.g722").write_bytes(b"\0" * 12_000)
    assert sound_length_s(str(tmp_path / "a")) == 1.5
    assert sound_length_s(str(tmp_path / "b")) == LONGEST_SOUND_S


class Typist:
    """Answers WAIT FOR DIGIT with these keys, one each, then with none; counts how often it was asked."""

    def __init__(self, keys: str, enough: threading.Event) -> None:
        self._keys = list(keys)
        self._enough = enough

    def __call__(self, command: str) -> bytes:
        if not command.startswith("WAIT FOR DIGIT"):
            return b"200 result=0 endpos=8000\n"
        if self._keys:
            return b"200 result=%d\n" % ord(self._keys.pop(0))
        self._enough.set()
        return b"200 result=0\n"


def test_keys_pressed_during_slow_work_are_kept_for_what_comes_next(speech: FolderSpeech) -> None:
    typed = threading.Event()
    with AgiPeer(Typist("12#", typed)) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU)
        assert channel.meanwhile(lambda: "done" if typed.wait(5) else "too slow") == "done"
        assert channel.play([say("welcome")], "2") == "2", "the 1 is swallowed as during the prompt"
        assert channel.wait_key(1.0) == "#"
        assert channel.wait_key(0.01) == ""
        assert channel.play([say("welcome")]) == ""
    assert spoken(peer.commands) == ["ru-welcome"], "what is cut off before it begins is not begun"


def test_no_more_keys_are_kept_ahead_than_anybody_needs(speech: FolderSpeech) -> None:
    typed = threading.Event()
    with AgiPeer(Typist("1" * (MOST_AHEAD + 8), typed)) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU)
        channel.meanwhile(lambda: typed.wait(5))
        kept = 0
        while channel.wait_key(0.01):
            kept += 1
    assert kept == MOST_AHEAD


def test_what_the_work_raises_is_raised_to_the_flow(speech: FolderSpeech) -> None:
    def fail() -> None:
        raise LookupError("no such account")

    with AgiPeer(answers({}, b"200 result=0\n")) as peer, pytest.raises(LookupError, match="no such account"):
        AgiChannel(peer.agi, speech, Language.RU).meanwhile(fail)


def test_a_caller_who_rings_off_ends_the_wait_for_slow_work(speech: FolderSpeech) -> None:
    never = threading.Event()
    try:
        hung_up = answers({"WAIT FOR DIGIT": b"200 result=-1\n"}, b"200 result=1\n")
        with AgiPeer(hung_up) as peer, pytest.raises(CallerHungUp):
            AgiChannel(peer.agi, speech, Language.RU).meanwhile(lambda: never.wait(30))
    finally:
        never.set()


def test_a_sentence_is_rendered_while_the_line_is_listened_to(speech: FolderSpeech) -> None:
    typed = threading.Event()

    class SlowSpeech(FolderSpeech):
        def files(self, phrase: Phrase, language: Language) -> list[str]:
            assert not phrase.values or typed.wait(5)
            return super().files(phrase, language)

    with AgiPeer(Typist("0", typed)) as peer:
        channel = AgiChannel(peer.agi, SlowSpeech(speech.folder), Language.RU)
        assert channel.play([say("welcome"), say("menu", amount=1)]) == "0"
    assert spoken(peer.commands) == []


def test_a_pause_is_spoken_over_keeps_its_keys_and_lasts_its_time(speech: FolderSpeech) -> None:
    now = [0.0]

    class Pressing:
        """A key in each prompt and wait; a wait takes its whole second."""

        def __call__(self, command: str) -> bytes:
            if command.startswith("WAIT FOR DIGIT"):
                now[0] += 1.0
                return b"200 result=52\n"
            return b"200 result=51 endpos=80\n" if command.startswith("STREAM FILE") else b"200 result=1\n"

    with AgiPeer(Pressing()) as peer:
        channel = AgiChannel(peer.agi, speech, Language.RU, monotonic=lambda: now[0])
        channel.pause(3.0, [say("welcome"), say("menu", amount=1)])
        assert now[0] == 3.0
        assert [channel.wait_key(1.0) for _ in range(4)] == ["3", "4", "4", "4"]
    assert spoken(peer.commands) == ["ru-welcome"], "a key ends what is said, not the pause"


def test_a_caller_who_rings_off_ends_a_pause(speech: FolderSpeech) -> None:
    hung_up = answers({"WAIT FOR DIGIT": b"200 result=-1\n"}, b"200 result=1\n")
    with AgiPeer(hung_up) as peer, pytest.raises(CallerHungUp):
        AgiChannel(peer.agi, speech, Language.RU).pause(60.0)


class WaitingSpeech(FolderSpeech):
    """The phrase "menu" is not ready before `go`; "no_voice" never is."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.go = threading.Event()

    def files(self, phrase: Phrase, language: Language) -> list[str]:
        if phrase.prompt_id == "menu":
            assert self.go.wait(10)
        if phrase.prompt_id == "no_voice":
            raise SpeechUnavailableError("The voice was taken down by the test.")
        return super().files(phrase, language)


def test_a_long_text_begins_while_the_rest_is_being_made(speech: FolderSpeech) -> None:
    waiting = WaitingSpeech(speech.folder)

    def answer(command: str) -> bytes:
        if command.startswith("STREAM FILE"):
            waiting.go.set()  # only what is heard already lets the rest be made
            return PLAYED
        return b"200 result=1\n" if command.startswith("SET") else b"200 result=0\n"

    with AgiPeer(answer) as peer:
        assert AgiChannel(peer.agi, waiting, Language.RU).play([say("welcome"), say("menu")], "1", ahead=1) == ""
    assert spoken(peer.commands) == ["ru-welcome", "ru-menu"]


def test_a_key_ends_the_beginning_of_a_long_text(speech: FolderSpeech) -> None:
    waiting = WaitingSpeech(speech.folder)
    with AgiPeer(answers({"STREAM FILE": b"200 result=49 endpos=100\n"}, b"200 result=1\n")) as peer:
        assert AgiChannel(peer.agi, waiting, Language.RU).play([say("welcome"), say("menu")], "1", ahead=1) == "1"
        waiting.go.set()
    assert spoken(peer.commands) == ["ru-welcome"]


def test_what_cannot_be_said_of_a_long_text_is_told_after_its_beginning(speech: FolderSpeech) -> None:
    waiting = WaitingSpeech(speech.folder)
    with (
        AgiPeer(answers({"STREAM FILE": PLAYED}, b"200 result=1\n")) as peer,
        pytest.raises(SpeechUnavailableError),
    ):
        AgiChannel(peer.agi, waiting, Language.RU).play([say("welcome"), say("no_voice")], "1", ahead=1)
    assert spoken(peer.commands) == ["ru-welcome"]


@pytest.mark.parametrize(
    ("reply", "recorded"),
    [
        (b"200 result=35 (dtmf) endpos=24000\n", True),
        (b"200 result=0 (timeout) endpos=480000\n", True),
        (b"200 result=-1 (writefile) endpos=0\n", False),
        (b"200 result=-1 (randomerror) endpos=0\n", False),
    ],
)
def test_a_recording_ends_at_any_key_or_at_its_time(speech: FolderSpeech, reply: bytes, recorded: bool) -> None:
    with AgiPeer(answers({"RECORD FILE": reply})) as peer:
        assert AgiChannel(peer.agi, speech, Language.RU).record("/a place/part-1", 60.0) is recorded
    assert peer.commands[-1] == 'RECORD FILE "/a place/part-1" "alaw" "0123456789*#" "60000"'
    assert peer.commands[0].startswith('SET VARIABLE "TIMEOUT(absolute)"'), "the watchdog waits for it"


def test_ringing_off_while_recording_ends_the_flow(speech: FolderSpeech) -> None:
    hung_up = answers({"RECORD FILE": b"200 result=-1 (hangup) endpos=8000\n"})
    with AgiPeer(hung_up) as peer, pytest.raises(CallerHungUp):
        AgiChannel(peer.agi, speech, Language.RU).record("/part-1", 60.0)
