"""customers.ports.OutageBook over the database: an act and its line in the audit are one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Engine, and_, func, insert, or_, select, update

from calls.clock import Instant, after
from customers.accounts import Outage, OutageKind
from customers.addresses import Street
from customers.outages import (
    LONGEST_S,
    MOST_PLACES,
    Author,
    Fault,
    Feeder,
    KnownOutage,
    NewOutage,
    OutagePlace,
    OutageRefused,
    check,
    check_until,
)
from customers.ports import CustomersUnavailable
from customers.street_search import StreetSearch
from database.audit import write_entry
from database.engine import reading, writing
from database.outage_tables import FeederPlaceRow, FeederRow
from database.outages import told_at
from database.tables import AccountRow, OutageAccountRow, OutagePlaceRow, OutageRow, StreetRow
from staff.users import AuditEntry

MOST: Final = 200
"""Outages in one list."""


class DatabaseOutageBook:
    """Streets are read once a process: those of a supplier change with a new version of its records only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._search: tuple[int, StreetSearch] | None = None

    def known(self, now: Instant) -> tuple[KnownOutage, ...]:
        forgotten = and_(OutageRow.kind == OutageKind.EMERGENCY, OutageRow.since > after(now, -LONGEST_S))
        query = (
            select(OutageRow.outage_id, OutageRow.kind, OutageRow.cause, OutageRow.since, OutageRow.until)
            .where(OutageRow.ended_at.is_(None), or_(told_at(now), OutageRow.since > now, forgotten))
            .order_by(OutageRow.since.desc(), OutageRow.outage_id.desc())
            .limit(MOST)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            found = [
                Outage(row.outage_id, OutageKind(row.kind), row.cause, row.since, row.until)
                for row in connection.execute(query)
            ]
            return _with_places(connection, found)

    def enter(self, new: NewOutage, by: Author, now: Instant) -> int:
        check(new, now)
        with writing(self._engine, CustomersUnavailable) as connection:
            places = _places(connection, new)
            outage_id = connection.scalar(
                insert(OutageRow)
                .values(kind=new.kind.value, cause=new.cause, since=new.since, until=new.until)
                .returning(OutageRow.outage_id)
            )
            rows = [{"outage_id": outage_id, "street_id": one.street_id, "house": one.house} for one in places]
            connection.execute(insert(OutagePlaceRow), rows)
            _audit(connection, by, "outage_entered", outage_id or 0, now)
        return int(outage_id or 0)

    def expect(self, outage_id: int, until: Instant | None, by: Author, now: Instant) -> bool:
        with writing(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(
                select(OutageRow.kind, OutageRow.since).where(
                    OutageRow.outage_id == outage_id, OutageRow.ended_at.is_(None)
                )
            ).one_or_none()
            if row is None:
                return False
            check_until(OutageKind(row.kind), row.since, until, now)
            connection.execute(update(OutageRow).where(OutageRow.outage_id == outage_id).values(until=until))
            _audit(connection, by, "outage_expected", outage_id, now)
        return True

    def end(self, outage_id: int, by: Author, now: Instant) -> bool:
        ended = (
            update(OutageRow).where(OutageRow.outage_id == outage_id, OutageRow.ended_at.is_(None)).values(ended_at=now)
        )
        with writing(self._engine, CustomersUnavailable) as connection:
            found = connection.execute(ended).rowcount == 1
            if found:
                _audit(connection, by, "outage_ended", outage_id, now)
        return found

    def streets(self, text: str, most: int) -> tuple[tuple[int, Street], ...]:
        with reading(self._engine, CustomersUnavailable) as connection:
            newest = connection.scalar(select(func.max(StreetRow.street_id))) or 0
            if self._search is None or self._search[0] != newest:
                rows = connection.execute(select(StreetRow.street_id, StreetRow.settlement, StreetRow.name))
                self._search = (newest, StreetSearch((row[0], Street(row[1], row[2])) for row in rows))
        return self._search[1].find(text, most)

    def feeders(self) -> tuple[Feeder, ...]:
        query = (
            select(FeederRow.feeder_id, FeederRow.name, func.count(FeederPlaceRow.street_id))
            .outerjoin(FeederPlaceRow, FeederPlaceRow.feeder_id == FeederRow.feeder_id)
            .group_by(FeederRow.feeder_id, FeederRow.name)
            .order_by(FeederRow.name)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(Feeder(*row) for row in connection.execute(query))


def _audit(connection: Connection, by: Author, act: str, outage_id: int, now: Instant) -> None:
    write_entry(connection, AuditEntry(now, by.login, act, f"outage {outage_id}", by.address))


def _places(connection: Connection, new: NewOutage) -> tuple[OutagePlace, ...]:
    """Those that were named and those of the feeder. Raises OutageRefused for what does not exist."""
    wanted = dict.fromkeys(new.places)
    if new.feeder_id is not None:
        rows = connection.execute(
            select(FeederPlaceRow.street_id, FeederPlaceRow.house)
            .where(FeederPlaceRow.feeder_id == new.feeder_id)
            .limit(MOST_PLACES * 10)
        ).all()
        if not rows:
            raise OutageRefused(Fault.UNKNOWN_PLACE)
        wanted |= dict.fromkeys(OutagePlace(street_id, house) for street_id, house in rows)
    streets = {place.street_id for place in wanted}
    known = set(connection.scalars(select(StreetRow.street_id).where(StreetRow.street_id.in_(streets))))
    if streets - known:
        raise OutageRefused(Fault.UNKNOWN_PLACE)
    return tuple(wanted)


def _with_places(connection: Connection, outages: Sequence[Outage]) -> tuple[KnownOutage, ...]:
    ids = [outage.outage_id for outage in outages]
    houses: dict[int, dict[Street, list[str]]] = defaultdict(lambda: defaultdict(list))
    zones: dict[int, str] = {}
    named = (
        select(OutagePlaceRow.outage_id, OutagePlaceRow.house, StreetRow.settlement, StreetRow.name, StreetRow.zone)
        .join(StreetRow, StreetRow.street_id == OutagePlaceRow.street_id)
        .where(OutagePlaceRow.outage_id.in_(ids))
        .order_by(StreetRow.settlement, StreetRow.name, OutagePlaceRow.house)
    )
    single = (
        select(OutageAccountRow.outage_id, AccountRow.house, StreetRow.settlement, StreetRow.name, StreetRow.zone)
        .join(AccountRow, AccountRow.account_id == OutageAccountRow.account_id)
        .join(StreetRow, StreetRow.street_id == AccountRow.street_id)
        .where(OutageAccountRow.outage_id.in_(ids))
    )
    for query in (named, single) if ids else ():
        for row in connection.execute(query):
            houses[row.outage_id][Street(row.settlement, row.name)] += [row.house] if row.house else []
            zones.setdefault(row.outage_id, row.zone)
    return tuple(
        KnownOutage(
            outage,
            tuple((street, tuple(found)) for street, found in houses[outage.outage_id].items()),
            zones.get(outage.outage_id, ""),
        )
        for outage in outages
    )
