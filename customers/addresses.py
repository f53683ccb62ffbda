"""Addresses of supply. A house without flats has an empty flat."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Street:
    """`settlement` and `name` with their kinds: "г. Заозёрск", "ул. Садовая"."""

    settlement: str
    name: str


def address(street: Street, house: str, flat: str) -> str:
    return f"{street.settlement}, {street.name}, д. {house}" + (f", кв. {flat}" if flat else "")
