"""Loads the demo: an invented electricity supplier with its customers, queues and people, in one transaction.

The same seed, count and day give the same rows; only the salts of PINs and passwords differ. A database that holds
anything already is refused. Open the engine with LONG_WORK.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import islice
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select, text

from acd.queues import Announcements, CallbackRules, Cause, FloorSettings, Limits, Overflow, Queue, Ring, Way
from calls.clock import Instant, after
from calls.ids import QueueId
from calls.zones import SUPPLIER_ZONE, zone
from customers import demo, demo_places, demo_tariffs
from customers.accounts import AccountNumber, OutageKind
from customers.demo_population import FIRST_ACCOUNT, FIRST_CUSTOMER, MOST_ACCOUNTS, population
from customers.pin import sealed_pin
from customers.reference import Editor, PageId
from customers.reference_demo import PAGES
from database.bulk import bare, count_on, insert_rows
from database.demo_rows import LOADED, METERS_AN_ACCOUNT, Batch
from database.engine import DatabaseUnavailable, reading, writing
from database.outage_tables import FeederPlaceRow, FeederRow, LocalityRow
from database.pins import pin_hasher
from database.queue_settings import raise_version, read_settings, write_settings
from database.reference import add_page, publish_page
from database.tables import (
    AccountRow,
    CustomerRow,
    MeterRow,
    OutageAccountRow,
    OutagePlaceRow,
    OutageRow,
    PinRow,
    QueueRow,
    StreetRow,
    Table,
    UserRow,
)
from database.tariff_tables import TariffRateRow, TariffRow
from database.users import DatabaseUsers
from staff import demo as staff_demo

BATCH = 1000
"""Customers in memory at once, about 50,000 rows."""
WITH_PIN = 1000
"""So many customers beside the fixed accounts have a PIN: hashing a million would take hours."""
PAST_OUTAGES = 12

HELD_BACK = frozenset({Cause.CLOSED, Cause.FULL, Cause.LATE})
"""For these a caller of the demo hears why and is offered a callback. Who finds no agent signed in waits: whoever tries
the demo rings first and signs in then."""
WHILE_WAITING = Announcements(texts=("wait.self_service", "wait.wire"))
QUEUES = (
    Queue(
        QueueId("billing"),
        "Оплата и баланс",
        20,
        frozenset({staff_demo.BILLING}),
        title_en="Payment and balance",
        level=3,
        rings=(Ring(10, 1), Ring(60, 1, frozenset({staff_demo.EN}))),
        most_waiting=200,
        late_s=900,
        overflow=(
            Overflow(frozenset({Cause.FULL}), Way.QUEUE, "general"),
            Overflow(HELD_BACK, Way.CALLBACK),
        ),
        announcements=WHILE_WAITING,
        callback=CallbackRules(offered_after_s=120),
    ),
    Queue(
        QueueId("emergency"),
        "Аварийная",
        10,
        frozenset({staff_demo.EMERGENCY}),
        offer_s=10,
        title_en="Emergency",
        standard=0.98,
        never_full=True,
        announcements=Announcements(first_s=30, every_s=60, position=False, estimate=False),
    ),
    Queue(
        QueueId("general"),
        "Общая",
        20,
        frozenset({staff_demo.GENERAL}),
        title_en="General",
        level=2,
        rings=(Ring(8, 1), Ring(60, 1, frozenset({staff_demo.EN}))),
        most_waiting=400,
        late_s=900,
        overflow=(Overflow(HELD_BACK, Way.CALLBACK),),
        announcements=WHILE_WAITING,
        callback=CallbackRules(offered_after_s=120),
    ),
)
"""Who has just begun is rung only after a few seconds. Who speaks English waits a minute for an agent who does, then
any agent answers. A danger to life waits for nobody better.

Open round the clock, so that the demo can be tried at any hour of any day; docs/settings.md shows office hours. The
standard of the emergency line is that of the System-112 rule (docs/glossary.md)."""
LIMITS = Limits(hold_lines=2000, per_number=0)
"""Twice of what one Asterisk of the demo's machine holds well; callers of the demo often ring from one number."""


class DemoRefused(Exception):
    """The database is not empty."""


def load_demo(
    engine: Engine,
    customers: int,
    seed: int,
    pin_key: bytes,
    passwords: Mapping[str, str],
    now: Instant,
    progress: Callable[[str], None] = lambda _text: None,
    with_pin: int = WITH_PIN,
    supplier_zone: str = SUPPLIER_ZONE,
) -> None:
    """The fixed accounts and `customers` more; `passwords` by login for all of staff.demo.USERS.

    `progress` is told how far it is, in words. Raises DemoRefused, DatabaseUnavailable, ValueError for a missing
    password or an unknown zone.
    """
    missing = sorted(user.login for user in staff_demo.USERS if not passwords.get(user.login))
    if missing:
        raise ValueError(f"Passwords are missing for {', '.join(missing)}. Give one for each demo user.")
    where = zone(supplier_zone)
    today = demo.today_of(now, where)
    with writing(engine, DatabaseUnavailable) as connection, ThreadPoolExecutor(os.cpu_count()) as hashing:
        _refuse_unless_empty(connection)
        streets = [
            (place, street.settlement, street.name, supplier_zone)
            for place, street in enumerate(demo_places.STREETS, 1)
        ]
        insert_rows(connection, StreetRow, ("street_id", "settlement", "name", "zone"), streets)
        _load_network(connection)
        _load_tariffs(connection, today)
        pins = _load_fixed(connection, today)
        with bare(connection, LOADED):
            pins += _load_population(connection, customers, seed, today, progress, with_pin)
        sealed = hashing.map(lambda pin: (pin[0], _sealed(pin[1], pin[2], pin_key)), pins)
        _load_outages(connection, customers, seed, now, where)
        _load_staff(connection, DatabaseUsers(engine), passwords, supplier_zone)
        _load_reference(connection, now)
        insert_rows(connection, PinRow, ("account_id", "sealed"), list(sealed))
        count_on(connection, CustomerRow, "customer_id", FIRST_CUSTOMER + customers)
        count_on(connection, AccountRow, "account_id", FIRST_ACCOUNT + customers * MOST_ACCOUNTS)
        count_on(connection, MeterRow, "meter_id", (FIRST_ACCOUNT + customers * MOST_ACCOUNTS) * METERS_AN_ACCOUNT)
        count_on(connection, StreetRow, "street_id", len(streets))
        count_on(connection, OutageRow, "outage_id", 2 + PAST_OUTAGES)
        connection.execute(text("ANALYZE"))


def is_empty(engine: Engine) -> bool:
    """Whether the demo could be loaded. Raises DatabaseUnavailable."""
    with reading(engine, DatabaseUnavailable) as connection:
        return _first_taken(connection) is None


Pin = tuple[int, AccountNumber, str]
"""Account id, number, PIN."""


def _refuse_unless_empty(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE customers IN EXCLUSIVE MODE"))  # a second load at once waits and is refused
    taken = _first_taken(connection)
    if taken is not None:
        raise DemoRefused(
            f"The database holds {taken} already. Demo data go into an empty one: "
            "name another database in the settings, or keep what is there."
        )


def _first_taken(connection: Connection) -> str | None:
    tables: tuple[type[Table], ...] = (CustomerRow, StreetRow, UserRow, QueueRow)
    for table in tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            return str(table.__tablename__)
    return None


def _load_fixed(connection: Connection, today: date) -> list[Pin]:
    batch = Batch(today)
    for account_id, fixed in enumerate(demo.FIXED, 1):
        batch.add_fixed(account_id, fixed)
    batch.write(connection)
    return [(account_id, fixed.number, fixed.pin) for account_id, fixed in enumerate(demo.FIXED, 1)]


def _load_population(
    connection: Connection,
    count: int,
    seed: int,
    today: date,
    progress: Callable[[str], None],
    with_pin: int,
) -> list[Pin]:
    """The first account of each of the first `with_pin` customers has a PIN."""
    pins: list[Pin] = []
    done = 0
    people = population(count, seed, today)
    while chunk := list(islice(people, BATCH)):
        batch = Batch(today)
        for customer in chunk:
            batch.add(customer)
            if len(pins) < with_pin:
                supply = customer.supplies[0]
                pins.append((supply.account_id, supply.number, demo.demo_pin(supply.number)))
        batch.write(connection)
        done += len(chunk)
        progress(f"{done} of {count} customers")
    return pins


def _load_network(connection: Connection) -> None:
    """The code of each locality, and the feeders with their streets."""
    insert_rows(connection, LocalityRow, ("code", "settlement"), [*demo_places.LOCALITIES.items()])
    names = [(place, name) for place, name in enumerate(demo_places.FEEDERS, 1)]
    insert_rows(connection, FeederRow, ("feeder_id", "name"), names)
    places = [(place, street, "") for place, name in names for street in demo_places.FEEDERS[name]]
    insert_rows(connection, FeederPlaceRow, ("feeder_id", "street_id", "house"), places)
    count_on(connection, FeederRow, "feeder_id", len(names))


def _load_tariffs(connection: Connection, today: date) -> None:
    tariffs = demo_tariffs.book(today).values()
    names = [(one.tariff.code, one.tariff.name, one.tariff.name_en, one.tariff.zones) for one in tariffs]
    insert_rows(connection, TariffRow, ("code", "name", "name_en", "zones"), names)
    rates = [(one.tariff.code, rate.zone, rate.since, rate.price) for one in tariffs for rate in one.rates]
    insert_rows(connection, TariffRateRow, ("code", "zone", "since", "price"), rates)


def _load_outages(connection: Connection, customers: int, seed: int, now: Instant, where: ZoneInfo) -> None:
    """The two that the fixed accounts meet (the planned one takes one account elsewhere along), and past ones."""
    told = (demo.emergency(now), demo.planned(now, where))
    past = list(_past_outages(seed, now))
    rows: list[tuple[int, str, str, int, int | None, int | None]] = [
        (outage.outage_id, outage.kind.value, outage.cause, outage.since, outage.until, None) for outage in told
    ]
    places = [(1, demo_places.street_id(demo.NABEREZHNAYA), ""), (2, demo_places.street_id(demo.ZAVODSKAYA), "")]
    insert_rows(
        connection,
        OutageRow,
        ("outage_id", "kind", "cause", "since", "until", "ended_at"),
        rows + [row for row, _ in past],
    )
    places += [(int(row[0]), street, "") for row, street in past]
    insert_rows(connection, OutagePlaceRow, ("outage_id", "street_id", "house"), places)
    if customers:
        insert_rows(connection, OutageAccountRow, ("outage_id", "account_id"), [(2, FIRST_ACCOUNT)])


def _past_outages(seed: int, now: Instant) -> Iterator[tuple[tuple[int, str, str, int, int, int], int]]:
    chance = Random(f"{seed}/outages")  # noqa: S311  invented data, nothing secret
    causes = {
        OutageKind.EMERGENCY: ("wire_down", "tree_down", "cable_damaged", "transformer_failed"),
        OutageKind.PLANNED: ("poles_replaced", "trees_cut", "substation_repaired"),
    }
    for place in range(PAST_OUTAGES):
        kind = chance.choice(tuple(causes))
        since = after(now, -chance.randint(5, 360) * 24 * 3600)
        cause, ended = chance.choice(causes[kind]), after(since, chance.randint(1, 9) * 1800)
        yield (3 + place, kind.value, cause, since, ended, ended), demo_places.quiet_street(chance)


def _load_staff(connection: Connection, users: DatabaseUsers, passwords: Mapping[str, str], supplier_zone: str) -> None:
    raise_version(connection)
    queues = tuple(replace(queue, zone=supplier_zone) for queue in QUEUES)
    write_settings(connection, read_settings(connection), FloorSettings(queues, LIMITS))
    for user in staff_demo.USERS:
        users.insert(connection, user, passwords[user.login])


def _load_reference(connection: Connection, now: Instant) -> None:
    editor = Editor(staff_demo.ADMINISTRATOR.login, "")
    for number, content in enumerate(PAGES, 1):
        page_id = PageId(str(UUID(int=number)))
        page = add_page(connection, page_id, content, editor, now, audited=False)
        publish_page(connection, page, editor, now, audited=False)


def _sealed(number: AccountNumber, pin: str, key: bytes) -> str:
    return pin_hasher().hash(sealed_pin(number, pin, key))
