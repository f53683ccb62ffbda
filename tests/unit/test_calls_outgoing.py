"""Which numbers may be dialled outside, and how often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.ids import new_call_id
from calls.numbers import PhoneNumber
from calls.outgoing import (
    OutgoingCall,
    OutgoingKind,
    OutgoingRules,
    Refusal,
    count_refusal,
    number_refusal,
)

RULES = OutgoingRules(per_user=2, per_number=1, duty=frozenset({"+442079460018"}), prefixes=("+3752",))


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("+79161234567", None),
        ("+74951234567", None),
        ("+78001234567", None),
        ("+78091234567", Refusal.COSTLY),
        ("+442079460019", Refusal.FOREIGN),
        ("+442079460018", None),
        ("+77012345678", Refusal.FOREIGN),
        ("+375291234567", None),
        ("+375171234567", Refusal.FOREIGN),
        ("+881612345678", Refusal.FOREIGN),
        ("+7916123456", Refusal.NO_NUMBER),
        ("+70001234567", Refusal.NO_NUMBER),
        ("89161234567", Refusal.NO_NUMBER),
        ("79161234567", Refusal.NO_NUMBER),
        ("112", Refusal.NO_NUMBER),
        ("", Refusal.NO_NUMBER),
        ("+7916123456७", Refusal.NO_NUMBER),
        ("+79161234567\n", Refusal.NO_NUMBER),
        ("+79161234567&PJSIP/x", Refusal.NO_NUMBER),
    ],
)
def test_only_ordinary_numbers_at_home_unless_allowed(number: str, refusal: Refusal | None) -> None:
    assert number_refusal(number, RULES) is refusal


@given(st.text(max_size=40) | st.from_regex(r"\+[0-9]{0,20}[\x00-\x7f]{0,5}"))
def test_what_is_let_through_is_a_plus_and_digits_only(text: str) -> None:
    if number_refusal(text, RULES) is None:
        assert text[0] == "+"
        assert set(text[1:]) <= set("0123456789")
        assert 8 <= len(text) <= 16


def test_limits_count_the_calls_before() -> None:
    call_id = new_call_id()
    call = OutgoingCall(f"{call_id}-1", OutgoingKind.OUTSIDE, PhoneNumber("+79161234567"), "user:anna", call_id)
    assert count_refusal(call, 1, 0, RULES) is None
    assert count_refusal(call, 2, 0, RULES) is Refusal.USER_LIMIT
    assert count_refusal(call, 1, 1, RULES) is Refusal.NUMBER_LIMIT
    duty = OutgoingCall(f"{call_id}-2", OutgoingKind.OUTSIDE, PhoneNumber("+442079460018"), "user:anna", call_id)
    assert count_refusal(duty, 9, 9, RULES) is None
