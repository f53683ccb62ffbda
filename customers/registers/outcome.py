"""What became of lines: counted, and those that were not taken in with the reason."""

from dataclasses import dataclass, field
from typing import Final

from customers.registers.fields import Fault

OWN_SOURCE: Final = "callcentre"
"""The source that an export names for entries and outages that came from nowhere else; their number is our id."""


@dataclass(slots=True)
class Outcome:
    """`faults` by line, in no order; `differing` lines are among those that were taken in."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[tuple[int, Fault]] = field(default_factory=list)
    differing: list[tuple[int, Fault]] = field(default_factory=list)

    def refuse(self, line: int, column: str, wrong: str, mend: str) -> None:
        self.faults.append((line, Fault(column, wrong, mend)))

    def differ(self, line: int, column: str, what: str, mend: str) -> None:
        self.differing.append((line, Fault(column, what, mend)))

    @property
    def taken(self) -> int:
        return self.new + self.changed + self.unchanged
