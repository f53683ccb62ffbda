"""The tables around outages that staff keep: localities with their codes, feeders with the places they supply."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import BigId, Table


class LocalityRow(Table):
    """The code that stands on the bill beside a settlement's name; `settlement` as in streets."""

    __tablename__ = "localities"
    code: Mapped[str] = mapped_column(primary_key=True)
    settlement: Mapped[str] = mapped_column(unique=True)


class FeederRow(Table):
    """A line of the network, by the dispatchers' name."""

    __tablename__ = "feeders"
    feeder_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class FeederPlaceRow(Table):
    """What a feeder supplies: a street, or one house of it; an empty house is the whole street."""

    __tablename__ = "feeder_places"
    feeder_id: Mapped[int] = mapped_column(ForeignKey("feeders.feeder_id"), primary_key=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("streets.street_id"), primary_key=True, index=True)
    house: Mapped[str] = mapped_column(primary_key=True)
