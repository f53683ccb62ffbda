"""The estimated wait beside app_queue's and position x AHT / agents: `python -m benchmarks.estimate`.

Every day of benchmarks.waits through the real engine under a virtual clock, at the same callers for all three. Errors
are ratios of mean absolute errors; `peer` is what the rival's error was, in seconds.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from benchmarks.figures import Figure, Figures, main
from benchmarks.waits import NARROW, POOLED, Judgement, days, judged

CALLS = 12_000
SEED = 20
BELOW = 0.7
"""Of app_queue's error; and of both rivals' on the pooled days."""
EXACT = 1.1
"""Of the error of the exact law, which knows the true handling time and patience."""
LEAST_COVERED, MOST_COVERED = 0.80, 0.94
NARROWEST_MIN = 1.05
"""Where ranges are one minute wide on the whole, whole minutes allow no narrower one, and more may be covered."""


def measure(calls: int = CALLS) -> Figures:
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        names = list(days(calls))
        judgements = dict(zip(names, processes.map(_judged, names, [calls] * len(names)), strict=True))
    figures: dict[str, Figure] = {}
    for name, sums in judgements.items():
        figures |= _figures(name, sums)
    return figures | _pooled([judgements[name] for name in POOLED])


def _judged(name: str, calls: int) -> Judgement:
    return judged(days(calls)[name], SEED)


def _figures(name: str, sums: Judgement) -> dict[str, Figure]:
    app_queue, length = sums.mean(sums.app_queue_s), sums.mean(sums.queue_length_s)
    covered = sums.covered / max(1, sums.said)
    figures = {
        f"{name}: mean wait": Figure(round(sums.mean(sums.waited_s), 1), "s", note=f"{sums.callers} callers"),
        f"{name}: error": Figure(round(sums.mean(sums.ours_s), 2), "s"),
        f"{name}: error / app_queue's": Figure(
            _ratio(sums.ours_s, sums.app_queue_s), "", None if name == NARROW else BELOW, round(app_queue, 2)
        ),
        f"{name}: error / (position x AHT / agents)": Figure(
            _ratio(sums.ours_s, sums.queue_length_s), "", 1.0, round(length, 2)
        ),
        f"{name}: ranges that cover, at least": Figure(
            round(covered, 3), "", LEAST_COVERED, at_least=True, note=f"{sums.said} said"
        ),
        f"{name}: ranges that cover, at most": Figure(
            round(covered, 3), "", MOST_COVERED if sums.minutes > NARROWEST_MIN * sums.said else None
        ),
        f"{name}: mean width": Figure(round(sums.minutes / max(1, sums.said), 2), "min"),
        f"{name}: ranges that grow": Figure(sums.grown, "", 0),
    }
    if sums.exact_s:
        figures[f"{name}: error / exact law's"] = Figure(_ratio(sums.ours_s, sums.exact_s), "", EXACT)
    return figures


def _pooled(judgements: list[Judgement]) -> dict[str, Figure]:
    """Each day has the same weight."""
    ours, app_queue, length = (
        sum(sums.mean(getattr(sums, error)) for sums in judgements)
        for error in ("ours_s", "app_queue_s", "queue_length_s")
    )
    return {
        "pooled days: error / app_queue's": Figure(_ratio(ours, app_queue), "", BELOW, round(app_queue, 1)),
        "pooled days: error / (position x AHT / agents)": Figure(_ratio(ours, length), "", BELOW, round(length, 1)),
    }


def _ratio(ours: float, theirs: float) -> float:
    return round(ours / theirs, 3) if theirs else 1.0


if __name__ == "__main__":
    sys.exit(main("Estimated wait", measure))
