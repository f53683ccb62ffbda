"""What a queue's calls are usually like: handling time and patience, learnt from every finished call. Pure.

Formulas (design: service-science.md, section 2): the handling time is an exponentially weighted mean of about 500
calls; theta = (abandoned + 2) / (sum of all waits + 2 * 300 s), both sums forgotten with a constant of two hours.
"""

import math
from dataclasses import dataclass
from typing import Final

from acd.metrics import Stay
from calls.clock import EPOCH, Instant
from calls.record import CallOutcome

CALLS_KEPT: Final = 500
FIRST_AHT_S: Final = 210.0
"""Before any call was handled: three minutes of talk and half a minute of record."""
PRIOR_ABANDONED: Final = 2.0
PRIOR_PATIENCE_S: Final = 300.0
FORGOTTEN_S: Final = 7200.0
FIRST_RING_S: Final = 3.0
RINGS_KEPT: Final = 200
LEAST_AHT_S: Final = 1.0


@dataclass(slots=True)
class Habits:
    handled: int = 0
    aht_s: float = FIRST_AHT_S
    ring_s: float = FIRST_RING_S
    """From an agent being free to the caller hearing a voice."""
    abandoned: float = 0.0
    waited_s: float = 0.0
    _rings: int = 0
    _at: Instant = EPOCH

    @property
    def patience_s(self) -> float:
        """1 / theta."""
        return (self.waited_s + PRIOR_ABANDONED * PRIOR_PATIENCE_S) / (self.abandoned + PRIOR_ABANDONED)

    def rang(self, seconds: float) -> None:
        """An agent's telephone rang so long before it was answered."""
        self._rings += 1
        self.ring_s += (max(0.0, seconds) - self.ring_s) / min(self._rings, RINGS_KEPT)

    def learn(self, stay: Stay) -> None:
        """From a finished call, roughly in the order of time."""
        if stay.handle_ms is not None:
            self.handled += 1
            self.aht_s += (stay.handle_ms / 1000 - self.aht_s) / min(self.handled, CALLS_KEPT)
            self.aht_s = max(LEAST_AHT_S, self.aht_s)
        if stay.again or stay.outcome is CallOutcome.REFUSED:
            return
        kept = math.exp(-max(0, stay.enqueued_at - self._at) / 1000 / FORGOTTEN_S) if self._at else 0.0
        self._at = Instant(max(self._at, stay.enqueued_at))
        self.waited_s = self.waited_s * kept + stay.wait_ms / 1000
        self.abandoned = self.abandoned * kept + (stay.outcome is CallOutcome.ABANDONED and not stay.answered)
