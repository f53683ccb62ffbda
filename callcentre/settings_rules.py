"""What must hold between the settings of a file that are each right by themselves. Pure.

1. Of our ports no two are equal on one address.
2. The range of media has room for a call and does not cover the SIP port, which is UDP at the same address.
3. Where browsers of other machines are served, the media is at an address that they reach.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import combinations

from callcentre.settings import Settings

PORTS_A_CALL = 4
"""Media and its control, for the caller's and the agent's leg."""


@dataclass(frozen=True, slots=True)
class Broken:
    """`keys`: the settings that do not fit together, `listen.port`; `text` says what is wrong and what to do."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class OwnPort:
    """One port that we listen on: the setting that names it, where it is, and whether it is UDP."""

    key: str
    address_key: str
    address: str
    port: int
    udp: bool = False


def own_ports(settings: Settings) -> tuple[OwnPort, ...]:
    """Every single port of ours; the range of media is not among them."""
    node, inside = settings.asterisk, settings.ivr.address
    return (
        OwnPort("listen.port", "listen.address", settings.listen.address, settings.listen.port),
        OwnPort("asterisk.sip_port", "asterisk.address", node.address, node.sip_port, udp=True),
        OwnPort("asterisk.ami_port", "ivr.address", inside, node.ami_port),
        OwnPort("asterisk.http_port", "ivr.address", inside, node.http_port),
        OwnPort("ivr.port", "ivr.address", inside, settings.ivr.port),
    )


def broken_rules(settings: Settings) -> Iterator[Broken]:
    """Each rule that these settings break."""
    yield from _equal_ports(settings)
    yield from _media_ports(settings)
    if _far(settings.listen.address) and not _far(settings.asterisk.address) and settings.telephones.kind == "browser":
        yield Broken(
            ("listen.address", "asterisk.address"),
            f"listen.address serves browsers of other machines, which cannot reach the media at "
            f"{settings.asterisk.address}. Set asterisk.address to {settings.listen.address} too",
        )


def _equal_ports(settings: Settings) -> Iterator[Broken]:
    for one, other in combinations(own_ports(settings), 2):
        if (one.address, one.port) == (other.address, other.port):
            where = {one.address_key, other.address_key}
            keys = (one.key, other.key, *(where if len(where) > 1 else ()))
            text = f"{one.key} and {other.key} are both {one.port} at {one.address}. Give each a port of its own"
            yield Broken(keys, text)


def _media_ports(settings: Settings) -> Iterator[Broken]:
    node = settings.asterisk
    keys = ("asterisk.rtp_first", "asterisk.rtp_last")
    if node.rtp_last - node.rtp_first < PORTS_A_CALL - 1:
        yield Broken(
            keys,
            f"asterisk.rtp_first {node.rtp_first} to asterisk.rtp_last {node.rtp_last} has no room for one call. "
            f"Widen it, {PORTS_A_CALL} ports a call",
        )
    elif node.rtp_first <= node.sip_port <= node.rtp_last:
        yield Broken(
            ("asterisk.sip_port", *keys),
            f"asterisk.sip_port {node.sip_port} is inside the range of media. Move one of them",
        )


def _far(address: str) -> bool:
    return not ip_address(address).is_loopback
