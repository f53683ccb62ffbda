"""What a day was like for the callers of a queue, by the formulas of the glossary. Waits in seconds."""

from array import array
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts calls as they end. `threshold_s` is T; who leaves before `short_s` is a short abandon, kept apart.

    `waits` are those of answered calls; `elsewhere` counts calls that neither agent nor caller ended (overflow, full).
    """

    threshold_s: float
    short_s: float = 0.0
    answered: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    elsewhere: int = 0
    inside: int = 0
    abandoned_inside: int = 0
    delayed: int = 0
    """Answered or abandoned after any wait at all."""
    waited_s: float = 0.0
    """Of all offered calls, those that left too."""
    talked_s: float = 0.0
    longest_s: float = 0.0
    waits: "array[float]" = field(default_factory=lambda: array("f"))

    def answer(self, wait_s: float) -> None:
        self.answered += 1
        self.inside += wait_s <= self.threshold_s
        self.waits.append(wait_s)
        self._waited(wait_s)

    def abandon(self, wait_s: float) -> None:
        if wait_s < self.short_s:
            self.short_abandoned += 1
            return
        self.abandoned += 1
        self.abandoned_inside += wait_s <= self.threshold_s
        self._waited(wait_s)

    def go_elsewhere(self, wait_s: float) -> None:
        self.elsewhere += 1
        self._waited(wait_s)

    def _waited(self, wait_s: float) -> None:
        self.delayed += wait_s > 0.0
        self.waited_s += wait_s
        self.longest_s = max(self.longest_s, wait_s)

    # --- figures
    @property
    def offered(self) -> int:
        return self.answered + self.abandoned + self.elsewhere

    @property
    def service_level(self) -> float:
        """Answered within T / offered."""
        return _share(self.inside, self.offered)

    @property
    def asa_s(self) -> float:
        """Mean wait of answered calls."""
        return _share(sum(self.waits), self.answered)

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of all offered calls."""
        return _share(self.waited_s, self.offered)

    @property
    def abandonment(self) -> float:
        return _share(self.abandoned, self.offered)

    @property
    def delay(self) -> float:
        """The share of offered calls that waited at all."""
        return _share(self.delayed, self.offered)

    def wait_below(self, share: float) -> float:
        """The wait that this share (0..1) of the answered calls did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def add(self, other: "Tally") -> None:
        """Count the other's calls too."""
        for name in (
            "answered", "abandoned", "short_abandoned", "elsewhere", "inside", "abandoned_inside", "delayed",
            "waited_s", "talked_s",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_s = max(self.longest_s, other.longest_s)
        self.waits.extend(other.waits)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
