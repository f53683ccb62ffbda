"""What every benchmark gives: named figures beside their limit and their peer, as a table or as JSON.

A benchmark is a module: `python -m benchmarks.NAME` prints the table, `--json` one object
{figure: {"value", "unit", "limit", "peer", "ok"}}. The exit status is 1 when a figure is outside of its limit.

Machines are noisy and share their cores: rivals are measured in turns (`in_turns`), never one after the other, and a
figure is a median of rounds.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `limit` is the largest good value (the smallest with `at_least`), `peer` what the rival reaches.

    Without a limit the figure is only told. `note` says in a few words what the peer is.
    """

    value: float
    unit: str
    limit: float | None = None
    peer: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def ok(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


Figures = Mapping[str, Figure]


def median(values: Sequence[float]) -> float:
    """Raises ValueError without values: a benchmark that measured nothing has failed."""
    if not values:
        raise ValueError("Nothing was measured.")
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie, interpolated. Raises ValueError without values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("Nothing was measured.")
    place = min(max(share, 0.0), 1.0) * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    between = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return min(between, ordered[above])  # rounding may step over it


def in_turns(rivals: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure rivals in turns, the order reversed in every second round, so that drift and warming hit all alike."""
    measured: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(rounds):
        names = list(rivals) if number % 2 == 0 else list(rivals)[::-1]
        for name in names:
            measured[name].append(rivals[name]())
    return measured


def as_json(figures: Figures) -> str:
    told = {
        name: {"value": each.value, "unit": each.unit, "limit": each.limit, "peer": each.peer, "ok": each.ok}
        for name, each in figures.items()
    }
    return json.dumps(told, ensure_ascii=False)


def as_table(title: str, figures: Figures) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("figure", "value", "limit", "peer", ""):
        table.add_column(heading, justify="left" if heading in {"figure", ""} else "right")
    for name, each in figures.items():
        sign = "≥" if each.at_least else "≤"
        limit = "" if each.limit is None else f"{sign} {_number(each.limit)}"
        peer = "" if each.peer is None else _number(each.peer)
        verdict = "" if each.limit is None else "ok" if each.ok else "[red]outside[/red]"
        table.add_row(
            name, f"{_number(each.value)} {each.unit}", limit, peer, " ".join(filter(None, [verdict, each.note]))
        )
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def main(
    title: str, measure: Callable[[], Figures], arguments: Sequence[str] | None = None, out: TextIO = sys.stdout
) -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    told = parser.parse_args(arguments)
    figures = measure()
    if told.json:
        print(as_json(figures), file=out)
    else:
        Console(file=out).print(as_table(title, figures))
    return 0 if all(each.ok for each in figures.values()) else 1
