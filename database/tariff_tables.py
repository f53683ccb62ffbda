"""Tariffs with their prices over time, and which tariff an account has from when on (customers.tariffs)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table


class TariffRow(Table):
    """`zones`: 1, 2 (day, night) or 3 (peak, night, half-peak). `name_en` may be empty."""

    __tablename__ = "tariffs"
    __table_args__ = (CheckConstraint("zones BETWEEN 1 AND 3", name="zones_known"),)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    zones: Mapped[int]


class TariffRateRow(Table):
    """The price of one zone from a day on, in millionths of a rouble a kilowatt-hour."""

    __tablename__ = "tariff_rates"
    __table_args__ = (CheckConstraint("price >= 0", name="price_not_negative"),)
    code: Mapped[str] = mapped_column(ForeignKey("tariffs.code"), primary_key=True)
    zone: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[date] = mapped_column(primary_key=True)
    price: Mapped[int]


class AccountTariffRow(Table):
    """An account's tariff from a day on, until its next row."""

    __tablename__ = "account_tariffs"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("tariffs.code"), index=True)
