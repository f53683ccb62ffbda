"""agent_desktop.ports.Sounds: the build's files and the node's voice, for staff who listen."""

import threading
from collections.abc import Callable
from pathlib import Path

from agent_desktop.ports import SoundUnavailable
from calls.journey import Language
from prompts.build import MANIFEST
from prompts.catalogue import Catalogue, Prompt, load_catalogue
from prompts.errors import PromptsError
from prompts.phrase import Phrase
from prompts.speech import Speech
from prompts.store import ALAW, with_extension
from prompts.studio import STUDIO, recording_file


class HouseSounds:
    """Thread-safe. Catalogue and build are read when they are first wanted, and again after a new build."""

    def __init__(self, built: Path, load: Callable[[Catalogue], Speech], studio: Path = STUDIO) -> None:
        self._built = built
        self._load = load
        self._studio = studio
        self._lock = threading.Lock()
        self._loaded: tuple[int, Catalogue, Speech] | None = None

    def catalogue(self) -> Catalogue:
        return self._current()[0]

    def sound(self, phrase: Phrase, language: Language) -> bytes:
        _, speech = self._current()
        try:
            return with_extension(speech.path(phrase, language), ALAW).read_bytes()
        except (PromptsError, OSError) as away:
            raise SoundUnavailable("The voice does not say it now. Try again in a moment.") from away

    def from_studio(self, prompt: Prompt) -> bool:
        return prompt.static and not prompt.tones and recording_file(self._studio, prompt).is_file()

    def _current(self) -> tuple[Catalogue, Speech]:
        with self._lock:
            try:
                made_at = (self._built / MANIFEST).stat().st_mtime_ns
                if self._loaded is None or self._loaded[0] != made_at:
                    catalogue = load_catalogue()
                    self._loaded = made_at, catalogue, self._load(catalogue)
            except (PromptsError, OSError) as missing:
                raise SoundUnavailable("The prompts are not built. Run callcentre prompts build.") from missing
            return self._loaded[1:]
