"""The recorded day once more: the same messages through the engine of today, compared with what was decided then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from acd.engine import step
from acd.events import Message, Refused
from acd.floor import Floor
from acd.logged import Logged, decisions
from simulation.errors import LogGap


@dataclass(frozen=True, slots=True)
class Difference:
    """The first message that was decided otherwise; `then` is the log's word, `now` this program's."""

    version: int
    message: Message
    then: str
    now: str


def replay(floor: Floor, log: Iterable[Logged]) -> Iterator[tuple[Logged, Difference | None]]:
    """Tell the floor every message of the log, in order; ends after the first difference. Raises LogGap.

    Compared are the version that the floor reaches, a refusal with its reason, and every decision in its order.
    """
    for logged in log:
        if logged.version != floor.version + 1:
            raise LogGap(
                f"The log has no entries between versions {floor.version} and {logged.version}: Redis has lost commits "
                "there. Replay a later day; it begins at a later copy of the floor."
            )
        done = step(floor, logged.message)
        refusal = str(done.answer.reason) if isinstance(done.answer, Refused) else ""
        then = _told(True, logged.refusal, logged.decisions)
        now = _told(done.taken, refusal, None if logged.decisions is None else decisions(done.effects))
        if then != now:
            yield logged, Difference(logged.version, logged.message, then, now)
            return
        yield logged, None


def _told(taken: bool, refusal: str, decided: str | None) -> str:
    if not taken:
        return "nothing happens"
    if refusal:
        return f"refused: {refusal}"
    return decided or "no decision"
