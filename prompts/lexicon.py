"""The last step before a voice: abbreviations written out, stresses set, nothing left that it would say wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import yaml

from calls.journey import Language
from prompts.errors import CatalogueError

LEXICON_FILE = Path(__file__).with_name("lexicon.yaml")
LONGEST_TEXT = 700
"""Characters; about 50 seconds of speech. A longer sentence is refused: nobody listens to it."""

TABLES = ("words", "abbreviations")

_FORBIDDEN = {
    Language.RU: re.compile(r"[^а-яёА-ЯЁ .,:;!?«»—()+-]"),
    Language.EN: re.compile(r"[^A-Za-z .,:;!?'()-]"),
}
_CAPITALS = re.compile(r"[А-ЯЁA-Z]{2,}")
_NO_VOWEL = {
    Language.RU: re.compile(
        r"(?<![\w-])(?![вкжб](?![\w-])|с(?![\w-]))[бвгджзйклмнпрстфхцчшщъь]+(?![\w-])", re.IGNORECASE
    ),
    Language.EN: re.compile(r"(?<![\w'-])[bcdfghjklmnpqrstvwxz]+(?![\w'-])", re.IGNORECASE),
}


@lru_cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    known = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{known})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language. `version` changes with any entry."""

    language: Language
    words: Mapping[str, str]
    abbreviations: Mapping[str, str]
    version: str

    def apply(self, text: str) -> str:
        """The text as the voice gets it: whitespace folded, abbreviations expanded, stresses set."""
        folded = self.expand(" ".join(text.split()))
        return _any_of(tuple(self.words)).sub(self._said, folded) if self.words else folded

    def expand(self, text: str) -> str:
        """The text with its abbreviations written out, to be read by people: no stress is set."""
        for short, full in self.abbreviations.items():
            if short in text:
                text = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", full, text)
        return text

    def is_short(self, word: str) -> bool:
        """Whether a voice would take the word for an abbreviation: capitals only, or no vowel."""
        return bool(_CAPITALS.search(word) or _NO_VOWEL[self.language].search(word))

    def unknown_signs(self, word: str) -> list[str]:
        """The characters of the word that no voice can say."""
        return _FORBIDDEN[self.language].findall(word)

    def faults(self, spoken: str) -> list[str]:
        """What a voice would say wrong in a text that went through `apply`; empty when it is fit to be spoken."""
        found = [
            f"the voice cannot say {character!r}: write it in words"
            for character in sorted(set(_FORBIDDEN[self.language].findall(spoken)))
        ]
        for pattern in (_CAPITALS, _NO_VOWEL[self.language]):
            found += [
                f"{short} looks like an abbreviation: write it out or add it to {LEXICON_FILE.name}"
                for short in sorted(set(pattern.findall(spoken)))
            ]
        if len(spoken) > LONGEST_TEXT:
            found.append(f"{len(spoken)} characters are too long: at most {LONGEST_TEXT}")
        return found

    def _said(self, match: re.Match[str]) -> str:
        word = match.group()
        said = self.words[word.lower()]
        return said[0].upper() + said[1:] if word[0].isupper() else said


def load_lexicons(file: Path = LEXICON_FILE) -> Mapping[Language, Lexicon]:
    """Read the lexicon of each language. Raises CatalogueError with every fault of the file."""
    raw = yaml.safe_load(file.read_text("utf-8"))
    faults: list[str] = []
    lexicons = {}
    for language in Language:
        part = raw.get(language.value) if isinstance(raw, dict) else None
        words, abbreviations = (_table(part.get(name) if isinstance(part, dict) else None) for name in TABLES)
        if words is None or abbreviations is None:
            faults.append(f"{file.name}: {language.value} needs {' and '.join(TABLES)}, each a table of texts")
            continue
        faults += [f"{file.name}: {language.value}: write the word {word} in small letters"
                   for word in words if word != word.lower()]  # fmt: skip
        longest_first = dict(sorted(abbreviations.items(), key=lambda entry: -len(entry[0])))
        version = sha256(repr((sorted(words.items()), sorted(abbreviations.items()))).encode()).hexdigest()[:12]
        lexicons[language] = Lexicon(language, words, longest_first, version)
    if faults:
        raise CatalogueError("The lexicon cannot be used. Mend it:", faults)
    return lexicons


def _table(raw: object) -> dict[str, str] | None:
    if not isinstance(raw, dict):
        return None
    texts = {key: said for key, said in raw.items() if isinstance(key, str) and isinstance(said, str) and key and said}
    return texts if len(texts) == len(raw) else None
