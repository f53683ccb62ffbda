"""What the processes of a running call centre said last: shown beside a test that failed."""

from typing import Final

from tests.kit.call_centre import CallCentre

_SHOWN: Final = ("acd", "acd-2", "ivr", "desktop")
_LINES: Final = 25


def last_words(centre: CallCentre) -> list[tuple[str, str]]:
    """Title and text, of each of our processes and of Asterisk."""
    words = [(f"the end of the log of {name}", _end(centre.log(name))) for name in _SHOWN]
    messages = centre.state / "asterisk" / "log" / "messages.log"
    if messages.exists():
        words.append(("the end of Asterisk's messages", _end(messages.read_text("utf-8", "replace"))))
    return words


def _end(text: str) -> str:
    return "\n".join(text.splitlines()[-_LINES:])
