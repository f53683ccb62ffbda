"""What single settings may be: addresses, ports, names, telephone numbers, files. Each check says what to write."""

import stat
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calls.ids import is_slug
from calls.number_formats import is_e164
from calls.zones import checked_zone


def _ip(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError:
        raise ValueError("this is no IP address; write four numbers such as 192.0.2.10") from None


def one_address(text: str) -> str:
    """The text when it is the IPv4 address of one machine. Raises ValueError."""
    address = _ip(text)
    if address.version == 6:
        raise ValueError("IPv6 is not served; write an IPv4 address")
    if address.is_unspecified or address.is_multicast or text == "255.255.255.255":
        raise ValueError("this is no address of one machine; write the one address that is meant")
    return text


def _network(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError("this is no IP address or network; write 192.0.2.10 or 192.0.2.0/24") from None
    if network.version == 6:
        raise ValueError("IPv6 is not served; write an IPv4 address")
    if network.prefixlen < 16:
        raise ValueError("so many addresses are no provider's; write the networks that it names")
    return text


def _loopback(text: str) -> str:
    if not _ip(one_address(text)).is_loopback:
        raise ValueError("other machines could reach this; write a loopback address such as 127.0.0.1")
    return text


def _slug(text: str) -> str:
    if not is_slug(text):
        raise ValueError("use small Latin letters, digits and dashes, at most 32, a letter first")
    return text


def _e164(text: str) -> str:
    if not is_e164(text):
        raise ValueError("write the whole number with plus and country, without spaces: +78001234567")
    return text


def _secret_file(text: str) -> str:
    """The path of a file that holds a secret and that nobody else can read."""
    path = Path(text)
    if not path.is_absolute():
        raise ValueError("write the whole path, from / on")
    try:
        status = path.stat()
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror}); write the secret into it, alone on one line") from None
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("this is no file; write the secret into one, alone on one line")
    if status.st_mode & 0o077:
        raise ValueError("others may read it; chmod 600 it")
    return text


Address = Annotated[str, AfterValidator(one_address)]
Network = Annotated[str, AfterValidator(_network)]
Loopback = Annotated[str, AfterValidator(_loopback)]
Port = Annotated[int, Field(ge=1, le=65535)]
Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(checked_zone)]
E164 = Annotated[str, AfterValidator(_e164)]
SecretFile = Annotated[str, AfterValidator(_secret_file)]


class SettingsTable(BaseModel):
    """One table of the file: unknown keys are faults, values are never converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
