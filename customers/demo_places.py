"""The invented Zaozyorsk district: settlements with their streets, towns with more and with flats."""

from dataclasses import dataclass
from random import Random

from customers.addresses import Street
from customers.demo import FIXED


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_TOWNS = ("г. Заозёрск", "г. Верхнелужск", "пгт Светлореченск")
_VILLAGES = (
    "пос. Берёзовка",
    "с. Ключи",
    "пос. Озёрный",
    "с. Троицкие Горки",
    "д. Новосёлки",
    "д. Малая Сосновка",
    "с. Большие Луга",
    "пос. Лесохимик",
    "д. Подгорье",
    "с. Старый Погост",
    "пос. Рудничный",
    "д. Ёлкино",
)
_TOWN_STREETS = _list(
    "ул. Садовая, ул. Заводская, ул. Ленина, ул. Мира, ул. Победы, ул. Гагарина, ул. Пушкина, ул. Чехова, ул. "
    "Лермонтова, ул. Советская, ул. Октябрьская, ул. Комсомольская, ул. Молодёжная, ул. Строителей, ул. "
    "Энергетиков, ул. Железнодорожная, ул. Вокзальная, ул. Больничная, ул. Спортивная, ул. Парковая, ул. Кольцевая, "
    "ул. Трудовая, ул. Рабочая, ул. Гоголя, ул. Маяковского, ул. Чкалова, ул. Королёва, ул. Космонавтов, пр-т "
    "Строителей, пр-т Победы, пер. Школьный, пер. Почтовый, пер. Кузнечный, б-р Юности, ш. Озёрное, наб. Речная"
)
_VILLAGE_STREETS = _list(
    "ул. Лесная, ул. Центральная, ул. Полевая, ул. Луговая, ул. Набережная, ул. Школьная, ул. Новая, ул. Зелёная, "
    "ул. Дачная, ул. Солнечная, ул. Берёзовая, ул. Сосновая, пер. Тихий, пер. Овражный"
)

STREETS = tuple(
    Street(settlement, name)
    for settlements, names in ((_TOWNS, _TOWN_STREETS), (_VILLAGES, _VILLAGE_STREETS))
    for settlement in settlements
    for name in names
)
"""All streets of the district; a street's place here, from 1, is its id."""


def _streets_of(settlement: str) -> tuple[int, int]:
    """The id of a settlement's first street, and how many it has."""
    ids = [place for place, street in enumerate(STREETS, 1) if street.settlement == settlement]
    return ids[0], len(ids)


LOCALITIES = {str(101 + place): settlement for place, settlement in enumerate((*_TOWNS, *_VILLAGES))}
"""The code on the bill of each settlement."""
STREETS_A_FEEDER = 12
FEEDERS = {
    f"ВЛ-10 {settlement.partition(' ')[2]}-{part + 1}": tuple(
        range(first + part * STREETS_A_FEEDER, min(first + (part + 1) * STREETS_A_FEEDER, first + count))
    )
    for settlement in LOCALITIES.values()
    for first, count in [_streets_of(settlement)]
    for part in range(-(-count // STREETS_A_FEEDER))
}
"""The lines of ten kilovolts, each with the ids of the streets that it supplies."""
_TOWN_COUNT = len(_TOWNS) * len(_TOWN_STREETS)
_QUIET = tuple(place for place, street in enumerate(STREETS, 1) if street not in {fixed.street for fixed in FIXED})


@dataclass(frozen=True, slots=True)
class Place:
    street_id: int
    house: str
    flat: str


def street_id(street: Street) -> int:
    return STREETS.index(street) + 1


def home(chance: Random) -> Place:
    """Two of three live in a town, most of them in flats."""
    if chance.random() < 0.66:
        flat = str(chance.randint(1, 120)) if chance.random() < 0.8 else ""
        return Place(chance.randint(1, _TOWN_COUNT), _house(chance, 120), flat)
    return Place(chance.randint(_TOWN_COUNT + 1, len(STREETS)), _house(chance, 90), "")


def premises(chance: Random) -> Place:
    """A firm's."""
    return Place(chance.randint(1, len(STREETS)), _house(chance, 140), "")


def quiet_street(chance: Random) -> int:
    """A street without any fixed account: outages there change nothing that the README says."""
    return chance.choice(_QUIET)


def _house(chance: Random, highest: int) -> str:
    letter = chance.choice("абв") if chance.random() < 0.07 else ""
    return f"{chance.randint(1, highest)}{letter}"
