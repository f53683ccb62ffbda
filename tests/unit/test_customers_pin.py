"""What is hashed of a PIN."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import demo
from customers.accounts import AccountNumber
from customers.pin import is_pin, is_weak, sealed_pin

KEY = bytes(range(32))
ACCOUNT = AccountNumber("4401220170")
DIGITS = st.text("0123456789", min_size=4, max_size=6)


def test_it_is_the_hmac_of_account_and_pin() -> None:
    assert sealed_pin(ACCOUNT, "4821", KEY) == hmac.new(KEY, b"4401220170\x004821", hashlib.sha256).digest()


@given(one=DIGITS, other=DIGITS)
def test_equal_only_for_equal_pins_of_one_account_and_key(one: str, other: str) -> None:
    assert (sealed_pin(ACCOUNT, one, KEY) == sealed_pin(ACCOUNT, other, KEY)) == (one == other)
    assert sealed_pin(ACCOUNT, one, KEY) != sealed_pin(AccountNumber("4401220188"), one, KEY)
    assert sealed_pin(ACCOUNT, one, KEY) != sealed_pin(ACCOUNT, one, bytes(32))


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_taken(text: str) -> None:
    assert len(sealed_pin(AccountNumber(text), text, KEY)) == 32


@pytest.mark.parametrize("key", [b"", bytes(31)])
def test_a_short_key_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        sealed_pin(ACCOUNT, "4821", key)


@pytest.mark.parametrize("text", ["4821", "000000", "12345"])
def test_four_to_six_digits_are_a_pin(text: str) -> None:
    assert is_pin(text)


@pytest.mark.parametrize("text", ["", "123", "1234567", "12a4", "１２３４", "1234\n", " 1234"])
def test_anything_else_is_none(text: str) -> None:
    assert not is_pin(text)


@pytest.mark.parametrize(
    "pin",
    [
        "0000",
        "7777",
        "999999",
        "1234",
        "4321",
        "3456",
        "9012",
        "2109",
        "123456",
        "654321",
        "1212",
        "121212",
        "123123",
        "1122",
        "112233",
        "1984",
        "2001",
        "2026",
        "2580",
        "4401",
        "0170",
        "20170",
        "1044",
        "0710",
    ],
)
def test_what_would_be_tried_first_is_weak(pin: str) -> None:
    assert is_weak(pin, ACCOUNT)


@pytest.mark.parametrize("pin", ["4821", "5936", "70642", "863094", "1235", "1124", "2358"])
def test_others_are_not(pin: str) -> None:
    assert not is_weak(pin, ACCOUNT)


def test_the_demo_has_no_weak_pin_and_most_pins_may_be_chosen() -> None:
    assert not [account.number for account in demo.FIXED if is_weak(account.pin, account.number)]
    weak = [pin for pin in range(10_000) if is_weak(f"{pin:04}", ACCOUNT)]
    assert len(weak) < 500, "a rule that refuses too many leaves too few to guess"
