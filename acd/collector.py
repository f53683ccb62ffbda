"""The garbage collector of a process that holds a floor.

A step makes some dozens of values and no cycle: they are freed at once, by their count. The collector finds nothing,
yet by its usual settings it looks through all young values every few steps: a tenth of the engine's time.
"""

import gc
from typing import Final

YOUNG: Final = 50_000
"""New values before a look; some hundreds of steps."""


def ease() -> None:
    """Look rarely, and never again at what is there now (the program itself)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
