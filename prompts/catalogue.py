"""The catalogue: what can be said, in which words, and whether it is fit for the voices.

ru.yaml and en.yaml hold the same ids. An entry has `text` with typed filters (`{amount|money}`) or `tones`, and where
it has parameters also `params` and `samples`; `personal: true` keeps the sentence in memory only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calls.journey import Language
from prompts.errors import CatalogueError, SpellingError, UnknownPromptError
from prompts.lexicon import LEXICON_FILE, Lexicon, load_lexicons
from prompts.phrase import Phrase, Value
from prompts.pieces import fixed_text, vocabulary, words_of
from prompts.spelling import FILTERS, spell

FOLDER = Path(__file__).parent

_SLOT = re.compile(r"\{(\w+)\|(\w+)\}")
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

Hertz = Annotated[int, Field(ge=100, le=3400)]
Milliseconds = Annotated[int, Field(ge=20, le=2000)]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One entry of one language. `spoken_in` is whose voice says it; `tones` (Hz, ms) stand instead of a text."""

    prompt_id: str
    language: Language
    spoken_in: Language
    text: str
    tones: tuple[tuple[int, int], ...]
    params: tuple[str, ...]
    samples: tuple[Mapping[str, Value], ...]
    personal: bool

    @property
    def static(self) -> bool:
        """Whether it says always the same, and so is built beforehand."""
        return not self.params


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a voice is asked to say: words in its own language, abbreviations expanded and stresses set."""

    text: str
    language: Language
    personal: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    prompts: Mapping[tuple[Language, str], Prompt]
    lexicons: Mapping[Language, Lexicon]

    def __iter__(self) -> Iterator[Prompt]:
        return iter(self.prompts.values())

    def prompt(self, prompt_id: str, language: Language) -> Prompt:
        """Raises UnknownPromptError."""
        try:
            return self.prompts[language, prompt_id]
        except KeyError:
            raise UnknownPromptError(f"No prompt {prompt_id} in {language}.yaml. Add it there.") from None

    def text(self, phrase: Phrase, language: Language) -> str:
        """The sentence in words. Raises UnknownPromptError; SpellingError for a missing, unknown or unfit value."""
        words = " ".join("".join(text for text, _ in self._parts(phrase, language)).split())
        return words[:1].upper() + words[1:]

    def pieces(self, phrase: Phrase, language: Language) -> tuple[str, ...]:
        """The sentence as fixed texts and single words, for which there are sounds. Raises as `text`."""
        pieces: list[str] = []
        for text, is_value in self._parts(phrase, language):
            pieces += words_of(text) if is_value else [fixed_text(text)]
        return tuple(piece for piece in pieces if piece)

    def all_pieces(self) -> Iterator[tuple[Prompt, str]]:
        """Every piece of every prompt with values: what `pieces` can ask for."""
        for prompt in self:
            if prompt.static:
                continue
            for text in _SLOT.split(prompt.text)[::3]:
                if fixed_text(text):
                    yield prompt, fixed_text(text)
            for _, filter_name in _SLOT.findall(prompt.text):
                for word in vocabulary(filter_name, prompt.spoken_in):
                    yield prompt, word

    def _parts(self, phrase: Phrase, language: Language) -> Iterator[tuple[str, bool]]:
        """(text, whether it is a spelled value), in order."""
        prompt = self.prompt(phrase.prompt_id, language)
        if set(phrase.values) != set(prompt.params):
            raise SpellingError(
                f"{prompt.prompt_id} takes the parameters ({', '.join(prompt.params)}), "
                f"but got ({', '.join(sorted(phrase.values))})."
            )
        split = _SLOT.split(prompt.text)
        for text, name, filter_name in zip(split[::3], [*split[1::3], ""], [*split[2::3], ""], strict=True):
            yield text, False
            if not name:
                continue
            try:
                yield spell(filter_name, phrase.values[name], prompt.spoken_in), True
            except SpellingError as error:
                raise SpellingError(f"{prompt.prompt_id}, parameter {name}: {error}") from None

    def utterance(self, phrase: Phrase, language: Language) -> Utterance:
        """The sentence as the voice gets it. Raises as `text`."""
        prompt = self.prompt(phrase.prompt_id, language)
        spoken = self.lexicons[prompt.spoken_in].apply(self.text(phrase, language))
        return Utterance(spoken, prompt.spoken_in, prompt.personal)

    def piece(self, text: str, prompt: Prompt) -> Utterance:
        """One piece as the voice gets it."""
        return Utterance(self.lexicons[prompt.spoken_in].apply(text), prompt.spoken_in, personal=False)

    def sample_phrases(self) -> Iterator[tuple[Prompt, Phrase]]:
        """Every sentence that can be made from the catalogue alone: static texts and samples."""
        for prompt in self:
            if prompt.text:
                for values in prompt.samples or ({},):
                    yield prompt, Phrase(prompt.prompt_id, values)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = ""
    tones: list[tuple[Hertz, Milliseconds]] = []
    params: list[str] = []
    samples: list[dict[str, str | int | date]] = []
    personal: bool = False
    spoken_in: str | None = None


def load_catalogue(folder: Path = FOLDER, lexicon_file: Path = LEXICON_FILE) -> Catalogue:
    """Read and check both languages. Raises CatalogueError that names every fault with file and id."""
    prompts: dict[tuple[Language, str], Prompt] = {}
    faults: list[str] = []
    for language in Language:
        for prompt_id, raw in _entries(folder / f"{language}.yaml", faults):
            where = f"{language}.yaml: {prompt_id}"
            try:
                entry = _Entry.model_validate(_with_tuples(raw))
            except ValidationError as error:
                faults += [f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
                continue
            mistakes = list(_mistakes(prompt_id, entry))
            faults += [f"{where}: {mistake}" for mistake in mistakes]
            if not mistakes:
                prompts[language, prompt_id] = _prompt(prompt_id, language, entry)
    faults += _differences(prompts)
    catalogue = Catalogue(prompts, load_lexicons(lexicon_file))
    faults += _unspeakable(catalogue)
    if faults:
        raise CatalogueError("The catalogue of prompts cannot be used. Mend it:", faults)
    return catalogue


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets a later entry replace an earlier one in silence; here it is a fault."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.MarkedYAMLError(problem=f"stands twice: {', '.join(repeated)}", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _entries(file: Path, faults: list[str]) -> list[tuple[str, object]]:
    try:
        raw = yaml.load(file.read_text("utf-8"), _UniqueKeys)  # noqa: S506 - derived from SafeLoader
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        faults.append(f"{file.name}: cannot be read: {' '.join(str(error).split())}")
        return []
    if not isinstance(raw, dict):
        faults.append(f"{file.name}: is not a table of ids")
        return []
    return [(str(prompt_id), entry) for prompt_id, entry in raw.items()]


def _with_tuples(raw: object) -> object:
    """YAML has lists only, strict validation wants pairs."""
    if isinstance(raw, dict) and isinstance(raw.get("tones"), list):
        return {**raw, "tones": [tuple(tone) if isinstance(tone, list) else tone for tone in raw["tones"]]}
    return raw


def _mistakes(prompt_id: str, entry: _Entry) -> Iterator[str]:
    if not _ID.fullmatch(prompt_id):
        yield "an id is small letters, digits and _ in parts joined by dots"
    if bool(entry.text.strip()) == bool(entry.tones):
        yield "needs either a text or tones"
    if entry.spoken_in is not None and entry.spoken_in not in list(Language):
        yield f"spoken_in is none of {', '.join(Language)}"
    slots = _SLOT.findall(entry.text)
    if "{" in _SLOT.sub("", entry.text) or "}" in _SLOT.sub("", entry.text):
        yield "a parameter is written {name|filter}"
    for name, filter_name in slots:
        if filter_name not in FILTERS:
            yield f"{name}: no filter {filter_name}; take one of {', '.join(sorted(FILTERS))}"
    if sorted({name for name, _ in slots}) != sorted(entry.params):
        yield "params are not those of the text"
    if bool(entry.params) != bool(entry.samples):
        yield "samples are for a text with parameters, at least one"
    for number, sample in enumerate(entry.samples, 1):
        if set(sample) != set(entry.params):
            yield f"sample {number} has other parameters than the text"


def _prompt(prompt_id: str, language: Language, entry: _Entry) -> Prompt:
    return Prompt(
        prompt_id=prompt_id,
        language=language,
        spoken_in=Language(entry.spoken_in) if entry.spoken_in else language,
        text=entry.text,
        tones=tuple(entry.tones),
        params=tuple(entry.params),
        samples=tuple(entry.samples),
        personal=entry.personal,
    )


def _differences(prompts: Mapping[tuple[Language, str], Prompt]) -> list[str]:
    faults = []
    for prompt_id in sorted({prompt_id for _, prompt_id in prompts}):
        versions = {language: prompts.get((language, prompt_id)) for language in Language}
        known = [prompt for prompt in versions.values() if prompt is not None]
        faults += [
            f"{language}.yaml: {prompt_id}: is missing or broken" for language in Language if not versions[language]
        ]
        if len({frozenset(prompt.params) for prompt in known}) > 1:
            faults.append(f"{known[1].language}.yaml: {prompt_id}: other params than in {known[0].language}.yaml")
        if len({prompt.personal for prompt in known}) > 1:
            faults.append(f"{known[1].language}.yaml: {prompt_id}: personal in one language only")
    return faults


def _unspeakable(catalogue: Catalogue) -> list[str]:
    faults = []
    for prompt, phrase in catalogue.sample_phrases():
        where = f"{prompt.language}.yaml: {prompt.prompt_id}"
        try:
            spoken = catalogue.utterance(phrase, prompt.language)
        except SpellingError as error:
            faults.append(f"{where}: {error}")
        else:
            faults += [f"{where}: {fault}" for fault in catalogue.lexicons[spoken.language].faults(spoken.text)]
    return list(dict.fromkeys(faults))
