"""What a flow says of an account when it is asked, and how the journey tells of it."""

from dataclasses import dataclass

from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase


@dataclass(frozen=True, slots=True)
class Answer:
    """`plain`: what is said in place of `phrases` where they cannot be said; empty for nothing."""

    phrases: tuple[Phrase, ...]
    flow: Flow
    choice: Choice
    result: Result
    plain: tuple[Phrase, ...] = ()
