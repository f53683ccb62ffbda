"""What is written for an agent's telephone, and what never is."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan import contract
from dialplan.softphones import AccountOrder, close_account, demo_phone, endpoint, open_account, records

SECRET = "0123456789abcdef"


def test_opening_carries_name_and_secret_and_nothing_else() -> None:
    order = open_account("agent-orlov", SECRET)
    assert order.channel == "Local/open@accounts/n"
    assert order.variables == {contract.ACCOUNT: "agent-orlov", contract.ACCOUNT_SECRET: SECRET}


def test_closing_carries_the_name_only() -> None:
    assert close_account("agent-orlov").variables == {contract.ACCOUNT: "agent-orlov"}


@given(st.text())
def test_no_text_can_leave_its_place(text: str) -> None:
    """A secret or a name that passes holds no sign that AMI, the dialplan or JSON reads otherwise."""
    orders: list[Callable[[], AccountOrder]] = [
        lambda: open_account("agent-a", text),
        lambda: open_account(text, SECRET),
        lambda: close_account(text),
    ]
    for order in orders:
        try:
            values = order().variables.values()
        except ValueError:
            continue
        assert all(re.fullmatch(r"[A-Za-z0-9_-]+", value, re.ASCII) for value in values)


@pytest.mark.parametrize("secret", ["short", "a" * 129, "a,b" * 10, 'a"b' * 10, "a\r\nb" * 10, "${SHELL(id)}......"])
def test_an_unsafe_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="token_urlsafe"):
        open_account("agent-a", secret)


@pytest.mark.parametrize("kind", ["browser", "plain"])
def test_the_records_are_json_with_the_variables_inside(kind: str) -> None:
    options = endpoint("browser" if kind == "browser" else "plain", "127.0.0.1", "ru", 4)
    texts = records(options)
    assert set(texts) == {"aor", "auth", "endpoint"}
    auth, whole = json.loads(texts["auth"]), json.loads(texts["endpoint"])
    assert auth == {"auth_type": "userpass", "username": "${ACCOUNT}", "password": "${ACCOUNT_SECRET}"}
    assert whole["context"] == contract.SOFTPHONE
    assert whole["aors"] == whole["auth"] == "${ACCOUNT}"
    assert json.loads(texts["aor"])["max_contacts"] == "1"
    assert ("webrtc" in whole) == (kind == "browser")


def test_the_demo_telephone_reaches_its_own_context() -> None:
    assert demo_phone("browser", "127.0.0.1", "ru")["context"] == contract.DEMO_PHONE
