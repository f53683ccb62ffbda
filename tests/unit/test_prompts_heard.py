"""What `prompts check` says of a sound that no caller should hear."""

from pathlib import Path

import numpy as np
import pytest

from prompts.errors import BuildError
from prompts.heard import DEAD_AIR_S, LONGEST_S, faults_of, unheard
from prompts.mastering import master
from prompts.sound import Pcm, Signal, to_samples, to_signal
from tests.unit.test_prompts_sound import speech_like

RATE = 8000


def good(seconds: float = 3.0) -> Signal:
    return to_signal(master(Pcm(to_samples(speech_like(seconds, 24000)), 24000), RATE))


def silence(seconds: float) -> Signal:
    return np.zeros(int(seconds * RATE))


def test_what_the_mastering_makes_is_fit() -> None:
    assert list(faults_of(good())) == []


@pytest.mark.parametrize(
    ("signal", "told"),
    [
        (good() * 0.5, "has a level of -26"),
        (good() * 3, "has a peak of"),
        (np.concatenate([silence(0.4), good()]), "is silent for 0.4"),
        (np.concatenate([good(), silence(0.7)]), "at an edge"),
        (np.concatenate([good(), silence(DEAD_AIR_S + 0.2), good()]), "in the middle"),
        (good(LONGEST_S + 2), "should 0.1 to 20 s"),
        (good()[: RATE // 20], "lasts 0.1 s, and should"),
        (silence(2), "is silent."),
        (silence(0), "is silent."),
    ],
)
def test_what_a_caller_would_mind_is_said(signal: Signal, told: str) -> None:
    assert any(told in fault for fault in faults_of(signal)), list(faults_of(signal))


def test_without_a_build_the_next_step_is_said(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="Run callcentre prompts build"):
        unheard(tmp_path)
