"""customers.ports.OutageBook over the database: an act and its line in the audit are one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, and_, func, insert, or_, select, update

from calls.clock import Instant, after
from customers.accounts import Outage, OutageKind
from customers.addresses import Street
from customers.outages import (
    LONGEST_S,
    MOST_PLACES,
    RETAKE_S,
    Author,
    Fault,
    Feeder,
    KnownOutage,
    NewOutage,
    OutagePlace,
    OutageRefused,
    Watched,
    check,
    check_until,
)
from customers.ports import CustomersUnavailable
from customers.street_search import StreetSearch
from customers.watches import WatchState, WatchWay
from database.audit import write_entry
from database.engine import reading, writing
from database.outage_tables import FeederPlaceRow, FeederRow
from database.outages import told_at
from database.tables import AccountRow, OutageAccountRow, OutagePlaceRow, OutageRow, StreetRow
from database.watch_tables import WatchRow
from database.watch_telling import take_back
from staff.users import AuditEntry

MOST: Final = 200
"""Outages in one list."""
MOST_ENDED: Final = 20
_COLUMNS: Final = (
    OutageRow.outage_id,
    OutageRow.kind,
    OutageRow.cause,
    OutageRow.since,
    OutageRow.until,
    OutageRow.ended_at,
)


class DatabaseOutageBook:
    """Streets are read once a process: those of a supplier change with a new version of its records only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._search: tuple[int, StreetSearch] | None = None

    def known(self, now: Instant) -> tuple[KnownOutage, ...]:
        forgotten = and_(OutageRow.kind == OutageKind.EMERGENCY, OutageRow.since > after(now, -LONGEST_S))
        awaited = OutageRow.outage_id.in_(select(WatchRow.outage_id))
        query = (
            select(*_COLUMNS)
            .where(OutageRow.ended_at.is_(None), or_(told_at(now), OutageRow.since > now, forgotten, awaited))
            .order_by(OutageRow.since.desc(), OutageRow.outage_id.desc())
            .limit(MOST)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            return _known(connection, query)

    def ended(self, now: Instant) -> tuple[KnownOutage, ...]:
        query = (
            select(*_COLUMNS)
            .where(OutageRow.ended_at.between(after(now, -RETAKE_S), now))
            .order_by(OutageRow.ended_at.desc(), OutageRow.outage_id.desc())
            .limit(MOST_ENDED)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            return _known(connection, query)

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

    def reopen(self, outage_id: int, by: Author, now: Instant) -> bool:
        lately = and_(OutageRow.outage_id == outage_id, OutageRow.ended_at.between(after(now, -RETAKE_S), now))
        with writing(self._engine, CustomersUnavailable) as connection:
            ended_at = connection.scalar(select(OutageRow.ended_at).where(lately))
            if ended_at is None:
                return False
            goes_on = update(OutageRow).where(OutageRow.outage_id == outage_id, OutageRow.ended_at == ended_at)
            if connection.execute(goes_on.values(ended_at=None)).rowcount != 1:
                return False
            take_back(connection, outage_id, ended_at, now)
            _audit(connection, by, "outage_reopened", outage_id, now)
        return True

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


def _known(connection: Connection, query: Select[*tuple[Any, ...]]) -> tuple[KnownOutage, ...]:
    rows = connection.execute(query).all()
    found = [Outage(row.outage_id, OutageKind(row.kind), row.cause, row.since, row.until) for row in rows]
    watched = _watched(connection, [row.outage_id for row in rows])
    return tuple(
        replace(one, watched=watched.get(row.outage_id, Watched()), ended_at=row.ended_at)
        for one, row in zip(_with_places(connection, found), rows, strict=True)
    )


def _watched(connection: Connection, ids: Sequence[int]) -> dict[int, Watched]:
    """How many watch each of these outages."""
    query = (
        select(WatchRow.outage_id, WatchRow.way, WatchRow.state, func.count())
        .where(WatchRow.outage_id.in_(ids))
        .group_by(WatchRow.outage_id, WatchRow.way, WatchRow.state)
    )
    found: dict[int, Watched] = defaultdict(Watched)
    for outage_id, way, state, count in connection.execute(query) if ids else ():
        one = found[outage_id]
        found[outage_id] = replace(
            one,
            text=one.text + (count if way == WatchWay.TEXT else 0),
            ring=one.ring + (count if way == WatchWay.RING else 0),
            told=one.told + (count if state == WatchState.TOLD else 0),
            not_reached=one.not_reached + (count if state == WatchState.NOT_REACHED else 0),
        )
    return found


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
