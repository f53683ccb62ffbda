"""Staff listen to what callers hear: bounded in length, in number at once, and in how often."""

import hashlib
from collections.abc import Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from agent_desktop.desk_app import DeskApp, Visitor
from agent_desktop.limiter import Limiter
from agent_desktop.ports import Sounds
from agent_desktop.remembered import Remembered
from agent_desktop.wav import wav_of
from calls.ids import AgentId
from calls.journey import Language
from customers.reference import PageContent, PageText
from ivr.reading import Reading
from prompts.phrase import Phrase, say

OFTEN: Final = 60
"""Sounds a person may ask for within `WINDOW_S`: one a second, more than anybody listens to."""
PREVIEWS: Final = 600
"""Spelling a text takes about a millisecond, and is asked for while somebody types."""
WINDOW_S: Final = 60.0
AT_ONCE: Final = 2
"""Long texts rendered at once for staff: the voice belongs to callers first."""
HEARD_KEPT: Final = 64


class ListeningTooOften(HTTPException):
    """The person has listened more than anybody can, or others are listening: again in a moment."""

    def __init__(self) -> None:
        super().__init__(429)


class Listening:
    """Which texts each person has had read out since the desk was started, and who listens now."""

    def __init__(self) -> None:
        self._often = Limiter(OFTEN, WINDOW_S)
        self._previews = Limiter(PREVIEWS, WINDOW_S)
        self._heard = Remembered(HEARD_KEPT)
        self._listening = 0

    def previews(self, desk: DeskApp, visitor: Visitor) -> None:
        """Count one look at the words. Raises ListeningTooOften."""
        if not self._previews.allows(visitor.user.login, desk.services.clock.now()):
            raise ListeningTooOften

    async def sound(self, desk: DeskApp, visitor: Visitor, phrases: Sequence[Phrase], language: Language) -> Response:
        """The phrases as a WAV file. Raises ListeningTooOften, SoundUnavailable, WorkersBusy."""
        if self._listening >= AT_ONCE or not self._often.allows(visitor.user.login, desk.services.clock.now()):
            raise ListeningTooOften
        self._listening += 1
        try:
            sound = await desk.workers.run(_render, desk.services.sounds, phrases, language)
        finally:
            self._listening -= 1
        return Response(sound, media_type="audio/wav")

    def note(self, login: AgentId, text: PageText, language: Language) -> None:
        """The person has had this text read out."""
        self._heard.add(login, _digest(text, language))

    def has_heard(self, login: AgentId, content: PageContent) -> dict[Language, bool]:
        """For each language that the page has."""
        return {
            language: self._heard.holds(login, _digest(text, language))
            for language in Language
            if (text := content.said_in(language)) is not None
        }


def page_phrases(reading: Reading, content: PageContent) -> list[tuple[Phrase, Language]]:
    """All that callers may hear of a page: the page, and its line in the section's menu."""
    phrases = []
    for language in Language:
        text = content.said_in(language)
        if text is None:
            continue
        if content.key:
            title = reading.title(text, language)
            phrases.append((say("reference.choice", title=title, key=content.key), language))
        phrases += [(phrase, language) for phrase in reading.page(text, language)]
    return phrases


def _render(sounds: Sounds, phrases: Sequence[Phrase], language: Language) -> bytes:
    return wav_of([sounds.sound(phrase, language) for phrase in phrases])


def _digest(text: PageText, language: Language) -> str:
    return hashlib.sha256("\0".join((language.value, text.title, text.text)).encode("utf-8", "replace")).hexdigest()
