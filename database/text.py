"""Text as the databases can keep it. PostgreSQL knows no U+0000 and neither knows half a surrogate pair."""

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD for every character that cannot be stored. Hostile caller names hold such."""
    return _UNSTORABLE.sub("\ufffd", text)
