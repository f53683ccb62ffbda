"""Sounds without a voice: each sentence is a hum as long as it is; `asked` are the sentences in words."""

import numpy as np

from agent_desktop.ports import SoundUnavailable
from calls.journey import Language
from prompts.catalogue import Catalogue, Prompt
from prompts.codecs import ALAW_RATE, encode_alaw
from prompts.phrase import Phrase
from prompts.sound import Samples
from tests.kit.scripted_channel import catalogue

STUDIO = "welcome"
"""The one prompt that a person says."""


class FakeSounds:
    """`down` makes each raise SoundUnavailable."""

    def __init__(self, sentence_s: float = 0.1) -> None:
        self.down = False
        self.asked: list[tuple[Language, str]] = []
        self.lasts(sentence_s)

    def lasts(self, sentence_s: float) -> None:
        """How long each sentence is from now on."""
        self._hum = encode_alaw(self.samples(sentence_s))

    @staticmethod
    def samples(seconds: float) -> Samples:
        at = np.arange(round(seconds * ALAW_RATE)) / ALAW_RATE
        hum: Samples = (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
        return hum

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
