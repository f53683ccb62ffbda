"""Texts that staff type (prices, hours, telephone numbers) as sentences in words, before a voice gets them.

Numbers are spelled by the rules of the language (staff_text_ru, staff_text_en), abbreviations by the lexicon. What has
no sure reading is never guessed: it is named with its reason, and whoever typed it writes it in words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from calls.journey import Language
from prompts import staff_text_en, staff_text_ru
from prompts.errors import SpellingError
from prompts.lexicon import Lexicon

LONGEST_SENTENCE: Final = 300
"""Characters, about 20 seconds: nobody keeps the beginning of a longer one in mind."""

_EXPAND: Final = {Language.RU: staff_text_ru.expand, Language.EN: staff_text_en.expand}
_SIGNS: Final = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ", "\t": " ",
        "\N{NON-BREAKING HYPHEN}": "-", "\N{EN DASH}": "—", "\N{MINUS SIGN}": "-", "\N{HORIZONTAL ELLIPSIS}": ".",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{SOFT HYPHEN}": None,
    }
)  # fmt: skip
_QUOTES: Final = {Language.RU: ("«", "»"), Language.EN: ("", "")}
_BULLET: Final = re.compile(r"^\s*[-—•*·]\s+")
_DASH_OF_NUMBERS: Final = re.compile(r"(?<=\d)\s*—\s*(?=\d)")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[«(]?[A-ZА-ЯЁ0-9])")
_ENDS: Final = (".", "!", "?", ":", ";", ",")


class Why(StrEnum):
    """Why a word cannot be spoken."""

    NUMBER = "number"
    """Digits with no sure reading."""
    LETTERS = "letters"
    """Letters of the other language."""
    SIGN = "sign"
    ABBREVIATION = "abbreviation"
    LONG_SENTENCE = "long_sentence"


@dataclass(frozen=True, slots=True)
class Unspeakable:
    """`word` as it stands in the text, with its neighbour where a number needs one."""

    why: Why
    word: str


@dataclass(frozen=True, slots=True)
class StaffText:
    """`sentences` in words, each fit for prompt `reference.sentence` when there are no `faults`."""

    sentences: tuple[str, ...]
    faults: tuple[Unspeakable, ...]

    @property
    def length(self) -> int:
        """Characters that are spoken; about 14 a second."""
        return sum(map(len, self.sentences))


def staff_text(typed: str, lexicon: Lexicon) -> StaffText:
    """What is spoken of a typed text, and what of it cannot be. Raises nothing for any text."""
    sentences: list[str] = []
    for line in _with_plain_quotes(typed.translate(_SIGNS), lexicon.language).splitlines():
        plain = _DASH_OF_NUMBERS.sub("-", _BULLET.sub("", " ".join(line.split())))
        try:
            words = lexicon.expand(_EXPAND[lexicon.language](plain))
        except SpellingError:  # beyond the bound of a filter, such as a sum of twenty digits: left as it was typed
            words = plain
        sentences += _sentences(words)
    return StaffText(tuple(sentences), tuple(dict.fromkeys(_faults(sentences, lexicon))))


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCE.split(text):
        if sentence := part.strip():
            yield sentence if sentence.endswith(_ENDS) else f"{sentence}."


def _faults(sentences: list[str], lexicon: Lexicon) -> Iterator[Unspeakable]:
    for sentence in sentences:
        words = sentence.split()
        for word, following in zip(words, [*words[1:], ""], strict=True):
            shown = word.strip(".,;:!?()«»")
            if any(character.isdigit() for character in word):
                yield Unspeakable(Why.NUMBER, f"{shown} {following.strip('.,;:!?()«»')}".strip())
            elif signs := lexicon.unknown_signs(word):
                yield Unspeakable(Why.LETTERS if any(sign.isalpha() for sign in signs) else Why.SIGN, shown or word)
            elif lexicon.is_short(shown):
                yield Unspeakable(Why.ABBREVIATION, shown)
        if len(sentence) > LONGEST_SENTENCE:
            yield Unspeakable(Why.LONG_SENTENCE, " ".join(words[:4]))


def _with_plain_quotes(text: str, language: Language) -> str:
    opening, closing = _QUOTES[language]
    text = re.sub(r"[“„](?=\w)|(?<!\w)\"(?=\w)", opening, text)
    return re.sub(r"[”“\"]", closing, text)
