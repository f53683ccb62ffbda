"""Voice messages in memory, for the unit tests of flows and desk: what the scripted channel says it has recorded."""

from calls.clock import Instant
from customers.appeals import AppealNumber


class FakeMessages:
    """`full`: there is no room. `recorded`: what lies at a place; `kept`: by number."""

    def __init__(self) -> None:
        self.full = False
        self.recorded: dict[str, bytes] = {}
        self.kept: dict[AppealNumber, bytes] = {}
        self._places = 0

    def place(self) -> str | None:
        if self.full:
            return None
        self._places += 1
        place = f"/messages/part-{self._places}"
        self.recorded[place] = b"\xd5" * 8000
        return place

    def keep(self, place: str, number: AppealNumber, now: Instant) -> bool:
        sound = self.recorded.pop(place, b"")
        if sound:
            self.kept[number] = sound
        return bool(sound)

    def numbers(self) -> frozenset[AppealNumber]:
        return frozenset(self.kept)

    def sound(self, number: AppealNumber) -> bytes | None:
        return self.kept.get(number)
