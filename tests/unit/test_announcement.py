"""What `./run` prints when everything runs: all that a stranger needs, in 100 columns."""

from pathlib import Path

import pytest

from callcentre.announcement import WIDTH, announcement
from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.prepare import sign_ins
from callcentre.settings import Places, Settings
from callcentre.settings_file import served_at
from customers import demo
from staff import demo as staff_demo
from staff.roles import Role


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(Settings(), Places(Path("/state"), Path("/cache")), Keys(tmp_path))


def test_addresses_and_hotline(installation: Installation) -> None:
    text = "\n".join(announcement(installation))
    for said in (
        "http://127.0.0.1:8000/",
        "http://127.0.0.1:8000/phone",
        "88000000000",
        "127.0.0.1:5060/udp",
        "127.0.0.11",
        "Ctrl-C",
    ):
        assert said in text


@pytest.mark.parametrize("role", Role)
def test_every_sign_in_of_every_role_with_its_password(installation: Installation, role: Role) -> None:
    text = " ".join(" ".join(announcement(installation)).split())
    passwords = sign_ins(installation.keys)
    people = [user.login for user in staff_demo.USERS if user.role is role]
    assert people
    for login in people:
        assert f"{login} {passwords[login]}" in text


def test_every_fixed_caller_with_account_pin_and_telephone(installation: Installation) -> None:
    lines = announcement(installation)
    for one in demo.FIXED:
        assert any(
            all(word in line for word in (one.number, one.pin, one.phone, one.word.replace("_", " "))) for line in lines
        )


def test_it_fits_a_screen(installation: Installation) -> None:
    lines = announcement(installation)
    assert max(len(line) for line in lines) <= WIDTH
    assert len(lines) <= 34


def test_without_the_demo_no_secret_is_printed(installation: Installation) -> None:
    bare = installation.settings.model_copy(
        update={"demo": installation.settings.demo.model_copy(update={"enabled": False})}
    )
    text = "\n".join(announcement(Installation(bare, installation.places, installation.keys)))
    assert "orlov" not in text
    assert demo.IN_DEBT.pin not in text
    assert "/phone" not in text


def test_served_elsewhere_the_authority_is_named(installation: Installation) -> None:
    served = served_at(installation.settings, "192.0.2.7")
    text = "\n".join(announcement(Installation(served, installation.places, installation.keys)))
    assert "https://192.0.2.7:8000/" in text
    assert "/state/keys/tls/authority.pem" in text
