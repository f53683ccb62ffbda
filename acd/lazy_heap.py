"""A heap whose items can be dropped or moved: stale entries stay until they surface (lazy deletion)."""

import heapq
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
_Key = tuple[float | str, ...]
_SPARE = 64


class LazyHeap(Generic[Item]):
    """Items by key, the smallest first. `put` and `drop` cost O(log n), amortised; an item is in it once."""

    __slots__ = ("_entries", "_live", "_stamp")

    def __init__(self) -> None:
        self._entries: list[tuple[_Key, int, Item]] = []
        self._live: dict[Item, int] = {}
        self._stamp = 0

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, item: Item) -> bool:
        return item in self._live

    def put(self, item: Item, key: _Key) -> None:
        """Add the item, or move it to another key."""
        self._stamp += 1
        self._live[item] = self._stamp
        heapq.heappush(self._entries, (key, self._stamp, item))
        if len(self._entries) > 2 * len(self._live) + _SPARE:
            self._entries = [entry for entry in self._entries if self._live.get(entry[2]) == entry[1]]
            heapq.heapify(self._entries)

    def drop(self, item: Item) -> None:
        """Take the item out; nothing happens when it is not there."""
        self._live.pop(item, None)

    def first(self) -> tuple[_Key, Item] | None:
        """The smallest key and its item."""
        while self._entries:
            key, stamp, item = self._entries[0]
            if self._live.get(item) == stamp:
                return key, item
            heapq.heappop(self._entries)
        return None

    def first_where(self, fits: Callable[[Item], bool]) -> tuple[_Key, Item] | None:
        """The smallest item that fits; O(log n) for each one passed over."""
        passed: list[tuple[_Key, int, Item]] = []
        found = self.first()
        while found is not None and not fits(found[1]):
            passed.append(heapq.heappop(self._entries))
            found = self.first()
        for entry in passed:
            heapq.heappush(self._entries, entry)
        return found

    def smallest(self, most: int, fits: Callable[[Item], bool]) -> list[Item]:
        """At most so many items that fit, in their order; O(log n) for each one looked at."""
        looked: list[tuple[_Key, int, Item]] = []
        chosen: list[Item] = []
        while len(chosen) < most and (found := self.first()) is not None:
            looked.append(heapq.heappop(self._entries))
            if fits(found[1]):
                chosen.append(found[1])
        for entry in looked:
            heapq.heappush(self._entries, entry)
        return chosen

    def items(self) -> frozenset[Item]:
        return frozenset(self._live)
