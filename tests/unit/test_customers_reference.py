"""The rules of reference pages: what may be kept, which keys are free, what callers hear on a day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.clock import Instant
from calls.ids import AgentId
from calls.journey import Language
from customers.reference import (
    LARGEST_ORDER,
    LONGEST_SPOKEN,
    LONGEST_TEXT,
    LONGEST_TITLE,
    PAGE_KEYS,
    SECTION_KEYS,
    Act,
    Page,
    PageContent,
    PageFault,
    PageId,
    PageState,
    PageText,
    PageVersion,
    Section,
    Spoken,
    Wrong,
    menu_faults,
    page_faults,
    tidied,
    told_on,
)

RU, EN = Language.RU, Language.EN
CONTENT = PageContent(Section.TARIFFS, {RU: PageText("Тарифы", "Текст.")}, key="1")
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1))


def speakable(typed: str, language: Language) -> Spoken:
    """Whoever writes USB is misunderstood; a «!» takes long."""
    faults = (("letters", "USB"),) if "USB" in typed else ()
    return Spoken(len(typed) + (LONGEST_SPOKEN if "!" in typed else 0), faults)


def version(number: int, act: Act, content: PageContent = CONTENT) -> PageVersion:
    return PageVersion(number, act, content, AgentId("volkova"), Instant(0))


def with_text(title: str, text: str, language: Language = RU) -> PageContent:
    return replace(CONTENT, texts={**CONTENT.texts, language: PageText(title, text)})


def test_each_section_has_its_key_and_pages_have_five() -> None:
    assert dict(SECTION_KEYS) == dict(zip(Section, "12345", strict=True))
    assert tuple("12345") == PAGE_KEYS


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (CONTENT, []),
        (with_text("", ""), [PageFault(Wrong.NO_TITLE, RU), PageFault(Wrong.NO_TEXT, RU)]),
        (with_text("Prices", "", EN), [PageFault(Wrong.NO_TEXT, EN)]),
        (with_text(" ", "", EN), []),
        (with_text("я" * (LONGEST_TITLE + 1), "Да."), [PageFault(Wrong.LONG_TITLE, RU)]),
        (with_text("Да", "я" * (LONGEST_TEXT + 1)), [PageFault(Wrong.LONG_TEXT, RU)]),
        (with_text("Да", "Долго!"), [PageFault(Wrong.LONG_SPOKEN, RU)]),
        (with_text("USB", "Да."), [PageFault("letters", RU, "USB")]),
        (replace(CONTENT, key="6"), [PageFault(Wrong.BAD_KEY)]),
        (replace(CONTENT, order=LARGEST_ORDER + 1), [PageFault(Wrong.BAD_ORDER)]),
        (replace(CONTENT, order=-1), [PageFault(Wrong.BAD_ORDER)]),
        (
            replace(CONTENT, valid_from=date(2026, 1, 2), valid_until=date(2026, 1, 1)),
            [PageFault(Wrong.ENDS_BEFORE)],
        ),
        (replace(CONTENT, valid_from=date(2026, 1, 1), valid_until=date(2026, 1, 1)), []),
    ],
)
def test_what_is_wrong_with_a_page(content: PageContent, faults: list[PageFault]) -> None:
    assert list(page_faults(content, speakable)) == faults


@pytest.mark.parametrize(
    ("newest", "published", "state", "claims"),
    [
        (version(1, Act.SAVED), None, PageState.DRAFT, 1),
        (version(2, Act.PUBLISHED), version(2, Act.PUBLISHED), PageState.PUBLISHED, 1),
        (version(3, Act.SAVED), version(2, Act.PUBLISHED), PageState.CHANGED, 2),
        (version(3, Act.WITHDRAWN), None, PageState.WITHDRAWN, 0),
        (version(4, Act.SAVED), None, PageState.DRAFT, 1),
    ],
)
def test_the_state_of_a_page_and_what_it_takes_of_its_menu(
    newest: PageVersion, published: PageVersion | None, state: PageState, claims: int
) -> None:
    page = Page(PageId("one"), newest, published)
    assert (page.state, len(page.claims)) == (state, claims)
    assert bool(menu_faults(CONTENT, [page])) == (claims > 0)


def test_the_key_of_a_draft_and_of_what_is_heard_are_both_taken() -> None:
    page = Page(PageId("one"), version(3, Act.SAVED, replace(CONTENT, key="2")), version(2, Act.PUBLISHED))
    taken = [key for key in PAGE_KEYS if menu_faults(replace(CONTENT, key=key), [page])]
    assert taken == ["1", "2"]
    assert not menu_faults(replace(CONTENT, key=""), [page])
    assert not menu_faults(replace(CONTENT, section=Section.OFFICES), [page])


@given(DAYS, DAYS, DAYS, DAYS)
def test_pages_overlap_when_there_is_a_day_of_both(
    begin: date | None, end: date | None, other_begin: date | None, other_end: date | None
) -> None:
    one, other = (
        replace(CONTENT, valid_from=begin, valid_until=end),
        replace(CONTENT, valid_from=other_begin, valid_until=other_end),
    )
    days = (date(2025, 12, 31) + timedelta(number) for number in range(368))
    assert one.overlaps(other) == any(one.valid_on(day) and other.valid_on(day) for day in days)
    assert one.overlaps(other) == other.overlaps(one)


def test_what_is_told_on_a_day_in_order() -> None:
    last = replace(CONTENT, section=Section.QUESTIONS)
    second, first = replace(CONTENT, key="2"), replace(CONTENT, key="1", order=9)
    unkeyed = replace(CONTENT, key="", order=0)
    past = replace(CONTENT, valid_until=date(2026, 1, 1))
    assert told_on([last, unkeyed, second, past, first], date(2026, 1, 2)) == (first, second, unkeyed, last)


def test_tidy_texts_have_no_space_around_and_no_empty_language() -> None:
    content = replace(CONTENT, texts={RU: PageText(" Тарифы\n", " Текст. "), EN: PageText(" ", "")})
    assert tidied(content) == CONTENT
