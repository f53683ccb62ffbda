"""One-time codes: how they are made, sealed and judged."""

import pytest

from calls.clock import Instant, after
from customers.accounts import AccountNumber
from customers.codes import LIFE_S, TRIES, CodeCheck, Purpose, is_code, judge, new_code, sealed_code

NOW = Instant(1_795_424_400_000)
KEY = b"k" * 32
ACCOUNT = AccountNumber("4401220170")
SEALED = sealed_code(ACCOUNT, Purpose.IDENTIFY, "048213", KEY)
WRONG = sealed_code(ACCOUNT, Purpose.IDENTIFY, "048214", KEY)
UNTIL = after(NOW, LIFE_S)


def test_a_code_has_six_digits_of_chance() -> None:
    made = {new_code() for _ in range(200)}
    assert all(is_code(code) for code in made)
    assert len(made) > 190


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "123456\n"])
def test_what_is_no_code(text: str) -> None:
    assert not is_code(text)


def test_the_seal_differs_by_account_purpose_digits_and_key() -> None:
    others = {
        WRONG,
        sealed_code(AccountNumber("4401220171"), Purpose.IDENTIFY, "048213", KEY),
        sealed_code(ACCOUNT, Purpose.PIN_RESET, "048213", KEY),
        sealed_code(ACCOUNT, Purpose.IDENTIFY, "048213", b"l" * 32),
    }
    assert len(others) == 4
    assert SEALED not in others
    assert b"048213" not in SEALED
    with pytest.raises(ValueError, match="at least 32"):
        sealed_code(ACCOUNT, Purpose.IDENTIFY, "048213", b"short")


@pytest.mark.parametrize(
    ("told", "tries", "at", "check"),
    [
        (SEALED, 0, NOW, CodeCheck.RIGHT),
        (SEALED, TRIES - 1, NOW, CodeCheck.RIGHT),
        (SEALED, TRIES, NOW, CodeCheck.NO_CODE),
        (SEALED, 0, UNTIL, CodeCheck.EXPIRED),
        (WRONG, 0, UNTIL, CodeCheck.EXPIRED),
        (WRONG, 0, NOW, CodeCheck.WRONG),
        (WRONG, TRIES - 1, NOW, CodeCheck.NO_TRIES),
        (WRONG, TRIES, NOW, CodeCheck.NO_CODE),
    ],
)
def test_a_try_is_judged(told: bytes, tries: int, at: Instant, check: CodeCheck) -> None:
    assert judge(SEALED, told, UNTIL, tries, at) is check
