"""RHVoice itself, in the private tree: every sample of the catalogue can be said, and heard again in a recording."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from calls.journey import Language
from prompts.build import build, keyed_sounds, missing, static_path
from prompts.catalogue import Catalogue, load_catalogue
from prompts.codecs import ALAW_RATE, decode_alaw, encode_alaw
from prompts.heard import unheard
from prompts.mastering import TARGET_DB, active_speech_level, master
from prompts.phrase import say
from prompts.sound import Samples, to_signal
from prompts.store import ALAW, G722, with_extension
from prompts.voice import Voice
from prompts.worker import worker_command
from tests.kit.asterisk import tree_or_skip
from tests.kit.identify import SURE, best_match, identify
from tests.kit.rendered import copy_rendered

RU, EN = Language.RU, Language.EN


@pytest.fixture(scope="module")
def voice() -> Iterator[Voice]:
    with Voice(worker_command(tree_or_skip().root)) as voice:
        yield voice


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, voice: Voice, catalogue: Catalogue) -> Path:
    into = tmp_path_factory.mktemp("built") / "prompts"
    copy_rendered(into)
    build(catalogue, voice, into)
    return into


@pytest.fixture(scope="module")
def prompts(built: Path, catalogue: Catalogue) -> dict[str, Path]:
    """Every static prompt of the build by language and id."""
    return {
        f"{prompt.language}/{prompt.prompt_id}": with_extension(static_path(built, prompt), ALAW)
        for prompt in catalogue
        if prompt.static
    }


def sound_of(voice: Voice, catalogue: Catalogue, language: Language, amount: int) -> Samples:
    spoken = catalogue.utterance(say("balance.debt", account="0420017005", amount=amount), language)
    return decode_alaw(encode_alaw(master(voice.render(spoken.text, spoken.language), ALAW_RATE)))


def spoiled(sound: Samples, seed: int) -> Samples:
    """The sound as a bad line brings it: 6 dB softer, 2 % of its 20 ms packets lost, hiss 30 dB below."""
    chance = np.random.default_rng(seed)
    signal = sound.astype(float) * 0.5
    packets = chance.random(len(signal) // 160 + 1) < 0.02
    signal[np.repeat(packets, 160)[: len(signal)]] = 0
    hiss = chance.standard_normal(len(signal)) * np.sqrt((signal**2).mean()) * 10 ** (-30 / 20)
    return decode_alaw(encode_alaw(np.clip(signal + hiss, -32768, 32767).astype(np.int16)))


def test_the_whole_catalogue_is_built_and_nothing_is_missing(built: Path, catalogue: Catalogue) -> None:
    assert missing(built, catalogue) == []
    for language in Language:
        for name in ("rescue", "goodbye"):
            for extension in (ALAW, G722):
                assert (built / language / f"{name}{extension}").stat().st_size > 1000


def test_every_sound_of_the_build_is_fit_for_a_caller(built: Path) -> None:
    """Length, level, peak, edges and dead air of every prompt, sample and piece."""
    assert len(list(keyed_sounds(built))) > 500
    assert unheard(built) == []


def test_the_same_words_give_the_same_sound(voice: Voice) -> None:
    first = voice.render("Соединяем с оператором.", RU)
    assert (voice.render("Соединяем с оператором.", RU).samples == first.samples).all()
    assert voice.engine.startswith("RHVoice ")


def test_every_kind_of_amount_can_be_said(voice: Voice, catalogue: Catalogue) -> None:
    for language in Language:
        for amount in (0, 1, 100, -212132, 99_999_999_999):
            sound = sound_of(voice, catalogue, language, amount)
            assert active_speech_level(to_signal(sound), ALAW_RATE) == pytest.approx(TARGET_DB, abs=0.5)


def test_the_prompts_of_a_call_are_identified_in_its_order(prompts: dict[str, Path]) -> None:
    said = ["ru/welcome", "ru/menu.danger", "ru/menu.main", "ru/menu.language", "ru/identify.account", "ru/goodbye"]
    gap = np.zeros(ALAW_RATE // 2, np.int16)
    line = np.concatenate([part for name in said for part in (gap, decode_alaw(prompts[name].read_bytes()))])
    heard = identify(spoiled(line, seed=1), prompts.values())
    names = {file: name for name, file in prompts.items()}
    assert [names[one.path] for one in heard] == said
    assert all(before.at_s < after.at_s for before, after in pairwise(heard))


def test_every_prompt_is_itself_and_no_other(prompts: dict[str, Path], catalogue: Catalogue) -> None:
    """Some Russian prompts of all kinds through a bad line: surely themselves, and no other Russian one comes near."""
    texts = {
        prompt.prompt_id: catalogue.text(say(prompt.prompt_id), RU).rstrip(".!")
        for prompt in catalogue
        if prompt.language is RU and prompt.static and prompt.text
    }
    sounds = {name: decode_alaw(prompts[f"ru/{name}"].read_bytes()) for name in texts}
    right, wrong = dict[str, float](), dict[tuple[str, str], float]()
    for seed, name in enumerate(list(texts)[:: max(1, len(texts) // 15)]):
        silence = np.zeros(ALAW_RATE // 2, np.int16)
        line = spoiled(np.concatenate([silence, sounds[name], silence]), seed)
        for other, reference in sounds.items():
            match = best_match(line, reference)
            if other == name:
                assert match is not None
                assert match[1] == pytest.approx(0.5, abs=0.01)
                right[name] = match[0]
            elif match is not None and texts[other] not in texts[name]:  # one prompt may end with another one's words
                wrong[name, other] = match[0]
    assert {name: score for name, score in right.items() if score < SURE + 0.1} == {}
    assert {names: score for names, score in wrong.items() if score > SURE - 0.1} == {}
    assert len(wrong) > 100


@pytest.mark.parametrize("language", list(Language))
def test_two_amounts_are_told_apart_by_ear(voice: Voice, catalogue: Catalogue, language: Language) -> None:
    """2,121.32 is not 2,121.31 or 2,122.32: what telephone tests of the balance rest on."""
    right = sound_of(voice, catalogue, language, -212132)
    line = spoiled(np.concatenate([np.zeros(4000, np.int16), right, np.zeros(4000, np.int16)]), 5)
    for amount, same in ((-212132, True), (-212131, False), (-212232, False), (-312132, False)):
        match = best_match(line, sound_of(voice, catalogue, language, amount))
        assert (match is not None and match[0] >= SURE) is same, amount
