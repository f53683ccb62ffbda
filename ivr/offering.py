"""A menu or a number to key in a visit; what happened on the way stands in the visit's facts, for the figures.

Of a keyed number only that it was keyed, never which. New PINs, sums and cards leave no step at all.
"""

from enum import Enum
from typing import Final, TypeVar, assert_never

from calls.menu_steps import Ending
from ivr.channel import CallerHungUp
from ivr.entry import Asked, Entry, Keyed, enter_or_ask
from ivr.menu import Course, Menu, Way, choose
from ivr.menu_names import MenuName
from ivr.visit import Visit
from prompts.phrase import Phrase

C = TypeVar("C")
_BY_KEY: Final = frozenset({Ending.CHOSEN, Ending.AGENT, Ending.BACK})


def offer(visit: Visit, name: MenuName, menu: Menu[C], opening: tuple[Phrase, ...] = (), key: str = "") -> C | Way:
    """As ivr.menu.choose. Raises CallerHungUp, PromptsError (nothing was heard: no step)."""
    course = Course(visit.services.clock)
    language = visit.facts.language
    try:
        chosen = choose(visit.channel, menu, opening, key, course)
    except CallerHungUp:
        gone = Ending.SERVED if visit.served else Ending.LEFT
        visit.facts = visit.facts.with_menu(course.step(name.value, language.value, gone))
        raise
    ending = _ending(chosen) if isinstance(chosen, Way) else Ending.CHOSEN
    choice = _word(chosen, course.key) if ending is Ending.CHOSEN else ""
    step = course.step(name.value, language.value, ending, choice, answered=ending in _BY_KEY)
    visit.facts = visit.facts.with_menu(step)
    return chosen


def request(visit: Visit, name: MenuName, entry: Entry) -> Keyed | Way:
    """As ivr.entry.enter: the caller keys a number. Raises CallerHungUp, PromptsError (no step), ValueError."""
    found = request_or_other(visit, name, entry)
    if isinstance(found, Asked):
        raise ValueError("This entry has something else to ask for. Call request_or_other.")  # noqa: TRY004 - not a type
    return found


def request_or_other(visit: Visit, name: MenuName, entry: Entry) -> Keyed | Way | Asked:
    """As ivr.entry.enter_or_ask."""
    course = Course(visit.services.clock)
    language = visit.facts.language
    try:
        found = enter_or_ask(visit.channel, entry)
    except CallerHungUp:
        gone = Ending.SERVED if visit.served else Ending.LEFT
        visit.facts = visit.facts.with_menu(course.step(name.value, language.value, gone))
        raise
    ending = _ending(found) if isinstance(found, Way) else Ending.CHOSEN
    choice = {Keyed: "keyed", Asked: "other"}.get(type(found), "")
    visit.facts = visit.facts.with_menu(course.step(name.value, language.value, ending, choice))
    return found


def _word(chosen: object, key: str) -> str:
    """A choice's own word, else the key it is on: an account or a card is never told."""
    return chosen.name.lower() if isinstance(chosen, Enum) else key


def _ending(way: Way) -> Ending:
    match way:
        case Way.AGENT:
            return Ending.AGENT
        case Way.BACK:
            return Ending.BACK
        case Way.SILENT:
            return Ending.SILENT
        case Way.ASTRAY:
            return Ending.ASTRAY
        case _:
            assert_never(way)
