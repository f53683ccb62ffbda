"""Outages: what callers ask, one contract for the fake and both databases; and what staff enter, on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers import demo, demo_places
from customers.accounts import AccountNumber, OutageKind
from customers.addresses import Street
from customers.outages import (
    LONGEST_S,
    MOST_PLACES,
    OVERDUE_S,
    RETAKE_S,
    Author,
    Fault,
    LocalityCode,
    NewOutage,
    OutageAt,
    OutagePlace,
    OutageRefused,
)
from customers.ports import OutageBook, Outages
from database.accounts import DatabaseAccounts
from database.audit import DatabaseAudit
from database.demo_data import load_demo
from database.engine import DatabaseUnavailable, Engine, reading
from database.outage_book import DatabaseOutageBook
from database.outages import DatabaseOutages
from database.tables import OutagePlaceRow
from tests.kit.databases import KINDS, NOW, PIN_KEY, new_database, passwords
from tests.kit.fake_customers import demo_customers
from tests.kit.fake_outage_book import FakeOutageBook

KIM = Author("kim", "127.0.0.1")
EMERGENCY = OutageAt(demo.emergency(NOW), demo.NABEREZHNAYA, "Europe/Moscow")
PLANNED = OutageAt(demo.planned(NOW), demo.ZAVODSKAYA, "Europe/Moscow")
SADOVAYA = demo_places.street_id(demo.SADOVAYA)


@pytest.fixture(scope="module", params=("fake", *KINDS))
def outages(request: pytest.FixtureRequest) -> Outages:
    if request.param == "fake":
        return demo_customers(NOW)
    return DatabaseOutages(request.getfixturevalue(f"demo_{request.param}"))


@pytest.fixture
def ours(engine: Engine) -> Engine:
    """A demo of its own, to write in."""
    load_demo(engine, 3, 1, PIN_KEY, passwords(), NOW, with_pin=0)
    return engine


@pytest.fixture(params=("fake", *KINDS))
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutageBook]:
    """The fake, and a demo of its own in each database."""
    if request.param == "fake":
        yield FakeOutageBook(NOW)
        return
    with new_database(request.param, request, tmp_path_factory) as engine:
        load_demo(engine, 0, 1, PIN_KEY, passwords(), NOW, with_pin=0)
        yield DatabaseOutageBook(engine)


def new(*places: OutagePlace, kind: OutageKind = OutageKind.EMERGENCY, until_s: int | None = 3600) -> NewOutage:
    until = None if until_s is None else after(NOW, until_s)
    return NewOutage(kind, "wire_down", NOW, until, places or (OutagePlace(SADOVAYA),))


def test_by_number_and_by_account(outages: Outages) -> None:
    assert outages.at_phone(demo.IN_OUTAGE.phone, NOW) == (EMERGENCY,)
    assert outages.at_account(demo.IN_OUTAGE.number, NOW) == (EMERGENCY,)
    assert outages.at_phone(demo.FIRM.phone, NOW) == outages.at_account(demo.FIRM.number, NOW) == (PLANNED,)
    assert outages.at_phone(demo.TRUSTED.phone, NOW) == ()
    assert outages.at_account(demo.UNKNOWN_ACCOUNT, NOW) == ()


def test_until_it_is_over(outages: Outages) -> None:
    until = Instant(EMERGENCY.outage.until or 0)
    assert outages.at_phone(demo.IN_OUTAGE.phone, after(until, OVERDUE_S - 1)) == (EMERGENCY,)
    assert outages.at_phone(demo.IN_OUTAGE.phone, after(until, OVERDUE_S)) == ()
    assert outages.at_phone(demo.FIRM.phone, Instant(PLANNED.outage.until or 0)) == ()
    assert outages.at_phone(demo.FIRM.phone, after(NOW, -30 * 24 * 3600)) == ()


def test_by_the_code_of_a_locality(outages: Outages) -> None:
    found = outages.in_locality(LocalityCode("105"), NOW)
    assert found is not None
    assert (found.locality.settlement, found.outages) == ("с. Ключи", (EMERGENCY,))
    well = outages.in_locality(LocalityCode("106"), NOW)
    assert well is not None
    assert well.outages == ()
    assert outages.in_locality(LocalityCode("999"), NOW) is None


@pytest.mark.parametrize("text", ["", "1", "105'; --", "１０５", "105\n", "105\0", "9" * 64_000])
def test_hostile_text_finds_nothing(outages: Outages, text: str) -> None:
    assert outages.in_locality(LocalityCode(text), NOW) is None
    assert outages.at_phone(PhoneNumber(text), NOW) == ()
    assert outages.at_account(AccountNumber(text), NOW) == ()


def test_what_staff_enter_is_heard_by_the_next_caller_until_they_end_it(ours: Engine) -> None:
    book, outages = DatabaseOutageBook(ours), DatabaseOutages(ours)
    outage_id = book.enter(new(OutagePlace(SADOVAYA, "14")), KIM, NOW)
    (found,) = outages.at_phone(demo.OVERPAID.phone, NOW)
    assert (found.outage.outage_id, found.street) == (outage_id, demo.SADOVAYA)
    assert outages.at_phone(demo.TRUSTED.phone, NOW) == (), "another house of the same street"
    card = DatabaseAccounts(ours).card(demo.OVERPAID.number, NOW)
    assert card is not None
    assert card.outages == (found.outage,)
    known = {one.outage.outage_id: one for one in book.known(NOW)}
    assert known[outage_id].places == ((demo.SADOVAYA, ("14",)),)

    assert book.expect(outage_id, after(NOW, 7200), KIM, NOW)
    assert outages.at_phone(demo.OVERPAID.phone, NOW)[0].outage.until == after(NOW, 7200)
    later = after(NOW, 600)
    assert book.end(outage_id, KIM, later)
    assert outages.at_phone(demo.OVERPAID.phone, after(later, 1)) == ()
    assert not book.end(outage_id, KIM, later), "it is over already"
    assert not book.expect(outage_id, None, KIM, later)
    acts = [(entry.actor, entry.act, entry.subject) for entry in DatabaseAudit(ours).recent(3)]
    assert acts == [
        ("kim", act, f"outage {outage_id}") for act in ("outage_ended", "outage_expected", "outage_entered")
    ]


def test_a_feeder_stands_for_the_places_that_it_supplies(ours: Engine) -> None:
    book, outages = DatabaseOutageBook(ours), DatabaseOutages(ours)
    feeders = {feeder.name: feeder for feeder in book.feeders()}
    feeder = next(name for name, streets in demo_places.FEEDERS.items() if SADOVAYA in streets)
    outage_id = book.enter(replace(new(), places=(), feeder_id=feeders[feeder].feeder_id), KIM, NOW)
    assert outages.at_phone(demo.OVERPAID.phone, NOW)[0].outage.outage_id == outage_id
    with reading(ours, DatabaseUnavailable) as connection:
        query = select(OutagePlaceRow.street_id).where(OutagePlaceRow.outage_id == outage_id)
        assert set(connection.scalars(query)) == set(demo_places.FEEDERS[feeder])


def test_the_feeders_by_name(book: OutageBook) -> None:
    feeders = book.feeders()
    assert {feeder.name: feeder.places for feeder in feeders} == {
        name: len(streets) for name, streets in demo_places.FEEDERS.items()
    }
    assert [feeder.name for feeder in feeders] == sorted(demo_places.FEEDERS)


def test_a_life_of_an_entry(book: OutageBook) -> None:
    outage_id = book.enter(new(OutagePlace(SADOVAYA, "14"), OutagePlace(SADOVAYA, "2")), KIM, NOW)
    known = {one.outage.outage_id: one for one in book.known(NOW)}
    assert {len(known[outage_id].places), len(known)} == {1, 3}
    assert known[outage_id].places[0][0] == demo.SADOVAYA
    assert set(known[outage_id].places[0][1]) == {"14", "2"}
    assert book.expect(outage_id, None, KIM, NOW)
    assert next(one for one in book.known(NOW) if one.outage.outage_id == outage_id).outage.until is None
    with pytest.raises(OutageRefused):
        book.expect(outage_id, NOW, KIM, NOW)
    assert book.end(outage_id, KIM, NOW)
    assert outage_id not in [one.outage.outage_id for one in book.known(NOW)]
    assert not book.end(outage_id, KIM, NOW)
    assert not book.end(99_999, KIM, NOW)
    assert not book.expect(99_999, None, KIM, NOW)


def test_one_that_nobody_ended_stays_in_the_list_of_staff(book: OutageBook) -> None:
    forgotten = after(Instant(EMERGENCY.outage.until or 0), OVERDUE_S + 1)
    known = [found.outage.outage_id for found in book.known(forgotten)]
    assert EMERGENCY.outage.outage_id in known
    assert book.end(EMERGENCY.outage.outage_id, KIM, forgotten)


def test_two_who_end_the_same_outage(book: OutageBook) -> None:
    assert [book.end(EMERGENCY.outage.outage_id, KIM, NOW) for _ in range(2)] == [True, False]


def test_what_was_ended_by_mistake_goes_on(book: OutageBook) -> None:
    outage_id = EMERGENCY.outage.outage_id
    assert not book.reopen(outage_id, KIM, NOW), "it goes on anyway"
    assert book.end(outage_id, KIM, NOW)
    assert [(one.outage.outage_id, one.ended_at) for one in book.ended(after(NOW, 60))] == [(outage_id, NOW)]
    assert book.ended(after(NOW, RETAKE_S + 1)) == ()
    assert not book.reopen(outage_id, KIM, after(NOW, RETAKE_S + 1)), "too long ago"
    assert book.reopen(outage_id, KIM, after(NOW, 60))
    assert outage_id in [one.outage.outage_id for one in book.known(after(NOW, 60))]
    assert not book.reopen(outage_id, KIM, after(NOW, 60))
    assert not book.reopen(99_999, KIM, NOW)


def tomorrow(hour: int) -> Instant:
    return after(NOW, (24 + hour) * 3600)


REFUSED: dict[str, tuple[Fault, Callable[[NewOutage], NewOutage]]] = {
    "no place": (Fault.NO_PLACE, lambda one: replace(one, places=())),
    "too many": (Fault.TOO_MANY_PLACES, lambda one: replace(one, places=one.places * (MOST_PLACES + 1))),
    "no such street": (Fault.UNKNOWN_PLACE, lambda one: replace(one, places=(OutagePlace(99_999),))),
    "no such feeder": (Fault.UNKNOWN_PLACE, lambda one: replace(one, feeder_id=99_999)),
    "a house that is none": (Fault.HOUSE, lambda one: replace(one, places=(OutagePlace(SADOVAYA, "<b>"),))),
    "no cause": (Fault.CAUSE, lambda one: replace(one, cause="")),
    "a cause of two lines": (Fault.CAUSE, lambda one: replace(one, cause="a\nb")),
    "a long cause": (Fault.CAUSE, lambda one: replace(one, cause="я" * 121)),
    "an emergency to come": (Fault.SINCE, lambda one: replace(one, since=after(NOW, 1))),
    "long ago": (Fault.SINCE, lambda one: replace(one, since=after(NOW, -LONGEST_S - 1))),
    "an end in the past": (Fault.UNTIL, lambda one: replace(one, since=after(NOW, -99), until=NOW)),
    "an end far away": (Fault.UNTIL, lambda one: replace(one, until=after(NOW, LONGEST_S + 1))),
    "planned without an end": (Fault.UNTIL, lambda one: replace(one, kind=OutageKind.PLANNED, until=None)),
    "an end before it begins": (
        Fault.UNTIL,
        lambda one: replace(one, kind=OutageKind.PLANNED, since=tomorrow(4), until=tomorrow(3)),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_nobody_should_hear_of_is_refused_and_changes_nothing(book: OutageBook, case: str) -> None:
    fault, spoil = REFUSED[case]
    before = book.known(NOW)
    with pytest.raises(OutageRefused) as refused:
        book.enter(spoil(new()), KIM, NOW)
    assert refused.value.fault is fault
    assert book.known(NOW) == before


def test_streets_are_found_by_the_beginnings_of_their_words(book: OutageBook) -> None:
    assert book.streets("ключ наб", 5) == ((demo_places.street_id(demo.NABEREZHNAYA), demo.NABEREZHNAYA),)
    assert Street("пос. Берёзовка", "ул. Зелёная") in [street for _, street in book.streets("берез зеленая", 5)]
    assert len(book.streets("ул", 7)) == 7
    assert book.streets("", 5) == book.streets("; DROP", 5) == ()
