"""Russian nouns that stand after numbers in the texts of staff: units by their signs, genders by the words' stems."""

import re
from dataclasses import dataclass
from typing import Final

from prompts.numerals import Case, Gender, cardinal_ru

M, F, N = Gender.MASCULINE, Gender.FEMININE, Gender.NEUTER


@dataclass(frozen=True, slots=True)
class Unit:
    """A counted thing: after 1, after 2-4, after 5, the genitive after 1 and after any other number."""

    gender: Gender
    one: str
    few: str
    many: str
    one_genitive: str
    many_genitive: str
    one_accusative: str = ""

    def form(self, number: int, case: Case) -> str | None:
        """The form that agrees with `number`; None in a case that we do not bend it to."""
        ends_in_one = number % 10 == 1 and number % 100 != 11
        if case is Case.GENITIVE:
            return self.one_genitive if ends_in_one else self.many_genitive
        if case not in {Case.NOMINATIVE, Case.ACCUSATIVE}:
            return None
        if ends_in_one:
            return self.one_accusative or self.one if case is Case.ACCUSATIVE else self.one
        return self.few if number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14} else self.many

    def counted(self, number: int, case: Case) -> str | None:
        """«двадцать один рубль», after «до» «двадцати одного рубля»."""
        form = self.form(number, case)
        return None if form is None else f"{cardinal_ru(number, self.gender, case)} {form}"


def _m(stem: str, many_genitive: str | None = None) -> Unit:
    """A masculine noun like «вольт»."""
    many = many_genitive if many_genitive is not None else f"{stem}ов"
    return Unit(M, stem, f"{stem}а", many, f"{stem}а", many)


ROUBLE: Final = Unit(M, "рубль", "рубля", "рублей", "рубля", "рублей")
KOPECK: Final = Unit(F, "копейка", "копейки", "копеек", "копейки", "копеек", "копейку")
HOUR: Final = _m("час")
MINUTE: Final = Unit(F, "минута", "минуты", "минут", "минуты", "минут", "минуту")
KILOWATT_HOUR: Final = _m("киловатт-час")
UNITS: Final = {
    "кВт·ч": KILOWATT_HOUR,
    "кВт": _m("киловатт", "киловатт"),
    "кВ": _m("киловольт", "киловольт"),
    "В": _m("вольт", "вольт"),
    "А": _m("ампер", "ампер"),
    "км": _m("километр"),
    "м": _m("метр"),
    "%": _m("процент"),
    "мин.": MINUTE,
    "мин": MINUTE,
    "ч.": HOUR,
    "ч": HOUR,
    "дн.": Unit(M, "день", "дня", "дней", "дня", "дней"),
    "коп.": KOPECK,
    "коп": KOPECK,
}

_GENDERS: Final = (
    (F, "копе|минут|секунд|недел|заявк|копи[яию]|страниц|квартир|фаз|зон|справк|квитанц|попытк|услуг|ступен|тысяч"),
    (N, "числ|окн|мест|заявлен|лиц[оа]|обращен|предложен|показан|отделен|дел[оа]"),
    (M, "рубл|ден[ья]|дн[яей]|час|месяц|год|лет|раз|человек|киловатт|вольт|ампер|метр|километр|процент|экземпляр|"
        "документ|тариф|шаг|этап|сч[её]тчик|прибор|лист|кабинет|офис|дом|подъезд|участ|договор|миллион|этаж|квартал|"
        "снимок|снимк|звон|номер|пункт|способ|паспорт|киловатт-час"),
)  # fmt: skip
_ADJECTIVE: Final = re.compile(r"\w+(?:ых|их|ые|ие|ый|ой|ий|ая|ое|ую|ого|его)")


def gender_of(words: list[str]) -> Gender | None:
    """The gender of the noun at the head of `words` (adjectives before it are passed over); None when unknown."""
    for word in words[:3]:
        for gender, stems in _GENDERS:
            if re.match(rf"(?:{stems})", word, re.IGNORECASE):
                return gender
        if not _ADJECTIVE.fullmatch(word):
            return None
    return None
