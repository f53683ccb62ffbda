"""What a channel plays: a phrase in, a file of sound out. Static prompts need no voice, the rest is made on demand."""

from pathlib import Path

from calls.journey import Language
from prompts.build import missing, read_manifest, static_path
from prompts.catalogue import Catalogue
from prompts.client import VoiceClient
from prompts.errors import BuildError
from prompts.phrase import Phrase
from prompts.store import keyed_path, sentence_key


class Speech:
    """Thread-safe. Static prompts and samples are played from the build, other sentences come from the node's voice."""

    def __init__(self, catalogue: Catalogue, built: Path, client: VoiceClient) -> None:
        """Raises BuildError when a prompt is missing in `built`: better no start than silence on the line."""
        faults = missing(built, catalogue)
        if faults:
            raise BuildError("The prompts are not complete:", faults)
        manifest = read_manifest(built)
        self._catalogue = catalogue
        self._built = built
        self._client = client
        self._fingerprints = manifest.fingerprints
        self._keys = frozenset(made.key for made in manifest.prompts)

    def path(self, phrase: Phrase, language: Language) -> Path:
        """The sound of a phrase, without extension (Asterisk adds it).

        Raises SpeechUnavailableError when the voice is dead, late or overloaded; UnknownPromptError and SpellingError
        for a fault of the flow.
        """
        prompt = self._catalogue.prompt(phrase.prompt_id, language)
        if prompt.static:
            return static_path(self._built, prompt)
        utterance = self._catalogue.utterance(phrase, language)
        version = self._catalogue.lexicons[utterance.language].version
        key = sentence_key(self._fingerprints[utterance.language], version, utterance.text)
        if key in self._keys:
            return keyed_path(self._built, key)
        return self._client.path(utterance)

    def file(self, phrase: Phrase, language: Language) -> str:
        """The same as text."""
        return str(self.path(phrase, language))
