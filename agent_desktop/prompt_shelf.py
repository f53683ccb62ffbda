"""Every prompt of the catalogue, to be read, found and listened to as callers hear it."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from agent_desktop.desk_app import Visitor, desk_of, for_script, labels_of
from agent_desktop.listening import Listening
from agent_desktop.ports import Sounds
from agent_desktop.sessions import Needs
from calls.journey import Language
from prompts.catalogue import Catalogue, Prompt
from prompts.errors import UnknownPromptError
from prompts.phrase import Phrase
from staff.roles import Right

router = APIRouter(prefix="/prompts")
KeepsTexts = Annotated[Visitor, Depends(Needs(Right.KEEP_TEXTS))]
MOST_SAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """A prompt in one language; `samples` are its sentences, one of a prompt without values. Tones have no text."""

    prompt: Prompt
    samples: tuple[str, ...]
    studio: bool

    @property
    def spoken_in(self) -> Language:
        return self.prompt.spoken_in


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt in all languages."""

    prompt_id: str
    shown: dict[Language, Shown]

    @property
    def personal(self) -> bool:
        return any(shown.prompt.personal for shown in self.shown.values())


@router.get("")
async def page(request: Request, visitor: KeepsTexts) -> Response:
    desk = desk_of(request)
    lines = await desk.workers.run(_lines, desk.services.sounds)
    return desk.render(
        request,
        "prompts.html",
        user=visitor.user,
        lines=lines,
        languages=list(Language),
        words=for_script(labels_of(request).starting_with("listen.", "prompts.")),
    )


@router.get("/{language}/{prompt_id}/{sample}")
async def sound(
    request: Request,
    visitor: KeepsTexts,
    language: Language,
    prompt_id: str,
    sample: Annotated[int, Path(ge=0, lt=MOST_SAMPLES)],
) -> Response:
    """One sentence of one prompt."""
    desk = desk_of(request)
    catalogue = await desk.workers.run(desk.services.sounds.catalogue)
    try:
        phrases = _phrases(catalogue.prompt(prompt_id, language))
    except UnknownPromptError:
        raise HTTPException(404) from None
    if sample >= len(phrases):
        raise HTTPException(404)
    listening: Listening = request.app.state.listening
    return await listening.sound(desk, visitor, [phrases[sample]], language)


def _phrases(prompt: Prompt) -> list[Phrase]:
    return [Phrase(prompt.prompt_id, values) for values in prompt.samples or ({},)]


def _lines(sounds: Sounds) -> list[Line]:
    catalogue = sounds.catalogue()
    lines: dict[str, Line] = {}
    for prompt in catalogue:
        line = lines.setdefault(prompt.prompt_id, Line(prompt.prompt_id, {}))
        line.shown[prompt.language] = Shown(prompt, _sentences(catalogue, prompt), sounds.from_studio(prompt))
    return list(lines.values())


def _sentences(catalogue: Catalogue, prompt: Prompt) -> tuple[str, ...]:
    if prompt.tones:
        return ("",)
    return tuple(catalogue.text(phrase, prompt.language) for phrase in _phrases(prompt))
