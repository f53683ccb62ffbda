"""What can go wrong with what the caller hears. Each message says what happened and what to do."""

from collections.abc import Sequence


class PromptsError(Exception):
    """The root of this room's errors."""


class SpellingError(PromptsError):
    """A value cannot be spoken: of the wrong kind, or beyond the bound of its filter. Never carries the value."""


class UnknownPromptError(PromptsError):
    """A flow asks for an id that the catalogue has not."""


class FaultyError(PromptsError):
    """Several faults found in one pass, all told at once."""

    def __init__(self, headline: str, faults: Sequence[str]) -> None:
        super().__init__("\n  ".join([headline, *faults]))
        self.faults = tuple(faults)


class CatalogueError(FaultyError):
    """The catalogue or the lexicon breaks a rule; each fault names file and id."""


class BuildError(FaultyError):
    """A prompt could not be made. The folder of built prompts is left as it was."""


class SpeechUnavailableError(PromptsError):
    """A sentence cannot be spoken now: the voice is dead, too slow or overloaded. Connect the caller to an agent."""


class VoiceBusyError(SpeechUnavailableError):
    """The voice has more sentences waiting than its bound allows."""
