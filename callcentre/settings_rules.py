"""What must hold between the settings of a file that are each right by themselves. Pure.

1. Of our ports no two are equal on one address.
2. The range of media has room for a call and does not cover the SIP port, which is UDP at the same address.
3. Where browsers of other machines are served, the media is at an address that they reach.
4. A trunk is known by addresses that no other trunk has, and has what it needs to register and to dial out.
5. What an alert is sent by is whole: a webhook has its secret and speaks https, mail has a sender and recipients.
6. A gateway for SMS has its login and sender, and is encrypted unless it is on this machine.
6. Cards are charged by an acquirer that is whole: the sandbox belongs to the demo, YooKassa has its shop and key.
7. A node has a name, an address and a way to it that no other node and no trunk has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import combinations, product

from callcentre.settings import Settings
from callcentre.settings_trunks import NamedTrunk

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
        OwnPort("monitor.port", "ivr.address", inside, settings.monitor.port),
        *_acquirer_port(settings),
        *(OwnPort("ivr.spare_ports", "ivr.address", inside, port) for port in settings.ivr.spare_ports),
    )


def _acquirer_port(settings: Settings) -> Iterator[OwnPort]:
    if settings.acquirer == "sandbox":
        yield OwnPort("payments.port", "ivr.address", settings.ivr.address, settings.payments.port)


def broken_rules(settings: Settings) -> Iterator[Broken]:
    """Each rule that these settings break."""
    yield from _equal_ports(settings)
    yield from _media_ports(settings)
    yield from _trunks(settings)
    yield from _sending(settings)
    yield from _sms(settings)
    yield from _power_back(settings)
    yield from _payments(settings)
    yield from _nodes(settings)
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


def _trunks(settings: Settings) -> Iterator[Broken]:
    if settings.trunks and "addresses" in settings.trunk.model_fields_set:
        yield Broken(
            ("trunk.addresses",),
            "trunk.addresses is for an installation without [trunks.NAME]. Write them as addresses of a trunk with a "
            "name, [trunks.provider], and remove them here",
        )
    for name, trunk in settings.trunks.items():
        yield from _one_trunk(name, trunk)
    for (one, first), (other, second) in combinations(settings.trunks.items(), 2):
        for mine, theirs in product(networks(first), networks(second)):
            if ip_network(mine).overlaps(ip_network(theirs)):
                text = f"trunks {one} and {other} both take calls from {mine}. Nothing else tells them apart: make one"
                yield Broken((f"trunks.{one}", f"trunks.{other}"), text)


def _nodes(settings: Settings) -> Iterator[Broken]:
    seen: dict[tuple[str, str], str] = {}
    for name, node in settings.nodes.items():
        here = f"nodes.{name}"
        if name == settings.asterisk.node:
            text = f"{here} has the name of this machine's node, asterisk.node. Name one of them otherwise"
            yield Broken((here, "asterisk.node"), text)
        if node.address == settings.asterisk.address:
            yield Broken((f"{here}.address", "asterisk.address"), f"{here} has this machine's address. Write its own")
        for key, value in (("address", node.address), ("ami_address", f"{node.ami_address}:{node.ami_port}")):
            if (other := seen.setdefault((key, value), name)) != name:
                yield Broken((f"{here}.{key}",), f"{here} and nodes.{other} have one {key}. Give each its own")
        for trunk, its in settings.trunks.items():
            if any(ip_address(node.address) in ip_network(network) for network in networks(its)):
                text = f"{here} has an address of trunks.{trunk}: its calls would be the provider's. Correct one"
                yield Broken((f"{here}.address",), text)


def networks(trunk: NamedTrunk) -> tuple[str, ...]:
    """Where this trunk's calls come from; nothing when it is not said or not known."""
    if trunk.addresses or not _is_address(trunk.server):
        return trunk.addresses
    return (trunk.server,)


def _one_trunk(name: str, trunk: NamedTrunk) -> Iterator[Broken]:
    here = f"trunks.{name}"
    if not networks(trunk):
        yield Broken((here,), f"{here} has no addresses. Write the IP addresses that this provider's calls come from")
    if not trunk.codecs:
        yield Broken((f"{here}.codecs",), f"{here} speaks nothing. Name codecs, or remove the key for the default")
    if trunk.user and not trunk.server:
        yield Broken((f"{here}.user",), f"{here} registers nowhere. Write its server, or remove user")
    if trunk.user and trunk.secret_file is None:
        said = f"{here} has no secret. Write the password into a file, chmod 600 it, and name it as secret_file"
        yield Broken((f"{here}.user",), said)
    if trunk.order and not (trunk.server and trunk.from_number and trunk.numbers != "any"):
        said = f"{here} cannot dial out. Write its server, from_number and numbers, or remove order"
        yield Broken((f"{here}.order",), said)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _sending(settings: Settings) -> Iterator[Broken]:
    alerts, mail = settings.alerts, settings.mail
    if alerts.webhook_url and not alerts.webhook_secret_file:
        yield Broken(
            ("alerts.webhook_url", "alerts.webhook_secret_file"),
            "alerts.webhook_url has no secret to sign with. Set alerts.webhook_secret_file to a file of 32 bytes",
        )
    if alerts.webhook_url.startswith("http:") and not alerts.webhook_internal:
        yield Broken(("alerts.webhook_url",), "alerts.webhook_url is not encrypted. Write it as https://")
    if mail.host and not (mail.sender and mail.recipients):
        yield Broken(
            ("mail.host", "mail.sender", "mail.recipients"),
            "mail.host is set, but not from whom and to whom. Set mail.sender and mail.recipients",
        )
    if mail.user and not mail.password_file:
        yield Broken(("mail.user", "mail.password_file"), "mail.user has no password. Set mail.password_file")
    if mail.host and not mail.starttls and not _is_here(mail.host):
        yield Broken(
            ("mail.starttls", "mail.host"),
            "mail.starttls is off for a relay that is not on this machine. Set it to true",
        )


def _sms(settings: Settings) -> Iterator[Broken]:
    sms = settings.sms
    if not sms.host:
        return
    needed = {"system_id": sms.system_id, "password_file": sms.password_file, "sender": sms.sender}
    if missing := [f"sms.{key}" for key, value in needed.items() if not value]:
        yield Broken(("sms.host", *missing), f"sms.host is set without {' and '.join(missing)}. Set what is missing")
    if not sms.tls and not _is_here(sms.host):
        yield Broken(
            ("sms.tls", "sms.host"),
            "sms.tls is off for a gateway that is not on this machine: codes would be read on the way. Set it to true, "
            "or end a tunnel to the provider at 127.0.0.1",
        )


def _power_back(settings: Settings) -> Iterator[Broken]:
    mine, all_of_us = settings.power_back.at_once, settings.outgoing.at_once
    if "at_once" in settings.power_back.model_fields_set and mine * 2 > all_of_us:
        yield Broken(
            ("power_back.at_once", "outgoing.at_once"),
            f"power_back.at_once {mine} is more than half of outgoing.at_once {all_of_us}: callbacks would find no "
            "line. Lower the one or raise the other",
        )


def _payments(settings: Settings) -> Iterator[Broken]:
    payments = settings.payments
    if payments.gateway == "sandbox" and not settings.demo.enabled:
        yield Broken(
            ("payments.gateway", "demo.enabled"),
            "payments.gateway is the sandbox, which takes no money, in an installation that is no demo. "
            'Set it to "none" or to a real acquirer',
        )
    if payments.gateway == "yookassa":
        lacking = [key for key in ("yookassa_shop", "yookassa_key_file", "receipt_email") if not getattr(payments, key)]
        for key in lacking:
            text = f"payments.gateway is YooKassa, which needs payments.{key}. Set it as docs/payments.md says"
            yield Broken(("payments.gateway", f"payments.{key}"), text)


def _is_here(host: str) -> bool:
    return host == "localhost" or host.startswith("127.")


def _far(address: str) -> bool:
    return not ip_address(address).is_loopback
