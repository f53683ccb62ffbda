"""Which addresses a gateway may speak to: never this machine, its network or the cloud's metadata. Pure.

A webhook's address is written by an administrator, its name is resolved by whoever owns the name: the resolved address
is checked, and the connection goes to that very address, so that a second answer of the name server changes nothing.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_NAT64: Final = ip_network("64:ff9b::/96")
"""IPv4 inside of IPv6 (RFC 6052)."""


def is_public(text: str) -> bool:
    """Whether the address is one of the open internet; an IPv4 address that is wrapped in IPv6 is judged as itself."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
