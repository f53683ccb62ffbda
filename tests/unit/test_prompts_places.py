"""Settlements and streets as the voice says them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.journey import Language
from customers.demo_places import STREETS
from prompts.errors import SpellingError
from prompts.places_ru import LONGEST, place
from tests.kit.scripted_channel import catalogue

SPOKEN = {
    "с. Ключи": "село Ключи",
    "д. Новосёлки": "деревня Новосёлки",
    "пгт Светлореченск": "посёлок городского типа Светлореченск",
    "ул. 8 Марта": "улица восьмого Марта",
    "ул. 40 лет Октября": "улица сорок лет Октября",
    "1-я Садовая ул.": "первая Садовая улица",
    "2-й пер. Тихий": "второй переулок Тихий",
    "пр-т Строителей": "проспект Строителей",
    "ул. Римского-Корсакова": "улица Римского-Корсакова",
}


@pytest.mark.parametrize("written", SPOKEN)
def test_kinds_and_numbers_are_written_out(written: str) -> None:
    assert place(written) == SPOKEN[written]


def test_every_place_of_the_demo_is_fit_for_the_voice() -> None:
    lexicon = catalogue().lexicons[Language.RU]
    for street in STREETS:
        for text in (street.settlement, street.name):
            assert lexicon.faults(lexicon.apply(place(text))) == [], text


@pytest.mark.parametrize("text", ["", "  ", "ул. Main", "ул. <b>", "ул. 12345", "ул.\x00", "у" * (LONGEST + 1)])
def test_what_cannot_be_said_is_refused(text: str) -> None:
    with pytest.raises(SpellingError):
        place(text)


@given(st.text(max_size=40))
def test_any_text_is_words_or_refused(text: str) -> None:
    try:
        spoken = place(text)
    except SpellingError:
        return
    assert not any(character.isdigit() for character in spoken)
