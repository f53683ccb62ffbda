"""What staff write in their own words beside a decision: never empty, and short enough to be read. Pure."""

from typing import Final

LONGEST_TEXT: Final = 300


def proper(text: str) -> str:
    """The text without what surrounds it. Raises ValueError when nothing is left, or too much."""
    text = text.strip()
    if not text or len(text) > LONGEST_TEXT:
        raise ValueError(f"Write 1 to {LONGEST_TEXT} signs.")
    return text
