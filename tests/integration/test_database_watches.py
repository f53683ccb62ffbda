"""Who wants to be told when power is back: one contract for the fake and both databases, and the telling on both."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Engine, func, inspect, select

from calls.clock import Instant, after
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingRules
from customers import demo, demo_places
from customers.accounts import OutageKind
from customers.notices import NoticeRules, Way
from customers.outages import Author, NewOutage, OutagePlace, Watched
from customers.ports import CustomersUnavailable
from customers.watches import NewWatch, WatchRules, WatchWay
from database.demo_data import load_demo
from database.engine import reading
from database.migrations import downgrade, migrate
from database.notice_tables import NoticeRow
from database.outage_book import DatabaseOutageBook
from database.watch_tables import WatchRow
from database.watch_telling import FULL_S, DatabaseWatchTelling
from database.watches import DatabaseWatches
from tests.kit.databases import KINDS, NOW, PIN_KEY, new_database, passwords
from tests.kit.fake_watches import FakeWatches

KIM = Author("kim", "127.0.0.1")
PHONE = PhoneNumber("+79123456789")
OTHER = PhoneNumber("+79123456780")
SMS = NoticeRules(frozenset({Way.SMS}))
RULES = WatchRules(after_s=120, from_hour=0, to_hour=24, tries=2, pause_s=600, claim_s=60, at_once=2, notices=SMS)
SADOVAYA = demo_places.street_id(demo.SADOVAYA)
EMERGENCY = demo.emergency(NOW).outage_id
WISH = NewWatch(EMERGENCY, PHONE, WatchWay.RING, Language.RU, demo.NABEREZHNAYA, "Europe/Moscow", CallId("call-1"))
LATER = after(NOW, 600)


@dataclass(slots=True)
class House:
    """One place where wishes are kept, with what moves them along."""

    watches: FakeWatches | DatabaseWatches
    end: Callable[[int], object]
    ring: Callable[[NewWatch], CallId]


@pytest.fixture
def ours(engine: Engine) -> Engine:
    load_demo(engine, 0, 1, PIN_KEY, passwords(), NOW, with_pin=0)
    return engine


@pytest.fixture(params=["fake", *KINDS])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if request.param == "fake":
        fake = FakeWatches()
        yield House(fake, fake.over.add, fake.ring)
        return
    with new_database(str(request.param), request, tmp_path_factory) as engine:
        load_demo(engine, 0, 1, PIN_KEY, passwords(), NOW, with_pin=0)
        book = DatabaseOutageBook(engine)

        def ring(wish: NewWatch) -> CallId:
            assert DatabaseWatches(engine, SMS, OutgoingRules()).wish(wish, NOW)
            assert book.end(wish.outage_id, KIM, NOW)
            claimed = DatabaseWatchTelling(engine, RULES).claim(LATER)
            assert claimed is not None
            assert book.reopen(wish.outage_id, KIM, LATER)
            return claimed.call

        yield House(DatabaseWatches(engine, SMS, OutgoingRules()), lambda one: book.end(one, KIM, NOW), ring)


# --- the contract
def test_only_what_can_be_done_is_offered(house: House) -> None:
    assert house.watches.ways(PHONE) == set(WatchWay)
    assert house.watches.ways(PhoneNumber("+442079460000")) == set()


def test_a_wish_is_kept_while_the_outage_goes_on(house: House) -> None:
    assert house.watches.wish(WISH, NOW)
    assert house.watches.wish(replace(WISH, way=WatchWay.TEXT), NOW), "a second one changes the first"
    house.end(EMERGENCY)
    assert not house.watches.wish(replace(WISH, number=OTHER), LATER)


def test_who_answers_is_told_once(house: House) -> None:
    call = house.ring(WISH)
    house.end(EMERGENCY)
    told = house.watches.answered(call, LATER)
    assert told is not None
    assert told.wish == WISH
    assert house.watches.answered(call, LATER) == told, "asked twice, it is the same"
    house.watches.talked(call)
    assert house.watches.answered(CallId("another"), LATER) is None


def test_an_outage_that_was_taken_up_again_while_it_rang_is_not_told(house: House) -> None:
    call = house.ring(WISH)
    assert house.watches.answered(call, LATER) is None


# --- on both databases
def wishes(engine: Engine) -> DatabaseWatches:
    return DatabaseWatches(engine, SMS, OutgoingRules())


def texts(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine, CustomersUnavailable) as connection:
        rows = connection.execute(select(NoticeRow.address, NoticeRow.text).where(NoticeRow.state == "waiting"))
        return sorted((row.address, row.text) for row in rows)


def watched(engine: Engine, outage_id: int = EMERGENCY) -> Watched:
    book = DatabaseOutageBook(engine)
    return next(one.watched for one in (*book.known(LATER), *book.ended(LATER)) if one.outage.outage_id == outage_id)


def rows(engine: Engine) -> list[tuple[str, str, int]]:
    with reading(engine, CustomersUnavailable) as connection:
        query = select(WatchRow.number, WatchRow.state, WatchRow.outage_id).order_by(WatchRow.number)
        return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]


def test_a_text_message_goes_out_once_and_only_after_the_end(ours: Engine) -> None:
    telling = DatabaseWatchTelling(ours, RULES)
    assert wishes(ours).wish(replace(WISH, way=WatchWay.TEXT), NOW)
    assert wishes(ours).wish(replace(WISH, way=WatchWay.TEXT, number=OTHER, language=Language.EN), NOW)
    far = after(NOW, 20 * 3600)
    assert not telling.text(far), "an expected time that has passed is no end"
    assert watched(ours) == Watched(text=2)
    assert DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    assert not telling.text(after(NOW, 119)), "it may have been a mistake"
    while telling.text(LATER):
        pass
    assert texts(ours) == [
        (OTHER, "Power is back: с. Ключи, ул. Набережная. If yours is not, please call us. Energosbyt"),
        (PHONE, "Свет есть: с. Ключи, ул. Набережная. Если у вас его нет, позвоните нам. Энергосбыт"),
    ]
    assert watched(ours) == Watched(text=2, told=2)
    telling.forget_old(after(NOW, 24 * 3600))
    assert len(rows(ours)) == 2
    telling.forget_old(after(NOW, 24 * 3600 + 1))
    assert rows(ours) == []


def test_an_outage_that_is_taken_up_again_is_told_at_its_real_end(ours: Engine) -> None:
    telling, book = DatabaseWatchTelling(ours, RULES), DatabaseOutageBook(ours)
    wishes(ours).wish(replace(WISH, way=WatchWay.TEXT), NOW)
    book.end(EMERGENCY, KIM, NOW)
    assert [one.outage.outage_id for one in book.ended(NOW)] == [EMERGENCY]
    assert book.reopen(EMERGENCY, KIM, after(NOW, 60))
    assert book.ended(LATER) == ()
    assert not telling.text(LATER)
    book.end(EMERGENCY, KIM, LATER)
    assert telling.text(after(LATER, 120))
    assert len(texts(ours)) == 1
    assert book.reopen(EMERGENCY, KIM, after(LATER, 180)), "it was told, but the message is not out yet"
    assert texts(ours) == []
    again = after(LATER, 3600)
    book.end(EMERGENCY, KIM, again)
    assert telling.text(after(again, 120))
    assert len(texts(ours)) == 1
    assert not book.reopen(EMERGENCY, KIM, after(again, 24 * 3600 + 1)), "long over"
    assert not book.reopen(99_999, KIM, again)


def test_another_outage_at_the_same_place_is_waited_for(ours: Engine) -> None:
    telling, book = DatabaseWatchTelling(ours, RULES), DatabaseOutageBook(ours)
    wishes(ours).wish(replace(WISH, way=WatchWay.TEXT), NOW)
    place = OutagePlace(demo_places.street_id(demo.NABEREZHNAYA))
    other = book.enter(NewOutage(OutageKind.EMERGENCY, "tree_down", NOW, None, (place,)), KIM, NOW)
    book.end(EMERGENCY, KIM, NOW)
    while telling.text(LATER):
        pass
    assert texts(ours) == []
    assert rows(ours) == [(PHONE, "waiting", other)]
    book.end(other, KIM, LATER)
    while telling.text(after(LATER, 120)):
        pass
    assert len(texts(ours)) == 1


def test_another_time_or_cause_changes_nothing_for_who_waits(ours: Engine) -> None:
    telling, book = DatabaseWatchTelling(ours, RULES), DatabaseOutageBook(ours)
    wishes(ours).wish(replace(WISH, way=WatchWay.TEXT), NOW)
    assert book.expect(EMERGENCY, after(NOW, 7200), KIM, NOW)
    assert not telling.text(after(NOW, 9000))
    assert rows(ours) == [(PHONE, "waiting", EMERGENCY)]


def test_planned_work_past_its_time_stays_in_the_list_of_staff_while_somebody_waits(ours: Engine) -> None:
    planned = demo.planned(NOW)
    wishes(ours).wish(replace(WISH, outage_id=planned.outage_id), NOW)
    past = after(Instant(planned.until or 0), 60)
    assert planned.outage_id in [one.outage.outage_id for one in DatabaseOutageBook(ours).known(past)]


def test_nobody_is_told_at_night(ours: Engine) -> None:
    rules = replace(RULES, from_hour=8, to_hour=22)
    telling, book = DatabaseWatchTelling(ours, rules), DatabaseOutageBook(ours)
    night = Instant(1_795_460_400_000)  # 22:00 in Moscow of the day of NOW
    wishes(ours).wish(replace(WISH, way=WatchWay.TEXT), NOW)
    wishes(ours).wish(replace(WISH, number=OTHER), NOW)
    book.end(EMERGENCY, KIM, after(night, -121))
    telling.text(night)
    assert telling.claim(night) is None
    assert texts(ours) == []
    morning = after(night, 10 * 3600)
    assert not telling.text(after(morning, -1))
    assert telling.text(morning)
    assert telling.claim(morning) is not None


def test_a_call_has_its_tries_and_then_becomes_a_text_message(ours: Engine) -> None:
    telling = DatabaseWatchTelling(ours, RULES)
    wishes(ours).wish(WISH, NOW)
    DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    first = telling.claim(LATER)
    assert first is not None
    assert (first.wish, first.tries) == (WISH, 1)
    assert telling.claim(LATER) is None, "it rings already"
    telling.not_answered(first.call, LATER)
    assert telling.claim(after(LATER, 599)) is None
    second = telling.claim(after(LATER, 600))
    assert second is not None
    telling.not_answered(first.call, after(LATER, 601))
    telling.not_answered(second.call, after(LATER, 630))
    assert telling.claim(after(LATER, 9999)) is None
    assert telling.text(after(LATER, 9999))
    assert [number for number, _ in texts(ours)] == [PHONE]


def test_without_text_messages_who_was_not_reached_is_counted(ours: Engine) -> None:
    telling = DatabaseWatchTelling(ours, replace(RULES, notices=NoticeRules(frozenset())))
    wishes(ours).wish(WISH, NOW)
    DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    claimed = telling.claim(LATER)
    assert claimed is not None
    telling.not_allowed(claimed.call, LATER)
    assert watched(ours) == Watched(ring=1, not_reached=1)


def test_a_claim_that_runs_out_was_not_answered_and_an_answered_call_never_rings_again(ours: Engine) -> None:
    telling = DatabaseWatchTelling(ours, RULES)
    for number in (PHONE, OTHER):
        wishes(ours).wish(replace(WISH, number=number), NOW)
    DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    answered, lost = telling.claim(LATER), telling.claim(LATER)
    assert answered is not None
    assert lost is not None
    telling.answered(answered.call, after(LATER, 5))
    telling.let_claims_run_out(after(LATER, 61))
    telling.not_answered(answered.call, after(LATER, 61))
    again = telling.claim(after(LATER, 700))
    assert again is not None
    assert (again.watch_id, again.tries) == (lost.watch_id, 2)
    assert telling.claim(after(LATER, 700)) is None
    assert watched(ours) == Watched(ring=2, told=1)


def test_no_more_calls_at_once_than_lines(ours: Engine) -> None:
    telling = DatabaseWatchTelling(ours, RULES)
    for number in range(5):
        wishes(ours).wish(replace(WISH, number=PhoneNumber(f"+7912345678{number}")), NOW)
    DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    claimed = [one for one in (telling.claim(LATER) for _ in range(4)) if one is not None]
    assert len(claimed) == RULES.at_once
    wishes(ours).answered(claimed[0].call, LATER)
    assert telling.claim(LATER) is None, "who talks has a line too"
    wishes(ours).talked(claimed[0].call)
    assert telling.claim(LATER) is not None


def test_many_texts_wait_for_the_next_hour(ours: Engine) -> None:
    telling = DatabaseWatchTelling(ours, replace(RULES, notices=replace(SMS, per_hour=2)))
    for number in range(4):
        new = replace(WISH, number=PhoneNumber(f"+7912345678{number}"), way=WatchWay.TEXT)
        wishes(ours).wish(new, NOW)
    DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    for _ in range(9):
        telling.text(LATER)
    assert len(texts(ours)) == 2
    assert not telling.text(after(LATER, FULL_S - 1))
    for _ in range(9):
        telling.text(after(LATER, 3601))
    assert len(texts(ours)) == 4


def test_two_processes_tell_each_once(ours: Engine) -> None:
    for number in range(20):
        way = WatchWay.TEXT if number % 2 else WatchWay.RING
        wishes(ours).wish(replace(WISH, number=PhoneNumber(f"+791234567{number:02}"), way=way), NOW)
    DatabaseOutageBook(ours).end(EMERGENCY, KIM, NOW)
    telling = DatabaseWatchTelling(ours, replace(RULES, at_once=100))
    with ThreadPoolExecutor(2) as threads:
        calls = list(threads.map(lambda _: telling.claim(LATER), range(12)))
        list(threads.map(lambda _: telling.text(LATER), range(12)))
    rung = [one.wish.number for one in calls if one is not None]
    assert len(rung) == len(set(rung)) == 10
    assert len(texts(ours)) == 10


def test_the_step_down_takes_the_wishes_alone(ours: Engine) -> None:
    wishes(ours).wish(WISH, NOW)
    downgrade(ours, "0023")
    with reading(ours, CustomersUnavailable) as connection:
        assert "outage_watches" not in inspect(connection).get_table_names()
        assert connection.scalar(select(func.count()).select_from(NoticeRow)) == 0
    migrate(ours)
    assert rows(ours) == []
