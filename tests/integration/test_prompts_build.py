"""`prompts build`: nothing twice, nothing half, nothing silent; a studio recording wins while its text is the same."""

import json
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from calls.journey import Language
from prompts.build import build, missing, read_manifest
from prompts.catalogue import Catalogue, load_catalogue
from prompts.codecs import decode_alaw
from prompts.errors import BuildError
from prompts.studio import script, seal
from prompts.voice import Voice
from tests.kit.fake_voice import FakeVoice

RUSSIAN = """
hello: {text: "Здравствуйте."}
other: {text: "For English, two.", spoken_in: en}
debt: {text: "Долг: {amount|key}.", params: [amount], personal: true, samples: [{amount: "1"}, {amount: "2"}]}
signal: {tones: [[660, 60], [880, 90]]}
"""
ENGLISH = """
hello: {text: "Hello."}
other: {text: "Русский: два.", spoken_in: ru}
debt: {text: "You owe {amount|key}.", params: [amount], personal: true, samples: [{amount: "1"}]}
signal: {tones: [[660, 60], [880, 90]]}
"""


def catalogue_of(folder: Path, russian: str = RUSSIAN, english: str = ENGLISH) -> Catalogue:
    folder.mkdir(exist_ok=True)
    (folder / "ru.yaml").write_text(russian, "utf-8")
    (folder / "en.yaml").write_text(english, "utf-8")
    return load_catalogue(folder)


class House:
    """A catalogue, a fake voice, a studio and a place for what is built."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = catalogue_of(folder / "catalogue")
        self.fake = FakeVoice(folder / "voice")
        self.studio = folder / "studio"
        self.into = folder / "built"
        self.voice = self.fake.pool()

    def rewrite(self, old: str, new: str) -> None:
        folder = self.into.parent / "catalogue"
        self.catalogue = catalogue_of(folder, (folder / "ru.yaml").read_text("utf-8").replace(old, new))

    def build(self, voice: Voice | None = None) -> None:
        build(self.catalogue, voice or self.voice, self.into, studio=self.studio)

    def missing(self) -> list[str]:
        return missing(self.into, self.catalogue, self.studio)

    def files(self) -> dict[str, int]:
        """Every file that is built, with its inode; the keyed ones too."""
        return {
            str(file.relative_to(self.into)): file.stat().st_ino
            for file in sorted(self.into.rglob("*.*"))
            if file.is_file() and file.name != ".lock"
        }

    def record(self, name: str, hertz: int = 500) -> Path:
        file = self.studio / name
        file.parent.mkdir(parents=True, exist_ok=True)
        moment = np.arange(48000 // 2) / 48000
        with wave.open(str(file), "wb") as out:
            out.setparams((1, 2, 48000, 0, "NONE", ""))
            out.writeframes((8000 * np.sin(2 * np.pi * hertz * moment)).astype("<i2").tobytes())
        return file


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    with house.voice:
        yield house


def pitch_of(file: Path) -> float:
    samples = decode_alaw(file.read_bytes()).astype(float)
    return float(np.abs(np.fft.rfft(samples, 8000)).argmax())


def test_every_prompt_has_both_forms_under_its_own_name(house: House) -> None:
    house.build()
    for language in Language:
        for prompt_id in ("hello", "other", "signal"):
            for extension in ("alaw", "g722"):
                assert (house.into / language / f"{prompt_id}.{extension}").stat().st_size > 1000
    assert house.missing() == []
    pieces = {text for _, text in house.catalogue.all_pieces()}
    assert {"Долг", "два", "звёздочка", "two", "hash"} < pieces
    assert set(house.fake.said()) == pieces | {
        "Здравствуйте.",
        "For English, two.",
        "Долг: один.",
        "Долг: два.",
        "Hello.",
        "Русский: два.",
        "You owe one.",
    }
    assert len(house.fake.said()) == len(pieces) + 7, "each once"


def test_a_second_build_renders_and_writes_nothing(house: House) -> None:
    house.build()
    before, said = house.files(), house.fake.said()
    house.build()
    after = house.files()
    assert {name: inode for name, inode in after.items() if name != "manifest.json"} == {
        name: inode for name, inode in before.items() if name != "manifest.json"
    }
    assert house.fake.said() == said


def test_a_changed_text_alone_is_rendered_and_the_old_one_forgotten(house: House) -> None:
    house.build()
    before, said = house.files(), len(house.fake.said())
    house.rewrite("Здравствуйте.", "Добрый день.")
    assert house.missing() == ["ru/hello is not built as it is written now. Run callcentre prompts build."]
    house.build()
    assert house.fake.said()[said:] == ["Добрый день."]
    assert house.missing() == []
    assert len(house.files()) == len(before)


def test_a_prompt_taken_out_loses_its_files(house: House) -> None:
    house.build()
    (house.into / "ru" / "left-over.alaw").write_bytes(b"x")
    catalogue = catalogue_of(house.into.parent / "less", "a: {text: 'Да.'}", "a: {text: 'Yes.'}")
    build(catalogue, house.voice, house.into, studio=house.studio)
    assert sorted(file.name for file in (house.into / "ru").iterdir()) == ["a.alaw", "a.g722"]
    assert len(list((house.into / "keyed").rglob("*.alaw"))) == 2


def test_a_sentence_that_cannot_be_said_fails_the_build_and_leaves_the_last_one(house: House) -> None:
    house.build()
    before = house.files()
    catalogue = catalogue_of(
        house.into.parent / "bad",
        "hello: {text: 'Да.'}\na: {text: 'refuse', spoken_in: en}\nb: {text: 'hush', spoken_in: en}\n",
        "hello: {text: 'Yes.'}\na: {text: 'One.'}\nb: {text: 'Two.'}\n",
    )
    with pytest.raises(BuildError) as caught:
        build(catalogue, house.voice, house.into, studio=house.studio)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["ru/a", "ru/b"]
    assert "only silence" in caught.value.faults[1]
    assert before.items() <= house.files().items()
    assert house.missing() == []


def test_a_voice_that_dies_within_the_build_fails_it(house: House) -> None:
    house.fake.break_down()
    house.voice.close()
    with pytest.raises(BuildError, match="ru/hello"):
        house.build()
    assert house.missing()[0].startswith("The prompts are not built.")


def test_lost_files_are_told_and_made_again(house: House) -> None:
    house.build()
    (house.into / "ru" / "hello.g722").unlink()
    (house.into / "en" / "signal.alaw").write_bytes(b"")
    assert house.missing() == [
        "ru/hello has lost its files. Run callcentre prompts build.",
        "ru/signal has lost its files. Run callcentre prompts build.",
        "en/signal has lost its files. Run callcentre prompts build.",
    ]
    house.build()
    assert house.missing() == []


@pytest.mark.parametrize("text", ["", "{", '{"fingerprints": {}}', '{"fingerprints": {}, "prompts": []}'])
def test_a_broken_manifest_is_told(house: House, text: str) -> None:
    house.build()
    (house.into / "manifest.json").write_text(text)
    assert house.missing()
    house.build()
    assert house.missing() == []


def test_two_builds_at_once_give_one_whole_folder(house: House) -> None:
    failed: list[BaseException] = []

    def one() -> None:
        try:
            house.build()
        except BuildError as error:
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert house.missing() == []
    said = house.fake.said()
    assert len(said) == len(set(said))


def test_the_manifest_says_what_the_voice_was(house: House) -> None:
    house.build()
    assert read_manifest(house.into).fingerprints[Language.RU] == "Fake 1.0/anna/0.9"
    assert json.loads((house.into / "manifest.json").read_text())["prompts"][0]["prompt_id"] == "hello"


def test_progress_counts_to_the_end(house: House) -> None:
    told: list[tuple[int, int]] = []
    build(house.catalogue, house.voice, house.into, lambda done, of: told.append((done, of)), house.studio)
    every = 8 + len({text for _, text in house.catalogue.all_pieces()})
    assert told[0] == (0, every)
    assert told[-1] == (every, every)


def test_a_sealed_recording_wins_over_the_voice(house: House) -> None:
    recording = house.record("ru/hello.wav")
    seal(house.catalogue, recording)
    house.build()
    assert pitch_of(house.into / "ru" / "hello.alaw") == pytest.approx(500, abs=3)
    assert "Здравствуйте." not in house.fake.said()
    assert house.missing() == []


def test_a_recording_of_an_older_text_fails_the_build_until_it_is_gone(house: House) -> None:
    recording = house.record("ru/hello.wav")
    seal(house.catalogue, recording)
    house.build()
    house.rewrite("Здравствуйте.", "Добрый день.")
    with pytest.raises(BuildError, match=r"studio/ru/hello\.wav: the text has changed"):
        house.build()
    assert any("the text has changed" in fault for fault in house.missing())
    recording.unlink()
    house.build()
    assert "Добрый день." in house.fake.said()


def test_a_new_recording_replaces_the_old_one(house: House) -> None:
    for hertz in (500, 700):
        seal(house.catalogue, house.record("ru/hello.wav", hertz))
        house.build()
        assert pitch_of(house.into / "ru" / "hello.alaw") == pytest.approx(hertz, abs=3)


def test_faults_of_the_studio_are_told_together(house: House) -> None:
    house.record("ru/hello.wav")
    house.record("ru/debt.wav")
    house.record("ru/no.such.wav")
    with pytest.raises(BuildError) as caught:
        house.build()
    told = "\n".join(caught.value.faults)
    assert "studio/ru/hello.wav: hello.wav.sha256 is missing" in told
    assert "studio/ru/debt.wav: no prompt without parameters" in told
    assert "studio/ru/no.such.wav: no prompt without parameters" in told


def test_only_a_sound_recording_of_a_known_prompt_is_sealed(house: House) -> None:
    with pytest.raises(BuildError, match="without parameters"):
        seal(house.catalogue, house.record("ru/debt.wav"))
    broken = house.studio / "ru" / "hello.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(BuildError, match="no WAV file"):
        seal(house.catalogue, broken)


def test_the_reading_list_has_every_text_that_can_be_recorded(house: House) -> None:
    listed = script(house.catalogue)
    assert "ru/hello.wav\n    Здравствуйте.\n" in listed
    assert "en/hello.wav\n    Hello.\n" in listed
    assert "debt" not in listed
    assert "signal" not in listed
