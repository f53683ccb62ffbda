"""What a flow says of an account when it is asked, and how the journey tells of it."""

from dataclasses import dataclass

from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase


@dataclass(frozen=True, slots=True)
class Answer:
    phrases: tuple[Phrase, ...]
    flow: Flow
    choice: Choice
    result: Result
