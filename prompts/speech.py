"""What a channel plays: a phrase in, files of sound out. Static prompts need no voice, the rest is made on demand.

Without the voice (dead, late or overloaded) a sentence is put together from pieces made beforehand; after a failure the
voice is left alone for a moment, so that not every caller waits for it in vain.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from calls.journey import Language
from prompts.build import missing, read_manifest, static_path
from prompts.catalogue import Catalogue
from prompts.client import VoiceClient
from prompts.errors import BuildError, SpeechUnavailableError, VoiceBusyError
from prompts.phrase import Phrase
from prompts.store import keyed_path, sentence_key

log = structlog.get_logger(__name__)

LEFT_ALONE_S: Final = 3.0


class Speech:
    """Thread-safe. Static prompts and samples are played from the build, other sentences come from the node's voice."""

    def __init__(
        self, catalogue: Catalogue, built: Path, client: VoiceClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises BuildError when a prompt is missing in `built`: better no start than silence on the line."""
        faults = missing(built, catalogue)
        if faults:
            raise BuildError("The prompts are not complete:", faults)
        manifest = read_manifest(built)
        self._catalogue = catalogue
        self._built = built
        self._client = client
        self._monotonic = monotonic
        self._left_alone_until = 0.0
        self._lock = threading.Lock()
        self._in_pieces = 0
        self._fingerprints = manifest.fingerprints
        self._keys = frozenset(made.key for made in manifest.prompts)

    def path(self, phrase: Phrase, language: Language) -> Path:
        """The sound of a phrase, without extension (Asterisk adds it).

        Raises SpeechUnavailableError when the voice is dead, late or overloaded; UnknownPromptError and SpellingError
        for a fault of the flow.
        """
        built = self.built(phrase, language)
        return built if built is not None else self._client.path(self._catalogue.utterance(phrase, language))

    def files(self, phrase: Phrase, language: Language) -> list[str]:
        """What to play for a phrase, one after another: the sentence, or its pieces while the voice is away.

        Raises UnknownPromptError and SpellingError for a fault of the flow, SpeechUnavailableError when a piece is
        missing too (a name, an address).
        """
        if self._monotonic() >= self._left_alone_until:
            try:
                return [str(self.path(phrase, language))]
            except VoiceBusyError:
                log.debug("voice_busy", prompt_id=phrase.prompt_id)  # hundreds of a minute's storm: they are counted
            except SpeechUnavailableError as fault:
                self._left_alone_until = self._monotonic() + LEFT_ALONE_S
                log.warning("voice_away", prompt_id=phrase.prompt_id, why=type(fault).__name__)
        pieces = self._pieces(phrase, language)
        if phrase.values:
            with self._lock:
                self._in_pieces += 1
        return pieces

    @property
    def in_pieces(self) -> int:
        """Sentences so far that were put together from pieces because the voice was away or had too much to say."""
        return self._in_pieces

    def ready(self, phrase: Phrase, language: Language) -> list[str]:
        """What there is already for a phrase, without asking the voice: its file, its pieces, or nothing.

        Raises UnknownPromptError and SpellingError.
        """
        built = self.built(phrase, language)
        if built is not None:
            return [str(built)]
        try:
            return self._pieces(phrase, language)
        except SpeechUnavailableError:
            return []

    def built(self, phrase: Phrase, language: Language) -> Path | None:
        """The file of a static prompt or of a sample, without extension. Raises UnknownPromptError, SpellingError."""
        prompt = self._catalogue.prompt(phrase.prompt_id, language)
        if prompt.static:
            return static_path(self._built, prompt)
        utterance = self._catalogue.utterance(phrase, language)
        version = self._catalogue.lexicons[utterance.language].version
        key = sentence_key(self._fingerprints[utterance.language], version, utterance.text)
        return keyed_path(self._built, key) if key in self._keys else None

    def _pieces(self, phrase: Phrase, language: Language) -> list[str]:
        prompt = self._catalogue.prompt(phrase.prompt_id, language)
        if prompt.static:
            return [str(static_path(self._built, prompt))]
        version = self._catalogue.lexicons[prompt.spoken_in].version
        spoken = (self._catalogue.piece(text, prompt) for text in self._catalogue.pieces(phrase, language))
        keys = [sentence_key(self._fingerprints[each.language], version, each.text) for each in spoken]
        if not self._keys.issuperset(keys):
            raise SpeechUnavailableError("The voice does not answer, and there are no pieces for this sentence.")
        return [str(keyed_path(self._built, key)) for key in keys]
