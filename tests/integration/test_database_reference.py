"""One contract for all that keep reference pages: the fake of the unit tests, SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from calls.clock import Instant, after
from calls.ids import AgentId
from calls.journey import Language
from calls.zones import SUPPLIER_ZONE
from customers.ports import CustomersUnavailable
from customers.reference import (
    Act,
    Editor,
    Page,
    PageChanged,
    PageContent,
    PageId,
    PageState,
    PageText,
    Section,
    Wrong,
    WrongPage,
)
from customers.reference_demo import PAGES
from customers.reference_ports import ReferencePages, ReferenceShelf
from database.audit import DatabaseAudit
from database.engine import DatabaseUnavailable, Engine, Limits, open_engine, writing
from database.migrations import migrate
from database.reference import DatabaseReference
from database.reference_tables import ReferenceVersionRow
from ivr.reading import load_reading
from tests.kit.databases import KINDS, NOW, PATIENT
from tests.kit.fake_reference import SOMEBODY, FakeReference

OTHER = Editor(AgentId("admin"), "192.0.2.7")
ZONE = ZoneInfo(SUPPLIER_ZONE)
READ = load_reading().spoken


Keeping = DatabaseReference | FakeReference


def over(engine: Engine) -> DatabaseReference:
    return DatabaseReference(engine, ZONE, READ)


@pytest.fixture(params=("fake", *KINDS))
def keeping(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeping]:
    if request.param == "fake":
        yield FakeReference()
        return
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'callcentre.db'}"
    else:
        address = request.getfixturevalue("postgres").new_database()
    engine = open_engine(address, PATIENT)
    migrate(engine)
    yield over(engine)
    engine.dispose()


def content(title: str = "Тарифы", key: str = "", **changed: object) -> PageContent:
    texts = {Language.RU: PageText(title, "До 10 числа."), Language.EN: PageText("Prices", "By the 10th.")}
    return replace(PageContent(Section.TARIFFS, texts, key=key), **changed)  # type: ignore[arg-type]


def published(keeping: Keeping, what: PageContent) -> Page:
    page = keeping.add(what, SOMEBODY, NOW)
    done = keeping.publish(page.page_id, page.newest.version, SOMEBODY, after(NOW, 1))
    assert done is not None
    return done


def test_a_draft_is_not_heard_and_a_published_page_is_at_once(keeping: Keeping) -> None:
    page = keeping.add(content("  Тарифы "), SOMEBODY, NOW)
    assert (page.state, page.newest.version, page.newest.act) == (PageState.DRAFT, 1, Act.SAVED)
    assert keeping.told(NOW) == ()
    assert keeping.page(page.page_id) == page
    done = keeping.publish(page.page_id, 1, OTHER, after(NOW, 5))
    assert done is not None
    assert done.state is PageState.PUBLISHED
    assert keeping.told(after(NOW, 6)) == (content(),), "without the space around the title"
    assert keeping.pages() == (done,)


def test_writing_on_changes_nothing_that_is_heard_until_it_is_published(keeping: Keeping) -> None:
    page = published(keeping, content("Старая"))
    saved = keeping.save(page.page_id, 2, content("Новая"), OTHER, after(NOW, 9))
    assert saved is not None
    assert saved.state is PageState.CHANGED
    assert [told.texts[Language.RU].title for told in keeping.told(NOW)] == ["Старая"]
    keeping.publish(page.page_id, 3, OTHER, after(NOW, 10))
    assert [told.texts[Language.RU].title for told in keeping.told(NOW)] == ["Новая"]


def test_a_withdrawn_page_is_heard_no_longer_and_leaves_its_key(keeping: Keeping) -> None:
    page = published(keeping, content(key="1"))
    gone = keeping.withdraw(page.page_id, 2, OTHER, after(NOW, 3))
    assert gone is not None
    assert gone.state is PageState.WITHDRAWN
    assert keeping.told(NOW) == ()
    assert keeping.withdraw(page.page_id, 3, OTHER, after(NOW, 4)) == gone, "a second time changes nothing"
    assert published(keeping, content("Другая", key="1")).state is PageState.PUBLISHED


def test_the_history_keeps_every_version_and_who_made_it(keeping: Keeping) -> None:
    page = published(keeping, content("Первая"))
    keeping.save(page.page_id, 2, content("Вторая"), OTHER, after(NOW, 9))
    keeping.withdraw(page.page_id, 3, SOMEBODY, after(NOW, 20))
    lines = keeping.history(page.page_id)
    assert [(line.version, line.act, line.by) for line in lines] == [
        (4, Act.WITHDRAWN, "volkova"), (3, Act.SAVED, "admin"), (2, Act.PUBLISHED, "volkova"),
        (1, Act.SAVED, "volkova"),
    ]  # fmt: skip
    assert [line.content.texts[Language.RU].title for line in lines] == ["Вторая", "Вторая", "Первая", "Первая"]
    assert lines[0].at == after(NOW, 20)
    assert keeping.history(PageId("unknown")) == ()


def test_two_editors_the_second_is_told_who_was_first(keeping: Keeping) -> None:
    page = keeping.add(content(), SOMEBODY, NOW)
    keeping.save(page.page_id, 1, content("Первая"), SOMEBODY, after(NOW, 1))
    changes: tuple[Callable[[], object], ...] = (
        lambda: keeping.save(page.page_id, 1, content("Вторая"), OTHER, after(NOW, 2)),
        lambda: keeping.publish(page.page_id, 1, OTHER, after(NOW, 2)),
        lambda: keeping.withdraw(page.page_id, 1, OTHER, after(NOW, 2)),
    )
    for change in changes:
        with pytest.raises(PageChanged) as refused:
            change()
        assert (refused.value.newest.by, refused.value.newest.version) == ("volkova", 2)
    kept = keeping.page(page.page_id)
    assert kept is not None
    assert kept.newest.content.texts[Language.RU].title == "Первая"


def test_what_cannot_be_heard_is_not_kept(keeping: Keeping) -> None:
    bad = content(valid_from=date(2026, 12, 2), valid_until=date(2026, 12, 1))
    bad = replace(bad, texts={Language.RU: PageText("СНБ", "")})
    with pytest.raises(WrongPage) as refused:
        keeping.add(bad, SOMEBODY, NOW)
    assert [(fault.why, fault.word) for fault in refused.value.faults] == [
        ("abbreviation", "СНБ"), (Wrong.NO_TEXT, ""), (Wrong.ENDS_BEFORE, ""),
    ]  # fmt: skip
    assert keeping.pages() == ()
    page = keeping.add(content(), SOMEBODY, NOW)
    with pytest.raises(WrongPage):
        keeping.save(page.page_id, 1, bad, SOMEBODY, NOW)
    assert keeping.page(page.page_id) == page


def test_two_pages_of_a_section_never_share_a_key_on_one_day(keeping: Keeping) -> None:
    published(keeping, content("До декабря", key="1", valid_until=date(2026, 11, 30)))
    later = content("С декабря", key="1", valid_from=date(2026, 12, 1))
    published(keeping, later)
    with pytest.raises(WrongPage) as refused:
        keeping.add(content("Всегда", key="1"), SOMEBODY, NOW)
    assert refused.value.faults[0].why == Wrong.KEY_TAKEN
    assert refused.value.faults[0].word == "До декабря"
    published(keeping, content("Офисы", key="1", section=Section.OFFICES))


def test_a_page_is_heard_on_its_days_by_the_suppliers_clock(keeping: Keeping) -> None:
    published(keeping, content(valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 23)))
    midnight = Instant(NOW - 12 * 3_600_000)
    assert keeping.told(Instant(midnight - 1)) == ()
    assert len(keeping.told(midnight)) == 1
    assert len(keeping.told(after(midnight, 86_399))) == 1
    assert keeping.told(after(midnight, 86_400)) == ()


def test_pages_come_in_the_order_of_telling(keeping: Keeping) -> None:
    for what in reversed(PAGES):
        published(keeping, what)
    assert keeping.told(NOW) == PAGES
    assert [page.newest.content for page in keeping.pages()] == list(PAGES)


def test_what_does_not_exist_is_none(keeping: Keeping) -> None:
    for unknown in ("", "0190", "' OR 1=1 --", "\0", "\ud800"):
        assert keeping.page(PageId(unknown)) is None
        assert keeping.save(PageId(unknown), 1, content(), SOMEBODY, NOW) is None
        assert keeping.publish(PageId(unknown), 1, SOMEBODY, NOW) is None
        assert keeping.withdraw(PageId(unknown), 1, SOMEBODY, NOW) is None


def test_each_change_has_its_line_in_the_audit(engine: Engine) -> None:
    keeping = over(engine)
    page = keeping.add(content(), SOMEBODY, NOW)
    keeping.publish(page.page_id, 1, OTHER, after(NOW, 1))
    keeping.withdraw(page.page_id, 2, OTHER, after(NOW, 2))
    entries = [(e.actor, e.act, e.subject, e.address) for e in DatabaseAudit(engine).recent()]
    assert entries == [
        ("admin", "withdrew_reference", page.page_id, "192.0.2.7"),
        ("admin", "published_reference", page.page_id, "192.0.2.7"),
        ("volkova", "saved_reference", page.page_id, "127.0.0.1"),
    ]


def test_the_history_is_never_changed(engine: Engine) -> None:
    over(engine).add(content(), SOMEBODY, NOW)
    with pytest.raises(DBAPIError, match="never changed"), writing(engine, DatabaseUnavailable) as connection:
        connection.execute(update(ReferenceVersionRow).values(title_ru="Другая"))


def test_of_two_at_once_one_page_gets_the_key(engine: Engine) -> None:
    keeping = over(engine)

    def add(number: int) -> bool:
        try:
            keeping.add(content(f"Страница {number}", key="3"), SOMEBODY, NOW)
        except WrongPage:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(add, range(8))) == 1
    assert len(keeping.pages()) == 1


def test_of_two_who_save_at_once_one_is_told(engine: Engine) -> None:
    keeping = over(engine)
    page = keeping.add(content(), SOMEBODY, NOW)

    def save(number: int) -> bool:
        try:
            keeping.save(page.page_id, 1, content(f"Страница {number}"), SOMEBODY, NOW)
        except PageChanged:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(save, range(8))) == 1
    assert [line.version for line in keeping.history(page.page_id)] == [2, 1]


def test_a_database_that_is_away_is_said_so() -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:1/none", Limits(connect_s=1))
    with pytest.raises(CustomersUnavailable):
        over(engine).told(NOW)
    engine.dispose()


def test_the_demo_has_its_pages(demo_engine: Engine) -> None:
    keeping = over(demo_engine)
    assert keeping.told(NOW) == PAGES
    with demo_engine.connect() as connection:
        assert set(connection.scalars(select(ReferenceVersionRow.by))) == {"admin"}


def test_both_ports_are_kept() -> None:
    heard: ReferencePages = FakeReference()
    shelf: ReferenceShelf = FakeReference()
    assert heard.told(NOW) == ()
    assert shelf.pages() == ()
