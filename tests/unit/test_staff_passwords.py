"""What a password must be."""

import pytest

from calls.ids import AgentId
from staff.passwords import LONGEST, SHORTEST, fault_of

ANNA = AgentId("anna")


@pytest.mark.parametrize("password", ["три слова и точка", "correct horse battery", "a1a1a1-другие знаки"])
def test_a_few_words_will_do(password: str) -> None:
    assert fault_of(password, ANNA) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", f"{SHORTEST} to {LONGEST} characters; this one has 0"),
        ("короткий", "this one has 8"),
        ("abcdefgh" * 129, "this one has 1032"),
        ("Anna-и-другие-слова", "login"),
        ("ababababababab", "repeats"),
        ("три слова\nи строка", "control characters"),
    ],
)
def test_what_is_refused_and_why(password: str, why: str) -> None:
    assert why in (fault_of(password, ANNA) or "")
