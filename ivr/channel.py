"""The line to one caller, as a flow sees it. telephony.agi_channel is the real one, tests have a scripted one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from calls.clock import Instant
from calls.ids import CallId, NodeId
from calls.journey import Language
from calls.numbers import PhoneNumber
from prompts.phrase import Phrase

ALL_KEYS = "0123456789*#"
T = TypeVar("T")


class CallerHungUp(Exception):
    """The caller has gone, or was taken to an agent: a flow just ends. Never logged as an error."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call at the moment the self-service sees it. `channel` and `leg` name it inside the switch `node`.

    `caller_name` is what the other side wrote: hostile, never spoken, stored or logged.
    `enqueued_at` is set when the call comes back (from the rescue, from a menu while waiting):
    it is not welcomed again.
    """

    call_id: CallId
    node: NodeId
    channel: str
    leg: str
    caller_number: PhoneNumber | None
    dialled: str
    language: Language
    at: Instant
    enqueued_at: Instant | None = None
    queue: str | None = None
    priority_s: int = 0
    hint: str | None = None
    """The queue of who dialled a line of its own and asks for nothing special."""
    extension: str = ""
    """The dialplan's extension; of a refusal it says why (calls.refusal)."""


class Channel(Protocol):
    """Raises CallerHungUp from any method once the caller has gone."""

    @property
    def language(self) -> Language: ...

    def speak(self, language: Language) -> None:
        """Play what follows in this language."""

    def play(self, phrases: Sequence[Phrase], stop_keys: str = ALL_KEYS, ahead: int = 0) -> str:
        """Play phrases one after another. A key of `stop_keys` ends it at once and is returned; "" when played out.

        Keys outside `stop_keys` are swallowed. Raises PromptsError, before anything is heard, for what cannot be said.
        The first `ahead` phrases are played while the sounds of the others, a long text, are still being made; what
        cannot be said of those is raised after them.
        """

    def wait_key(self, timeout_s: float) -> str:
        """The next key, or "" when none came within `timeout_s`."""

    def pause(self, lasts_s: float, phrases: Sequence[Phrase] = ()) -> None:
        """Let time pass, at least as long as `phrases` last, which any key cuts short; keys are kept, as `meanwhile`.

        It holds nothing but the call's own session and ends when the caller rings off.
        """

    def meanwhile(self, work: Callable[[], T]) -> T:
        """Do `work`, which may take long, while the line is listened to; its result, or what it raises.

        Keys pressed in that time are kept for what is played or awaited next: Asterisk forgets a key that nobody
        waits for. When the caller rings off, `work` still runs to its end, unseen.
        """

    def record(self, place: str, longest_s: float) -> bool:
        """Record the caller into the file of this path (A-law, without its extension) until a key or `longest_s`.

        The key is swallowed and no part of the sound. False: it could not be written. What was said before the caller
        rang off lies there when CallerHungUp is raised.
        """

    def protect(self, on: bool) -> None:
        """While on, an agent who answers waits instead of taking the caller out of this step (keyed card data)."""
