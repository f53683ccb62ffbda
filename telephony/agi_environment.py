"""What Asterisk tells at the start of a FastAGI session, read with bounds: nothing after it is trusted more."""

from collections.abc import Mapping

from calls.clock import Instant
from calls.ids import CallId, NodeId, is_slug
from calls.journey import Language
from calls.numbers import parse_number
from dialplan.contract import ENQUEUED, HINT, LANGUAGE, PRIORITY, QUEUE
from ivr.channel import Arrival
from telephony.line_reader import LineReader, TooLong

LINE_LIMIT = 4096
"""Longest line in bytes; Asterisk cuts a caller's name at 79."""
LINES_LIMIT = 64
"""Most lines; Asterisk 22 sends 21 and one for each argument, of which we give none."""
_LATEST = 2**45
"""An instant in the year 3084: above it a variable is no instant."""
_PRIORITY_LIMIT_S = 86_400
_DIALLED = frozenset("0123456789+*#")


class BadEnvironment(Exception):
    """The peer does not speak as Asterisk does; the message says how, never what was sent."""


def read_environment(reader: LineReader, deadline: float) -> dict[str, str]:
    """The `agi_...` lines up to the empty one. Raises BadEnvironment, TimeoutError, OSError."""
    environment: dict[str, str] = {}
    for _ in range(LINES_LIMIT):
        try:
            raw = reader.line(deadline, LINE_LIMIT)
        except TooLong:
            raise BadEnvironment("a line is longer than the limit") from None
        if raw is None:
            raise BadEnvironment("the connection was closed in the headers")
        if not raw:
            return environment
        if b"\r" in raw or b"\0" in raw:
            raise BadEnvironment("a line holds CR or NUL")
        name, colon, value = raw.decode("utf-8", errors="replace").partition(":")
        if not colon or not name.startswith("agi_"):
            raise BadEnvironment("a line is no AGI header")
        environment.setdefault(name, value.strip(" "))
    raise BadEnvironment("more lines than the limit")


def arrival(
    environment: Mapping[str, str], variables: Mapping[str, str], node: NodeId, call_id: CallId, at: Instant
) -> Arrival:
    """The call as the self-service sees it. Whatever is unbelievable counts as absent; nothing here raises."""
    queue = variables.get(QUEUE, "")
    enqueued = _whole(variables.get(ENQUEUED, ""), _LATEST)
    hint = variables.get(HINT, "")
    return Arrival(
        call_id=call_id,
        node=node,
        channel=environment.get("agi_channel", ""),
        leg=environment.get("agi_uniqueid", ""),
        caller_number=parse_number(environment.get("agi_callerid", "")),
        dialled=_dialled(environment),
        language=_language(variables.get(LANGUAGE, ""), environment.get("agi_language", "")),
        at=at,
        enqueued_at=None if enqueued is None else Instant(enqueued),
        queue=queue if is_slug(queue) else None,
        extension=environment.get("agi_extension", ""),
        priority_s=_whole(variables.get(PRIORITY, ""), _PRIORITY_LIMIT_S) or 0,
        hint=hint if is_slug(hint) else None,
    )


def _dialled(environment: Mapping[str, str]) -> str:
    number = environment.get("agi_dnid", "")
    return number if len(number) <= 32 and set(number) <= _DIALLED else ""


def _language(*candidates: str) -> Language:
    for candidate in candidates:
        if candidate in {language.value for language in Language}:
            return Language(candidate)
    return Language.RU


def _whole(text: str, largest: int) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        return None
    return int(text) if 0 < int(text) <= largest else None
