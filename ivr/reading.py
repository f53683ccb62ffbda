"""How pages of the reference system are read out: typed texts as phrases of the catalogue, sentence by sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from calls.journey import Language
from customers.reference import PageText, Spoken
from prompts.lexicon import Lexicon, load_lexicons
from prompts.phrase import Phrase, say
from prompts.staff_text import staff_text


@dataclass(frozen=True, slots=True)
class Reading:
    """Thread-safe. What cannot be spoken is left to be found by `spoken` before a page is kept."""

    lexicons: Mapping[Language, Lexicon]

    def spoken(self, typed: str, language: Language) -> Spoken:
        """customers.reference.Speakable: how long, and what the voice cannot say."""
        read = staff_text(typed, self.lexicons[language])
        return Spoken(read.length, tuple((fault.why.value, fault.word) for fault in read.faults))

    def sentences(self, typed: str, language: Language) -> tuple[str, ...]:
        """The words that are spoken, for people to read."""
        return staff_text(typed, self.lexicons[language]).sentences

    def page(self, text: PageText, language: Language) -> tuple[Phrase, ...]:
        """The title, then the text."""
        sentences = (self.title(text, language) + ".", *self.sentences(text.text, language))
        return tuple(say("reference.sentence", words=sentence) for sentence in sentences)

    def title(self, text: PageText, language: Language) -> str:
        """The title inside of another sentence."""
        return " ".join(self.sentences(text.title, language)).rstrip(".:;, ")


def load_reading() -> Reading:
    """Raises CatalogueError."""
    return Reading(load_lexicons())
