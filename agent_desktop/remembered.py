"""A short bounded memory of ids a user: which calls were whose, which cards were already recorded as seen."""

from collections import OrderedDict, deque

from calls.ids import AgentId

USERS_KEPT = 4096


class Remembered:
    """The last `each` ids of every user."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._ids: OrderedDict[AgentId, deque[str]] = OrderedDict()

    def add(self, user: AgentId, what: str) -> bool:
        """Remember; whether it was new."""
        ids = self._ids.setdefault(user, deque(maxlen=self._each))
        self._ids.move_to_end(user)
        while len(self._ids) > USERS_KEPT:
            self._ids.popitem(last=False)
        if what in ids:
            return False
        ids.append(what)
        return True

    def forget(self, user: AgentId, what: str) -> None:
        if self.holds(user, what):
            self._ids[user].remove(what)

    def holds(self, user: AgentId, what: str) -> bool:
        return what in self._ids.get(user, ())
