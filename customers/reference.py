"""Pages of the reference system: what staff write and callers hear. Pure; customers.reference_ports keeps them.

Rules
- Main menu, sections, pages of a section: three menus deep, and no page leads to another one.
- Five sections, each on its own key for ever; in a section at most five pages on the keys 1-5, and pages without a key,
  which are told one after another. No two pages of a section have one key on the same day.
- A page has a Russian title and text. English ones are both there or both missing: then English callers are not
  offered the page. Every text can be spoken, and none is longer than anybody listens.
- Callers hear the published version until it is withdrawn or a newer one is published: writing on changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from calls.clock import Instant
from calls.ids import AgentId
from calls.journey import Language

PageId = NewType("PageId", str)
"""UUIDv7."""

PAGE_KEYS: Final = ("1", "2", "3", "4", "5")
MENU_DEPTH: Final = 3
LONGEST_TITLE: Final = 60
"""Characters as typed: titles are read out in a menu."""
LONGEST_TEXT: Final = 1000
"""Characters as typed."""
LONGEST_SPOKEN: Final = 1000
"""Characters of the words, about 70 seconds."""
LARGEST_ORDER: Final = 999
MOST_PAGES: Final = 200
"""Pages that are kept at all: far more than a menu can offer."""


class Section(StrEnum):
    """What a page is about; the order is that of the keys 1-5."""

    TARIFFS = "tariffs"
    OFFICES = "offices"
    CONNECTION = "connection"
    DOCUMENTS = "documents"
    QUESTIONS = "questions"


SECTION_KEYS: Final[Mapping[Section, str]] = MappingProxyType(dict(zip(Section, PAGE_KEYS, strict=True)))
"""A section keeps its key when its neighbours are empty: callers remember it."""


@dataclass(frozen=True, slots=True)
class PageText:
    """As staff typed it: digits and abbreviations are read by the voice's own rules (prompts.staff_text)."""

    title: str
    text: str

    @property
    def empty(self) -> bool:
        return not self.title.strip() and not self.text.strip()


NO_TEXT: Final = PageText("", "")


@dataclass(frozen=True, slots=True)
class PageContent:
    """One version of a page. Both days of the validity are included, None is open; `key` is "" for none."""

    section: Section
    texts: Mapping[Language, PageText] = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None
    order: int = 0
    key: str = ""

    def said_in(self, language: Language) -> PageText | None:
        """The text of a language; None when there is none."""
        text = self.texts.get(language, NO_TEXT)
        return None if text.empty else text

    def valid_on(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)

    def overlaps(self, other: "PageContent") -> bool:
        """Whether there is a day on which both are valid."""
        begin = max(self.valid_from or date.min, other.valid_from or date.min)
        return begin <= min(self.valid_until or date.max, other.valid_until or date.max)


class Act(StrEnum):
    """How a version of a page came to be."""

    SAVED = "saved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class PageState(StrEnum):
    """What staff see of a page, whatever its validity."""

    DRAFT = "draft"
    """Callers do not hear it."""
    PUBLISHED = "published"
    CHANGED = "changed"
    """Callers hear the published version; a newer one is being written."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PageVersion:
    """One line of a page's history, never changed afterwards."""

    version: int
    act: Act
    content: PageContent
    by: AgentId
    at: Instant


@dataclass(frozen=True, slots=True)
class Page:
    """`newest` is what the editor shows, `published` what callers hear."""

    page_id: PageId
    newest: PageVersion
    published: PageVersion | None = None

    @property
    def state(self) -> PageState:
        if self.published is None:
            return PageState.WITHDRAWN if self.newest.act is Act.WITHDRAWN else PageState.DRAFT
        return PageState.PUBLISHED if self.published.version == self.newest.version else PageState.CHANGED

    @property
    def claims(self) -> tuple[PageContent, ...]:
        """What this page takes of its menu: the version that is heard, and the one that is written (no withdrawn)."""
        claims = [] if self.published is None else [self.published.content]
        if self.state is not PageState.PUBLISHED and self.newest.act is not Act.WITHDRAWN:
            claims.append(self.newest.content)
        return tuple(claims)


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes a page, and from which address: for the audit."""

    login: AgentId
    address: str


class Wrong(StrEnum):
    """Why a page cannot be kept. What the voice cannot say has the voice's own word (prompts.staff_text.Why)."""

    NO_TITLE = "no_title"
    NO_TEXT = "no_text"
    LONG_TITLE = "long_title"
    LONG_TEXT = "long_text"
    LONG_SPOKEN = "long_spoken"
    ENDS_BEFORE = "ends_before"
    BAD_KEY = "bad_key"
    BAD_ORDER = "bad_order"
    KEY_TAKEN = "key_taken"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class PageFault:
    """`why` is a Wrong or a word of the voice; `word` what it is about: the word in the text, the page on the key."""

    why: str
    language: Language | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the voice makes of a typed text: how many characters, and (why, word) for all that it cannot say."""

    length: int
    faults: tuple[tuple[str, str], ...]


Speakable = Callable[[str, Language], Spoken]


class WrongPage(ValueError):
    """Nothing was kept; `faults` says why."""

    def __init__(self, faults: Sequence[PageFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.why} {fault.word}".strip() for fault in self.faults))


class PageChanged(Exception):
    """Somebody else has changed the page meanwhile: nothing was kept. `newest` is what there is now."""

    def __init__(self, newest: PageVersion) -> None:
        super().__init__(f"The page was changed by {newest.by}. Look at it and try again.")
        self.newest = newest


def tidied(content: PageContent) -> PageContent:
    """The content as it is kept: no space around its texts, no empty language."""
    texts = {language: PageText(text.title.strip(), text.text.strip()) for language, text in content.texts.items()}
    return replace(content, texts={language: text for language, text in texts.items() if not text.empty})


def page_faults(content: PageContent, speakable: Speakable) -> tuple[PageFault, ...]:
    """What is wrong with a version by itself."""
    return tuple(_faults(content, speakable))


def menu_faults(content: PageContent, others: Iterable[Page]) -> tuple[PageFault, ...]:
    """What keeps a version out of its menu: another page on its key. `others` are all pages but its own."""
    if not content.key:
        return ()
    for other in others:
        for claim in other.claims:
            if claim.section is content.section and claim.key == content.key and claim.overlaps(content):
                return (PageFault(Wrong.KEY_TAKEN, word=claim.texts.get(Language.RU, NO_TEXT).title),)
    return ()


def told_on(pages: Iterable[PageContent], day: date) -> tuple[PageContent, ...]:
    """The pages that callers may hear on a day, in the order of telling: by key first, then by order and title."""
    return tuple(sorted((page for page in pages if page.valid_on(day)), key=in_order))


def in_order(page: PageContent) -> tuple[str, str, int, str]:
    """The sort key of the order of telling."""
    return SECTION_KEYS[page.section], page.key or "9", page.order, page.texts.get(Language.RU, NO_TEXT).title


def _faults(content: PageContent, speakable: Speakable) -> Iterator[PageFault]:
    for language in Language:
        text = content.texts.get(language, NO_TEXT)
        if language is Language.RU or not text.empty:
            yield from _text_faults(text, language, speakable)
    if content.valid_from and content.valid_until and content.valid_until < content.valid_from:
        yield PageFault(Wrong.ENDS_BEFORE)
    if content.key and content.key not in PAGE_KEYS:
        yield PageFault(Wrong.BAD_KEY)
    if not 0 <= content.order <= LARGEST_ORDER:
        yield PageFault(Wrong.BAD_ORDER)


def _text_faults(text: PageText, language: Language, speakable: Speakable) -> Iterator[PageFault]:
    for typed, missing, longest, too_long in (
        (text.title, Wrong.NO_TITLE, LONGEST_TITLE, Wrong.LONG_TITLE),
        (text.text, Wrong.NO_TEXT, LONGEST_TEXT, Wrong.LONG_TEXT),
    ):
        if not typed.strip():
            yield PageFault(missing, language)
        elif len(typed) > longest:
            yield PageFault(too_long, language)
        else:
            spoken = speakable(typed, language)
            yield from (PageFault(why, language, word) for why, word in spoken.faults)
            if spoken.length > LONGEST_SPOKEN:
                yield PageFault(Wrong.LONG_SPOKEN, language)
