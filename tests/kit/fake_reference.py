"""The reference system in memory: customers.reference_ports for the unit tests of flows and desk.

tests/integration/test_database_reference.py runs the same contract over this and over the database.
"""

from collections.abc import Iterable
from functools import cache
from zoneinfo import ZoneInfo

from calls.clock import Instant, as_datetime
from calls.ids import AgentId, new_uuid7
from calls.journey import Language
from calls.zones import SUPPLIER_ZONE
from customers.ports import CustomersUnavailable
from customers.reference import (
    MOST_PAGES,
    Act,
    Editor,
    Page,
    PageChanged,
    PageContent,
    PageFault,
    PageId,
    PageVersion,
    Spoken,
    Wrong,
    WrongPage,
    in_order,
    menu_faults,
    page_faults,
    tidied,
    told_on,
)
from customers.reference_demo import PAGES
from customers.reference_ports import MOST_HISTORY
from ivr.reading import load_reading

_READING = load_reading()
SOMEBODY = Editor(AgentId("volkova"), "127.0.0.1")


@cache
def _spoken(typed: str, language: Language) -> Spoken:
    return _READING.spoken(typed, language)


class FakeReference:
    """`acts`: (login, act, page) of all changes, as the audit has them. Set `down` and everything is unavailable."""

    def __init__(self, published: Iterable[PageContent] = ()) -> None:
        self.down = False
        self.acts: list[tuple[str, str, str]] = []
        self._speakable = _spoken
        self._history: dict[PageId, list[PageVersion]] = {}
        self._published: dict[PageId, PageVersion] = {}
        for content in published:
            page = self.add(content, SOMEBODY, Instant(0))
            self.publish(page.page_id, 1, SOMEBODY, Instant(0))

    def told(self, now: Instant) -> tuple[PageContent, ...]:
        self._up()
        today = as_datetime(now).astimezone(ZoneInfo(SUPPLIER_ZONE)).date()
        return told_on((version.content for version in self._published.values()), today)

    def pages(self) -> tuple[Page, ...]:
        self._up()
        pages = (Page(page_id, lines[-1], self._published.get(page_id)) for page_id, lines in self._history.items())
        return tuple(sorted(pages, key=lambda page: (in_order(page.newest.content), page.page_id)))

    def page(self, page_id: PageId) -> Page | None:
        return next((page for page in self.pages() if page.page_id == page_id), None)

    def history(self, page_id: PageId) -> tuple[PageVersion, ...]:
        self._up()
        return tuple(reversed(self._history.get(page_id, [])))[:MOST_HISTORY]

    def add(self, content: PageContent, editor: Editor, now: Instant) -> Page:
        content = tidied(content)
        faults = page_faults(content, self._speakable)
        if len(self.pages()) >= MOST_PAGES:
            faults += (PageFault(Wrong.TOO_MANY),)
        return self._append(PageId(new_uuid7()), Act.SAVED, content, editor, now, faults)

    def save(self, page_id: PageId, version: int, content: PageContent, editor: Editor, now: Instant) -> Page | None:
        content = tidied(content)
        if self._to_change(page_id, version) is None:
            return None
        return self._append(page_id, Act.SAVED, content, editor, now, page_faults(content, self._speakable))

    def publish(self, page_id: PageId, version: int, editor: Editor, now: Instant) -> Page | None:
        page = self._to_change(page_id, version)
        if page is None:
            return None
        content = page.newest.content
        return self._append(page_id, Act.PUBLISHED, content, editor, now, page_faults(content, self._speakable))

    def withdraw(self, page_id: PageId, version: int, editor: Editor, now: Instant) -> Page | None:
        page = self._to_change(page_id, version)
        if page is None or page.published is None:
            return page
        return self._append(page_id, Act.WITHDRAWN, page.newest.content, editor, now, None)

    def _to_change(self, page_id: PageId, version: int) -> Page | None:
        page = self.page(page_id)
        if page is not None and page.newest.version != version:
            raise PageChanged(page.newest)
        return page

    def _append(
        self,
        page_id: PageId,
        act: Act,
        content: PageContent,
        editor: Editor,
        now: Instant,
        faults: tuple[PageFault, ...] | None,
    ) -> Page:
        if faults is not None:
            faults += menu_faults(content, [page for page in self.pages() if page.page_id != page_id])
            if faults:
                raise WrongPage(faults)
        lines = self._history.setdefault(page_id, [])
        lines.append(PageVersion(len(lines) + 1, act, content, editor.login, now))
        if act is Act.PUBLISHED:
            self._published[page_id] = lines[-1]
        elif act is Act.WITHDRAWN:
            self._published.pop(page_id, None)
        word = {Act.SAVED: "saved", Act.PUBLISHED: "published", Act.WITHDRAWN: "withdrew"}[act]
        self.acts.append((editor.login, f"{word}_reference", page_id))
        return Page(page_id, lines[-1], self._published.get(page_id))

    def _up(self) -> None:
        if self.down:
            raise CustomersUnavailable("The reference pages were taken down by the test.")


def demo_reference() -> FakeReference:
    """The demo's pages, published, as `demo-data` loads them."""
    return FakeReference(PAGES)
