"""customers.ports.OutageBook in memory; tests/integration/test_database_outages.py runs its contract."""

from dataclasses import replace

from calls.clock import Instant, after
from calls.zones import SUPPLIER_ZONE
from customers import demo, demo_places
from customers.accounts import Outage, OutageKind
from customers.addresses import Street
from customers.outages import (
    LONGEST_S,
    RETAKE_S,
    SOON_S,
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
    is_over,
)
from customers.ports import CustomersUnavailable
from customers.street_search import StreetSearch


class FakeOutageBook:
    """Begins with the demo's two outages. `acts`: who did what; `down` makes everything raise CustomersUnavailable."""

    def __init__(self, now: Instant) -> None:
        self._streets = dict(enumerate(demo_places.STREETS, 1))
        self._feeders = dict(enumerate(demo_places.FEEDERS.items(), 1))
        self._search = StreetSearch(self._streets.items())
        self._kept: dict[int, tuple[Outage, tuple[OutagePlace, ...]]] = {
            1: (demo.emergency(now), (OutagePlace(demo_places.street_id(demo.NABEREZHNAYA)),)),
            2: (demo.planned(now), (OutagePlace(demo_places.street_id(demo.ZAVODSKAYA)),)),
        }
        self._next = 100
        self._ended: dict[int, tuple[Outage, tuple[OutagePlace, ...], Instant]] = {}
        self.watched: dict[int, Watched] = {}
        self.acts: list[tuple[str, str, int]] = []
        self.down = False

    def known(self, now: Instant) -> tuple[KnownOutage, ...]:
        self._up()
        newest = sorted(self._kept.values(), key=lambda kept: (kept[0].since, kept[0].outage_id), reverse=True)
        return tuple(self._shown(*kept) for kept in newest if _listed(kept[0], now))

    def ended(self, now: Instant) -> tuple[KnownOutage, ...]:
        self._up()
        lately = [one for one in self._ended.values() if one[2] >= after(now, -RETAKE_S)]
        lately.sort(key=lambda one: (one[2], one[0].outage_id), reverse=True)
        return tuple(replace(self._shown(outage, places), ended_at=at) for outage, places, at in lately)

    def enter(self, new: NewOutage, by: Author, now: Instant) -> int:
        self._up()
        check(new, now)
        places = dict.fromkeys(new.places)
        if new.feeder_id is not None:
            if new.feeder_id not in self._feeders:
                raise OutageRefused(Fault.UNKNOWN_PLACE)
            places |= dict.fromkeys(OutagePlace(street) for street in self._feeders[new.feeder_id][1])
        if any(place.street_id not in self._streets for place in places):
            raise OutageRefused(Fault.UNKNOWN_PLACE)
        self._next += 1
        self._kept[self._next] = (Outage(self._next, new.kind, new.cause, new.since, new.until), tuple(places))
        self.acts.append((by.login, "outage_entered", self._next))
        return self._next

    def expect(self, outage_id: int, until: Instant | None, by: Author, now: Instant) -> bool:
        self._up()
        if outage_id not in self._kept:
            return False
        outage, places = self._kept[outage_id]
        check_until(outage.kind, Instant(outage.since), until, now)
        self._kept[outage_id] = (replace(outage, until=until), places)
        self.acts.append((by.login, "outage_expected", outage_id))
        return True

    def end(self, outage_id: int, by: Author, now: Instant) -> bool:
        self._up()
        if outage_id not in self._kept:
            return False
        self._ended[outage_id] = (*self._kept.pop(outage_id), now)
        self.acts.append((by.login, "outage_ended", outage_id))
        return True

    def reopen(self, outage_id: int, by: Author, now: Instant) -> bool:
        self._up()
        if outage_id not in self._ended or self._ended[outage_id][2] < after(now, -RETAKE_S):
            return False
        outage, places, _ = self._ended.pop(outage_id)
        self._kept[outage_id] = (outage, places)
        self.acts.append((by.login, "outage_reopened", outage_id))
        return True

    def streets(self, text: str, most: int) -> tuple[tuple[int, Street], ...]:
        self._up()
        return self._search.find(text, most)

    def feeders(self) -> tuple[Feeder, ...]:
        self._up()
        found = [Feeder(feeder_id, name, len(streets)) for feeder_id, (name, streets) in self._feeders.items()]
        return tuple(sorted(found, key=lambda feeder: feeder.name))

    def _shown(self, outage: Outage, places: tuple[OutagePlace, ...]) -> KnownOutage:
        houses: dict[Street, list[str]] = {}
        for place in places:
            houses.setdefault(self._streets[place.street_id], []).extend([place.house] if place.house else [])
        ordered = sorted(houses.items(), key=lambda one: (one[0].settlement, one[0].name))
        named = tuple((street, tuple(found)) for street, found in ordered)
        return KnownOutage(outage, named, SUPPLIER_ZONE, self.watched.get(outage.outage_id, Watched()))

    def _up(self) -> None:
        if self.down:
            raise CustomersUnavailable("The outages were taken down by the test.")


def _listed(outage: Outage, now: Instant) -> bool:
    if outage.kind is OutageKind.EMERGENCY:
        return outage.since > after(now, -LONGEST_S)
    return (outage.since <= after(now, SOON_S) and not is_over(outage, now)) or outage.since > now
