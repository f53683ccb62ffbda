"""The reference system: pages that staff keep, by section, by key or one after another. Nobody is asked who they are.

Rules
- What is published now is read at each turn: a page is heard, or no longer heard, from the moment it was saved so.
- Sections keep their keys; an empty one is not named. A page without a text in the caller's language is not offered.
- In a section the pages on keys are a menu; those without a key are told before it, one after another.
- A page begins with its title, and a menu with the name of its section, while the voice makes the rest.
- Whatever fails is said kindly, and the caller goes on in the menu.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from customers.ports import CustomersUnavailable
from customers.reference import SECTION_KEYS, PageContent, PageText, Section
from ivr.flows.account import Next
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say

_OFFERED: Final = {
    Section.TARIFFS: say("reference.tariffs"),
    Section.OFFICES: say("reference.offices"),
    Section.CONNECTION: say("reference.connection"),
    Section.DOCUMENTS: say("reference.documents"),
    Section.QUESTIONS: say("reference.questions"),
}
_HEADS: Final = {
    Section.TARIFFS: say("reference.about_tariffs"),
    Section.OFFICES: say("reference.about_offices"),
    Section.CONNECTION: say("reference.about_connection"),
    Section.DOCUMENTS: say("reference.about_documents"),
    Section.QUESTIONS: say("reference.about_questions"),
}
_WAYS: Final = {Way.AGENT: Next.AGENT, Way.BACK: Next.BACK, Way.SILENT: Next.SILENT, Way.ASTRAY: Next.LOST}


class After(Enum):
    """What a caller may choose after one of several pages that follow one another."""

    NEXT = auto()


@dataclass(frozen=True, slots=True)
class _Told:
    """A page in the caller's language."""

    key: str
    text: PageText


def tell(visit: Visit) -> Next:
    """Let the caller hear pages until one of Next but DONE. Raises CallerHungUp, PromptsError (of our own prompts)."""
    section: Section | None = None
    while visit.turn():
        try:
            told = visit.channel.meanwhile(lambda: visit.services.reference.told(visit.services.clock.now()))
        except CustomersUnavailable:
            visit.note(Flow.REFERENCE, Choice.CUSTOMERS, Result.UNAVAILABLE)
            return _leave(visit, say("reference.unavailable"))
        sections = _by_section(visit, told)
        if not sections:
            visit.note(Flow.REFERENCE, Choice.REFERENCE, Result.NONE)
            return _leave(visit, say("reference.none"))
        entered = section not in sections
        if section is None or entered:
            chosen = _choose_section(visit, sections)
            if isinstance(chosen, Way):
                return _WAYS[chosen]
            section = chosen
        following = _tell_section(visit, section, sections[section], entered)
        if following is Next.BACK:
            section = None
        elif following is not Next.DONE:
            return following
    return Next.LOST


def _choose_section(visit: Visit, sections: Iterable[Section]) -> Section | Way:
    choices = {SECTION_KEYS[section]: section for section in sections}
    prompt = (*(_OFFERED[section] for section in choices.values()), say("reference.keys"))
    return offer(visit, MenuName.SECTIONS, Menu(prompt, choices, visit.services.patience.menu_key_s))


def _by_section(visit: Visit, told: Sequence[PageContent]) -> dict[Section, list[_Told]]:
    """The pages that have a text in the caller's language, in the order of telling."""
    sections: dict[Section, list[_Told]] = {}
    for page in told:
        text = page.said_in(visit.channel.language)
        if text is not None:
            sections.setdefault(page.section, []).append(_Told(page.key, text))
    return sections


def _tell_section(visit: Visit, section: Section, pages: list[_Told], entered: bool) -> Next:
    """BACK = to the sections, DONE = once more in this one. `entered`: the caller has just come into it."""
    on_keys = {page.key: page for page in pages if page.key}
    if entered:
        following = _tell_in_turn(visit, section, [page for page in pages if not page.key], bool(on_keys))
        if following is not Next.DONE:
            return following
    if len(pages) == 1 or not on_keys:
        return _tell_alone(visit, section, pages[0]) if entered else Next.BACK
    titles = tuple(say("reference.choice", title=_title(visit, page), key=key) for key, page in on_keys.items())
    prompt = (_HEADS[section], *titles, say("reference.keys"))
    try:
        menu = Menu(prompt, on_keys, visit.services.patience.menu_key_s, ahead=1)
        chosen = offer(visit, MenuName.PAGES, menu)
    except PromptsError:
        return _unavailable(visit, section)
    if isinstance(chosen, Way):
        return _WAYS[chosen]
    following = _tell_alone(visit, section, chosen)
    return Next.DONE if following is Next.BACK else following


def _tell_in_turn(visit: Visit, section: Section, pages: list[_Told], more: bool) -> Next:
    """Pages without a key. DONE = all were heard and there is `more` on keys, or there was none."""
    for number, page in enumerate(pages):
        if not visit.turn():
            return Next.LOST
        last = number == len(pages) - 1 and not more
        choices = {} if last else {"1": After.NEXT}
        what_next = say("reference.keys") if last else say("reference.next")
        chosen = _tell_page(visit, section, page, choices, what_next)
        if isinstance(chosen, Next):
            return chosen
        if chosen is Way.SILENT and not last:
            continue  # who listens on hears the next one
        if isinstance(chosen, Way):
            return _WAYS[chosen]
    return Next.DONE if more or not pages else Next.BACK


def _tell_alone(visit: Visit, section: Section, page: _Told) -> Next:
    """A page that was chosen: BACK = to the menu that it was chosen in."""
    chosen = _tell_page(visit, section, page, {}, say("reference.keys"))
    return _WAYS[chosen] if isinstance(chosen, Way) else chosen if isinstance(chosen, Next) else Next.BACK


def _tell_page(
    visit: Visit, section: Section, page: _Told, choices: dict[str, After], what_next: Phrase
) -> After | Way | Next:
    """Say one page and what may be pressed then. Next when it could not be said."""
    phrases = visit.services.reading.page(page.text, visit.channel.language)
    menu = Menu(
        (*phrases, what_next),
        choices,
        visit.services.patience.menu_key_s,
        short=(what_next,),
        ahead=1,
        prompts=1,
    )
    try:
        with visit.telling(Flow.REFERENCE, Choice(section.value), Result.TOLD):
            return offer(visit, MenuName.PAGE, menu)
    except PromptsError:
        return _unavailable(visit, section)


def _unavailable(visit: Visit, section: Section) -> Next:
    """The voice is away, or a text was kept that it cannot say."""
    visit.note(Flow.REFERENCE, Choice(section.value), Result.UNAVAILABLE)
    return _leave(visit, say("reference.unavailable"))


def _leave(visit: Visit, why: Phrase) -> Next:
    """Say why there is nothing to hear. A silent caller goes back, as with `*`."""
    menu: Menu[After] = Menu((why,), {}, visit.services.patience.menu_key_s, prompts=1)
    way = offer(visit, MenuName.NO_PAGES, menu)
    return _WAYS[way] if way in {Way.AGENT, Way.ASTRAY} else Next.BACK


def _title(visit: Visit, page: _Told) -> str:
    return visit.services.reading.title(page.text, visit.channel.language)
