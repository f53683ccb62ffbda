"""Sounds without a voice: each sentence is a hum as long as it is; `asked` are the sentences in words."""

import math

import numpy as np

from agent_desktop.ports import SoundUnavailable
from calls.journey import Language
from prompts.catalogue import Catalogue, Prompt
from prompts.codecs import ALAW_RATE, encode_alaw
from prompts.phrase import Phrase
from tests.kit.scripted_channel import catalogue

STUDIO = "welcome"
"""The one prompt that a person says."""


class FakeSounds:
    """`down` makes each raise SoundUnavailable."""

    def __init__(self, sentence_s: float = 0.1) -> None:
        self.down = False
        self.asked: list[tuple[Language, str]] = []
        self._hum = encode_alaw(
            np.array(
                [8000 * math.sin(2 * math.pi * 440 * n / ALAW_RATE) for n in range(round(sentence_s * ALAW_RATE))],
                np.int16,
            )
        )

    def catalogue(self) -> Catalogue:
        self._up()
        return catalogue()

    def sound(self, phrase: Phrase, language: Language) -> bytes:
        self._up()
        self.asked.append((language, catalogue().text(phrase, language)))
        return self._hum

    def from_studio(self, prompt: Prompt) -> bool:
        return prompt.prompt_id == STUDIO

    def _up(self) -> None:
        if self.down:
            raise SoundUnavailable("The voice was taken down by the test.")
