"""The reference system over the database: customers.reference_ports for callers and for staff.

Writers stand in a row (PostgreSQL by a lock on the table of pages, SQLite by its file's): two editors on one page or
one key are decided one after the other. Readers never wait for them.
"""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, text, update

from calls.clock import Instant, as_datetime
from calls.ids import AgentId, new_uuid7
from calls.journey import Language
from customers.ports import CustomersUnavailable
from customers.reference import (
    MOST_PAGES,
    NO_TEXT,
    Act,
    Editor,
    Page,
    PageChanged,
    PageContent,
    PageFault,
    PageId,
    PageText,
    PageVersion,
    Section,
    Speakable,
    Wrong,
    WrongPage,
    in_order,
    menu_faults,
    page_faults,
    tidied,
    told_on,
)
from customers.reference_ports import MOST_HISTORY
from database.audit import write_entry
from database.engine import reading, writing
from database.reference_tables import ReferencePageRow, ReferenceVersionRow
from database.text import storable
from staff.users import AuditEntry

_AUDITED = {
    Act.SAVED: "saved_reference",
    Act.PUBLISHED: "published_reference",
    Act.WITHDRAWN: "withdrew_reference",
}
_VERSION = ReferenceVersionRow.__table__.columns


class DatabaseReference:
    """`zone` is the supplier's: validity is meant in its days. `speakable` says what the voice makes of a text."""

    def __init__(self, engine: Engine, zone: ZoneInfo, speakable: Speakable) -> None:
        self._engine = engine
        self._zone = zone
        self._speakable = speakable

    # --- callers
    def told(self, now: Instant) -> tuple[PageContent, ...]:
        today = as_datetime(now).astimezone(self._zone).date()
        heard = select(*_VERSION).join(
            ReferencePageRow,
            and_(
                ReferencePageRow.page_id == ReferenceVersionRow.page_id,
                ReferencePageRow.published == ReferenceVersionRow.version,
            ),
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            rows = connection.execute(heard).all()
        return told_on((_content(row) for row in rows), today)

    # --- staff
    def pages(self) -> tuple[Page, ...]:
        with reading(self._engine, CustomersUnavailable) as connection:
            return _pages(connection)

    def page(self, page_id: PageId) -> Page | None:
        with reading(self._engine, CustomersUnavailable) as connection:
            return _page(connection, page_id)

    def history(self, page_id: PageId) -> tuple[PageVersion, ...]:
        newest_first = (
            select(*_VERSION)
            .where(ReferenceVersionRow.page_id == storable(page_id))
            .order_by(ReferenceVersionRow.version.desc())
            .limit(MOST_HISTORY)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(_version(row) for row in connection.execute(newest_first))

    def add(self, content: PageContent, editor: Editor, now: Instant) -> Page:
        content = tidied(content)
        faults = page_faults(content, self._speakable)
        with writing(self._engine, CustomersUnavailable) as connection:
            return add_page(connection, PageId(new_uuid7()), content, editor, now, faults)

    def save(self, page_id: PageId, version: int, content: PageContent, editor: Editor, now: Instant) -> Page | None:
        content = tidied(content)
        faults = page_faults(content, self._speakable)
        with writing(self._engine, CustomersUnavailable) as connection:
            page = _to_change(connection, page_id, version)
            if page is None:
                return None
            _refuse(faults + menu_faults(content, _others(connection, page_id)))
            return _append(connection, page, Act.SAVED, content, editor, now)

    def publish(self, page_id: PageId, version: int, editor: Editor, now: Instant) -> Page | None:
        with writing(self._engine, CustomersUnavailable) as connection:
            page = _to_change(connection, page_id, version)
            if page is None:
                return None
            content = page.newest.content
            # Once more: the rules of the voice may have changed since it was saved, and other pages have.
            _refuse(page_faults(content, self._speakable) + menu_faults(content, _others(connection, page_id)))
            return _append(connection, page, Act.PUBLISHED, content, editor, now)

    def withdraw(self, page_id: PageId, version: int, editor: Editor, now: Instant) -> Page | None:
        with writing(self._engine, CustomersUnavailable) as connection:
            page = _to_change(connection, page_id, version)
            if page is None or page.published is None:
                return page
            return _append(connection, page, Act.WITHDRAWN, page.newest.content, editor, now)


def add_page(
    connection: Connection,
    page_id: PageId,
    content: PageContent,
    editor: Editor,
    now: Instant,
    faults: tuple[PageFault, ...] = (),
    *,
    audited: bool = True,
) -> Page:
    """A new draft inside another transaction; `faults` are those of the content by itself. Raises WrongPage.

    `audited`: not when the demo is loaded, which is nobody's act.
    """
    _alone(connection)
    if (connection.scalar(select(func.count()).select_from(ReferencePageRow)) or 0) >= MOST_PAGES:
        faults += (PageFault(Wrong.TOO_MANY),)
    _refuse(faults + menu_faults(content, _pages(connection)))
    connection.execute(insert(ReferencePageRow).values(page_id=page_id, version=0))
    before = Page(page_id, PageVersion(0, Act.SAVED, content, editor.login, now))
    return _append(connection, before, Act.SAVED, content, editor, now, audited=audited)


def publish_page(connection: Connection, page: Page, editor: Editor, now: Instant, *, audited: bool = True) -> Page:
    """The newest version is heard from now on, inside another transaction; `audited` as in add_page."""
    return _append(connection, page, Act.PUBLISHED, page.newest.content, editor, now, audited=audited)


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE reference_pages IN EXCLUSIVE MODE"))


def _to_change(connection: Connection, page_id: PageId, version: int) -> Page | None:
    _alone(connection)
    page = _page(connection, page_id)
    if page is not None and page.newest.version != version:
        raise PageChanged(page.newest)
    return page


def _refuse(faults: tuple[PageFault, ...]) -> None:
    if faults:
        raise WrongPage(faults)


def _append(
    connection: Connection,
    page: Page,
    act: Act,
    content: PageContent,
    editor: Editor,
    now: Instant,
    *,
    audited: bool = True,
) -> Page:
    """The next line of a page's history, and what follows from it."""
    version = PageVersion(page.newest.version + 1, act, content, editor.login, now)
    connection.execute(insert(ReferenceVersionRow).values(**_row(page.page_id, version)))
    published = {Act.SAVED: page.published, Act.PUBLISHED: version, Act.WITHDRAWN: None}[act]
    one = update(ReferencePageRow).where(ReferencePageRow.page_id == page.page_id)
    heard = None if published is None else published.version
    connection.execute(one.values(version=version.version, published=heard))
    if audited:
        write_entry(connection, AuditEntry(now, editor.login, _AUDITED[act], page.page_id, editor.address))
    return Page(page.page_id, version, published)


def _pages(connection: Connection) -> tuple[Page, ...]:
    wanted = select(*_VERSION, ReferencePageRow.version.label("newest"), ReferencePageRow.published).join(
        ReferencePageRow,
        and_(
            ReferencePageRow.page_id == ReferenceVersionRow.page_id,
            or_(
                ReferencePageRow.version == ReferenceVersionRow.version,
                ReferencePageRow.published == ReferenceVersionRow.version,
            ),
        ),
    )
    newest: dict[PageId, PageVersion] = {}
    published: dict[PageId, PageVersion] = {}
    for row in connection.execute(wanted):
        version = _version(row)
        if row.version == row.newest:
            newest[PageId(row.page_id)] = version
        if row.version == row.published:
            published[PageId(row.page_id)] = version
    pages = (Page(page_id, version, published.get(page_id)) for page_id, version in newest.items())
    return tuple(sorted(pages, key=lambda page: (in_order(page.newest.content), page.page_id)))


def _page(connection: Connection, page_id: PageId) -> Page | None:
    return next((page for page in _pages(connection) if page.page_id == page_id), None)


def _others(connection: Connection, page_id: PageId) -> tuple[Page, ...]:
    return tuple(page for page in _pages(connection) if page.page_id != page_id)


def _row(page_id: PageId, version: PageVersion) -> dict[str, Any]:
    content = version.content
    russian, english = (content.texts.get(language, NO_TEXT) for language in (Language.RU, Language.EN))
    return {
        "page_id": page_id,
        "version": version.version,
        "act": version.act.value,
        "section": content.section.value,
        "title_ru": russian.title,
        "text_ru": russian.text,
        "title_en": english.title,
        "text_en": english.text,
        "valid_from": content.valid_from,
        "valid_until": content.valid_until,
        "place": content.order,
        "menu_key": content.key,
        "by": version.by,
        "at": version.at,
    }


def _version(row: Row[*tuple[Any, ...]]) -> PageVersion:
    return PageVersion(row.version, Act(row.act), _content(row), AgentId(row.by), Instant(row.at))


def _content(row: Row[*tuple[Any, ...]]) -> PageContent:
    texts = {Language.RU: PageText(row.title_ru, row.text_ru), Language.EN: PageText(row.title_en, row.text_en)}
    return PageContent(
        Section(row.section),
        {language: text for language, text in texts.items() if not text.empty},
        row.valid_from,
        row.valid_until,
        row.place,
        row.menu_key,
    )
