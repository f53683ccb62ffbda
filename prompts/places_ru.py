"""Settlements and streets as a Russian voice says them: kinds written out, numbers in words, names left as they are.

"д. Новосёлки" is a village here and no house: in an address the settlement and the street come without houses.
"""

import re

from prompts.errors import SpellingError
from prompts.numerals import Case, Gender, cardinal_ru, ordinal_ru
from prompts.spelling_ru import MONTHS_GENITIVE

LONGEST = 120
_KINDS = {
    "г.": "город",
    "пгт": "посёлок городского типа",
    "пос.": "посёлок",
    "п.": "посёлок",
    "рп": "рабочий посёлок",
    "с.": "село",
    "д.": "деревня",
    "дер.": "деревня",
    "ст.": "станция",
    "х.": "хутор",
    "ул.": "улица",
    "пер.": "переулок",
    "пр-т": "проспект",
    "просп.": "проспект",
    "пр-д": "проезд",
    "пл.": "площадь",
    "наб.": "набережная",
    "ш.": "шоссе",
    "б-р": "бульвар",
    "туп.": "тупик",
    "мкр.": "микрорайон",
    "кв-л": "квартал",
    "тер.": "территория",
    "им.": "имени",
    "СНТ": "садовое товарищество",
    "ДНТ": "дачное товарищество",
}
_ORDINAL = re.compile(r"([0-9]{1,4})-(?:ы?й|[оа]?го|о?й|а?я|е)")
_GENDERS = {"й": Gender.MASCULINE, "я": Gender.FEMININE, "е": Gender.NEUTER}
_NUMBER = re.compile(r"[0-9]{1,4}")
_NAME = re.compile(r"[А-ЯЁа-яё«»()-]+[.,]?")


def place(text: str) -> str:
    """«село Ключи», «улица Восьмого марта», «Первая Садовая улица». Raises SpellingError for what it cannot say."""
    if len(text) > LONGEST:
        raise SpellingError(f"A place of at most {LONGEST} characters is wanted.")
    words = text.split()
    if not words:
        raise SpellingError("A settlement or a street is wanted.")
    return " ".join(_word(word, words[at + 1] if at + 1 < len(words) else "") for at, word in enumerate(words))


def _word(word: str, following: str) -> str:
    if word in _KINDS:
        return _KINDS[word]
    if ordinal := _ORDINAL.fullmatch(word):
        number = int(ordinal[1])
        if word.endswith("го"):
            return ordinal_ru(number, Gender.NEUTER, Case.GENITIVE)
        return ordinal_ru(number, _GENDERS[word[-1]])
    if _NUMBER.fullmatch(word):
        if following.lower() in MONTHS_GENITIVE:
            return ordinal_ru(int(word), Gender.NEUTER, Case.GENITIVE)
        return cardinal_ru(int(word))
    if _NAME.fullmatch(word):
        return word
    raise SpellingError("A place has Russian words and numbers only.")
