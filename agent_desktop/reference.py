"""Pages of the reference system for staff: list, editor, words before they are spoken, listening, publishing.

Nothing is published that this person has not had read out: a wrong word would be heard by thousands.
"""

import asyncio
from datetime import date
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from agent_desktop.desk_app import DeskApp, Visitor, address_of, desk_of, for_script, labels_of
from agent_desktop.labels import Labels
from agent_desktop.listening import Listening, page_phrases
from agent_desktop.ports import SoundUnavailable
from agent_desktop.sessions import Needs
from agent_desktop.workers import WorkersBusy
from calls.clock import as_datetime
from calls.journey import Language
from customers.reference import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    NO_TEXT,
    PAGE_KEYS,
    SECTION_KEYS,
    Editor,
    Page,
    PageChanged,
    PageContent,
    PageFault,
    PageId,
    PageText,
    Section,
    WrongPage,
)
from staff.roles import Right

log = structlog.get_logger()
router = APIRouter(prefix="/reference")
KeepsTexts = Annotated[Visitor, Depends(Needs(Right.KEEP_TEXTS))]
CHARACTERS_A_SECOND = 14
"""Of the voice: what is shown of a text's length is about right, listening tells it exactly."""
_WARMING: set[asyncio.Task[None]] = set()


class Typed(BaseModel):
    """A text of one language, longer than is allowed by a little, so that the page can say so."""

    model_config = ConfigDict(extra="forbid")

    language: Language
    title: str = Field(max_length=4 * LONGEST_TITLE)
    text: str = Field(max_length=4 * LONGEST_TEXT)

    def as_text(self) -> PageText:
        return PageText(self.title.strip(), self.text.strip())


class Saved(BaseModel):
    """The editor's form; `version` is the one that it began with."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, le=2**53)
    section: Section
    key: str = Field(max_length=1)
    order: int = Field(ge=0, le=999)
    valid_from: date | None
    valid_until: date | None
    texts: list[Typed] = Field(max_length=2)

    def content(self) -> PageContent:
        texts = {typed.language: typed.as_text() for typed in self.texts}
        return PageContent(self.section, texts, self.valid_from, self.valid_until, self.order, self.key)


class Versioned(BaseModel):
    version: int = Field(ge=0, le=2**53)


@router.get("")
async def pages(request: Request, visitor: KeepsTexts) -> Response:
    desk = desk_of(request)
    found = await desk.workers.run(desk.services.reference.pages)
    by_section = {section: [page for page in found if page.newest.content.section is section] for section in Section}
    return desk.render(
        request,
        "reference.html",
        user=visitor.user,
        at=desk.services.clock.now(),
        today=_today(desk),
        sections=by_section,
        section_keys=SECTION_KEYS,
        words=for_script({}),
    )


@router.get("/new")
async def new_page(request: Request, visitor: KeepsTexts, section: Section = Section.TARIFFS) -> Response:
    return _editor(request, visitor, None, PageContent(section))


@router.get("/{page_id}")
async def page(
    request: Request, visitor: KeepsTexts, page_id: str, version: Annotated[int | None, Query(ge=1, le=2**53)] = None
) -> Response:
    """The editor; `version` puts an older one into the fields, to be saved anew."""
    found = await _found(request, page_id)
    content = found.newest.content
    if version is not None:
        desk = desk_of(request)
        lines = await desk.workers.run(desk.services.reference.history, found.page_id)
        content = next((line.content for line in lines if line.version == version), content)
    return _editor(request, visitor, found, content)


@router.get("/{page_id}/history")
async def history(request: Request, visitor: KeepsTexts, page_id: str) -> Response:
    desk = desk_of(request)
    found = await _found(request, page_id)
    lines = await desk.workers.run(desk.services.reference.history, found.page_id)
    return desk.render(
        request,
        "reference_history.html",
        user=visitor.user,
        at=desk.services.clock.now(),
        page=found,
        lines=lines,
        languages=list(Language),
        words=for_script({}),
    )


@router.post("/preview")
async def preview(request: Request, visitor: KeepsTexts, typed: Typed) -> Response:
    """The words that would be spoken, and what cannot be."""
    desk = desk_of(request)
    _listening(request).previews(desk, visitor)
    labels, text = labels_of(request), typed.as_text()
    sentences: list[str] = []
    faults: list[PageFault] = []
    for part in filter(None, (text.title, text.text)):
        spoken = desk.services.reading.spoken(part, typed.language)
        sentences += desk.services.reading.sentences(part, typed.language)
        faults += [PageFault(why, typed.language, word) for why, word in spoken.faults]
    seconds = sum(map(len, sentences)) / CHARACTERS_A_SECOND
    told = [_in_words(fault, labels, say_language=False) for fault in faults]
    return JSONResponse({"sentences": sentences, "faults": told, "seconds": round(seconds)})


@router.post("/listen")
async def listen(request: Request, visitor: KeepsTexts, typed: Typed) -> Response:
    """The text in the voice of the telephone."""
    desk, text = desk_of(request), typed.as_text()
    if len(text.title) > LONGEST_TITLE or len(text.text) > LONGEST_TEXT:
        raise HTTPException(413)
    spoken = [desk.services.reading.spoken(part, typed.language) for part in (text.title, text.text)]
    faults = [PageFault(why, typed.language, word) for each in spoken for why, word in each.faults]
    if faults or not text.title or not text.text:
        return _refused(request, faults or [PageFault("no_text", typed.language)])
    phrases = desk.services.reading.page(text, typed.language)
    answer = await _listening(request).sound(desk, visitor, phrases, typed.language)
    _listening(request).note(visitor.user.login, text, typed.language)
    return answer


@router.post("")
async def add(request: Request, visitor: KeepsTexts, saved: Saved) -> Response:
    return await _change(request, visitor, "add", None, saved)


@router.post("/{page_id}")
async def save(request: Request, visitor: KeepsTexts, page_id: str, saved: Saved) -> Response:
    return await _change(request, visitor, "save", page_id, saved)


@router.post("/{page_id}/publish")
async def publish(request: Request, visitor: KeepsTexts, page_id: str, versioned: Versioned) -> Response:
    """Refused until this person has had every language of the newest version read out."""
    found = await _found(request, page_id)
    if not all(_listening(request).has_heard(visitor.user.login, found.newest.content).values()):
        return JSONResponse({"error": labels_of(request).text("reference.listen_first")}, 409)
    return await _change(request, visitor, "publish", page_id, versioned)


@router.post("/{page_id}/withdraw")
async def withdraw(request: Request, visitor: KeepsTexts, page_id: str, versioned: Versioned) -> Response:
    return await _change(request, visitor, "withdraw", page_id, versioned)


async def _change(
    request: Request, visitor: Visitor, what: str, page_id: str | None, asked: Saved | Versioned
) -> Response:
    desk = desk_of(request)
    shelf, now = desk.services.reference, desk.services.clock.now()
    editor = Editor(visitor.user.login, address_of(request))
    known = PageId(page_id or "")
    try:
        match what, asked:
            case "add", Saved():
                page: Page | None = await desk.workers.run(shelf.add, asked.content(), editor, now)
            case "save", Saved():
                page = await desk.workers.run(shelf.save, known, asked.version, asked.content(), editor, now)
            case "publish", _:
                page = await desk.workers.run(shelf.publish, known, asked.version, editor, now)
            case _:
                page = await desk.workers.run(shelf.withdraw, known, asked.version, editor, now)
    except WrongPage as wrong:
        return _refused(request, wrong.faults)
    except PageChanged as changed:
        at = as_datetime(changed.newest.at).astimezone(desk.zone)
        words = labels_of(request).text("reference.changed", who=changed.newest.by, at=f"{at:%H:%M}")
        return JSONResponse({"error": words, "faults": [], "version": changed.newest.version}, 409)
    if page is None:
        raise HTTPException(404)
    if what != "withdraw":
        _warm(desk, page.newest.content)
    return JSONResponse({"page_id": page.page_id, "version": page.newest.version, "state": page.state})


def _warm(desk: DeskApp, content: PageContent) -> None:
    """Let the voice make the page beforehand: the first caller shall not wait for it."""

    async def warm() -> None:
        for phrase, language in page_phrases(desk.services.reading, content):
            try:
                await desk.workers.run(desk.services.sounds.sound, phrase, language)
            except (SoundUnavailable, WorkersBusy) as away:  # it is made when the first caller asks for it
                log.warning("reference_not_rendered", why=type(away).__name__)
                return

    task = asyncio.create_task(warm(), name="warm-reference")
    _WARMING.add(task)
    task.add_done_callback(_WARMING.discard)


def _editor(request: Request, visitor: Visitor, found: Page | None, content: PageContent) -> Response:
    desk = desk_of(request)
    heard = _listening(request).has_heard(visitor.user.login, content)
    labels = labels_of(request)
    return desk.render(
        request,
        "reference_page.html",
        user=visitor.user,
        at=desk.services.clock.now(),
        page=found,
        content=content,
        texts={language: content.texts.get(language, NO_TEXT) for language in Language},
        older=found is not None and content != found.newest.content,
        heard=heard,
        sections=list(Section),
        section_keys=SECTION_KEYS,
        keys=PAGE_KEYS,
        longest_title=LONGEST_TITLE,
        longest_text=LONGEST_TEXT,
        words=for_script(labels.starting_with("reference.", "listen.")),
    )


def _refused(request: Request, faults: "list[PageFault] | tuple[PageFault, ...]") -> Response:
    labels = labels_of(request)
    told = [_in_words(fault, labels) for fault in faults]
    return JSONResponse({"error": labels.text("reference.refused"), "faults": told}, 422)


def _in_words(fault: PageFault, labels: Labels, *, say_language: bool = True) -> dict[str, Any]:
    words = labels.text(f"fault.{fault.why}", word=fault.word, title=LONGEST_TITLE, text=LONGEST_TEXT)
    if fault.language is None or not say_language:
        return {"text": words, "language": fault.language}
    return {"text": f"{labels.text(f'language.{fault.language}').capitalize()}: {words}", "language": fault.language}


async def _found(request: Request, page_id: str) -> Page:
    desk = desk_of(request)
    found = await desk.workers.run(desk.services.reference.page, PageId(page_id))
    if found is None:
        raise HTTPException(404)
    return found


def _listening(request: Request) -> Listening:
    listening: Listening = request.app.state.listening
    return listening


def _today(desk: DeskApp) -> date:
    return as_datetime(desk.services.clock.now()).astimezone(desk.zone).date()
