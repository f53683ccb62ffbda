"""Which addresses are never called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.addresses import is_public
from gateways.webhook import Webhook, signature

INTERNAL = [
    "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "", "localhost",
    "0x7f.1", "0.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", INTERNAL)
def test_this_machine_its_network_and_the_metadata_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_open_internet_is(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:", "64:ff9b::"]))
def test_a_wrapped_address_is_judged_as_itself(inner: object, wrap: str) -> None:
    assert is_public(f"{wrap}{inner}") == is_public(str(inner))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https:///x",
        "https://user:word@example.org/",
        "javascript:alert(1)",
    ],
)
def test_only_https_without_a_password(url: str) -> None:
    with pytest.raises(ValueError, match="webhook"):
        Webhook(url, b"x" * 32)


def test_the_signature_is_the_documented_one() -> None:
    """printf '1795424400.{}' | openssl dgst -sha256 -hmac key"""
    found = signature(b"key", 1_795_424_400, b"{}")
    assert found == "v1=eedfae0370d04ab00d094bfc842533bd9cbc51fcf71465a5ef702ad1f23cf716"
