"""Rows of the floor as HTML, rendered once for all pages of a language."""

from collections import OrderedDict
from collections.abc import Callable

from agent_desktop.floor_rows import Row
from calls.journey import Language

KEPT = 2048
"""Rows kept: a floor of 300 agents and as many callers in two languages."""


class RowCache:
    """`render(language, table, row)` is asked once for equal rows."""

    def __init__(self, render: Callable[[Language, str, Row], str]) -> None:
        self._render = render
        self._kept: OrderedDict[tuple[Language, str, Row], str] = OrderedDict()

    def html(self, language: Language, table: str, row: Row) -> str:
        key = (language, table, row)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._render(language, table, row)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
