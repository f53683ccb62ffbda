"""Who keeps the pages of the reference system, for callers and for staff. database.reference implements both.

Every method may raise CustomersUnavailable: a caller is told kindly and goes on.
"""

from typing import Protocol

from calls.clock import Instant
from customers.reference import Editor, Page, PageContent, PageId, PageVersion

MOST_HISTORY = 100
"""Versions in one answer."""


class ReferencePages(Protocol):
    """What callers hear."""

    def told(self, now: Instant) -> tuple[PageContent, ...]:
        """The published pages that are valid on the supplier's day, in the order of telling."""


class ReferenceShelf(Protocol):
    """What staff write. A change is kept whole, with its line in the history and in the audit, or not at all.

    Raises WrongPage with every fault, and PageChanged when `version` is not the newest any more.
    """

    def pages(self) -> tuple[Page, ...]:
        """All pages, in the order of telling."""

    def page(self, page_id: PageId) -> Page | None: ...

    def history(self, page_id: PageId) -> tuple[PageVersion, ...]:
        """The newest MOST_HISTORY versions, the newest first; none of an unknown page."""

    def add(self, content: PageContent, editor: Editor, now: Instant) -> Page:
        """A new draft."""

    def save(self, page_id: PageId, version: int, content: PageContent, editor: Editor, now: Instant) -> Page | None:
        """A newer draft of a page; what callers hear stays. None when there is no such page."""

    def publish(self, page_id: PageId, version: int, editor: Editor, now: Instant) -> Page | None:
        """From now on callers hear the newest version."""

    def withdraw(self, page_id: PageId, version: int, editor: Editor, now: Instant) -> Page | None:
        """From now on callers do not hear the page. One that is not published changes nothing."""


class NoReference:
    """Where no pages were set up."""

    def told(self, now: Instant) -> tuple[PageContent, ...]:
        return ()
