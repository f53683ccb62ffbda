"""Pieces: whatever number, day or account a sentence holds, there is a sound for each of its words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.journey import Language
from prompts.phrase import Phrase, Value, say
from prompts.pieces import vocabulary, words_of
from prompts.spelling import FILTERS, spell
from tests.kit.scripted_channel import catalogue

MONEY = st.integers(-(10**12) + 1, 10**12 - 1)
DIGITS = st.text("0123456789", min_size=1, max_size=20)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "money": MONEY,
    "unsigned_money": MONEY,
    "price": st.integers(0, 10**12 - 1) | st.integers(0, 10**8),
    "date": st.dates(date(2000, 1, 1), date(2059, 12, 31)),
    "month": st.dates(date(2000, 1, 1), date(2059, 12, 31)),
    "account": DIGITS,
    "account_tail": DIGITS,
    "phone": st.from_regex(r"\+7[0-9]{10}", fullmatch=True),
    "key": st.sampled_from("0123456789*#"),
    "digits": st.from_regex(r"\+[0-9]{5,15}", fullmatch=True),
    "clock": st.integers(0, 1439),
    "position": st.integers(1, 999),
    "number_genitive": st.integers(1, 60),
    "minutes_genitive": st.integers(1, 60),
}

VOICED = {"place", "words"}
"""Names: too many to be made beforehand."""


@given(st.data())
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("filter_name", sorted({*FILTERS} - VOICED))
def test_every_word_that_a_filter_says_is_known(filter_name: str, language: Language, data: st.DataObject) -> None:
    value = data.draw(VALUES.get(filter_name, st.integers(0, 10**10)))
    assert set(words_of(spell(filter_name, value, language))) <= set(vocabulary(filter_name, language))


def test_a_balance_in_pieces() -> None:
    phrase = say("balance.debt", account="0420017005", amount=-212132)
    assert catalogue().pieces(phrase, Language.RU) == (
        "Лицевой счёт", "ноль", "четыре", "двадцать", "ноль", "один", "семьдесят", "ноль", "пять", "Ваш долг",
        "две", "тысячи", "сто", "двадцать", "один", "рубль", "тридцать", "две", "копейки",
    )  # fmt: skip


def test_all_pieces_of_the_catalogue_are_few_enough_to_be_made_at_the_first_start() -> None:
    pieces = {(prompt.spoken_in, text) for prompt, text in catalogue().all_pieces()}
    assert 150 < len(pieces) < 700
    assert not any("{" in text or any(character.isdigit() for character in text) for _, text in pieces)


def test_every_sample_of_the_catalogue_can_be_said_in_pieces() -> None:
    known = {(prompt.language, text) for prompt, text in catalogue().all_pieces()}
    for prompt in catalogue():
        for values in () if any(f"|{name}}}" in prompt.text for name in VOICED) else prompt.samples:
            for text in catalogue().pieces(Phrase(prompt.prompt_id, values), prompt.language):
                assert (prompt.language, text) in known, (prompt.prompt_id, text)
