"""A provider's trunk as Asterisk is told of it: who is let in, where calls go out, how numbers are written. Pure.

1. A trunk is known by the addresses that its calls come from, never by a name that the other side claims.
2. With a user it registers, again and again for ever; a wrong password is tried once a minute.
3. Calls go out over the trunks in their `order`; one without it takes calls in only.
4. The number that a customer sees is the trunk's own: it stands in the endpoint, so that no call can bring another.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final

from calls.number_formats import NumberFormat, is_e164, write_number
from calls.numbers import PhoneNumber

SIMPLE: Final = "trunk"
"""The endpoint of the one trunk of a simple installation, which has addresses and nothing else."""
CODECS: Final = frozenset({"alaw", "ulaw", "g722"})
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_USER: Final = re.compile(r"[A-Za-z0-9+_.-]{1,64}")
_SECRET: Final = re.compile(r"(?!>)[!-:<-\[\]-~]{1,128}")
"""Printable signs without a space; no semicolon and no backslash, which Asterisk's files read otherwise."""


@dataclass(frozen=True, slots=True)
class Line:
    """A number of ours at a trunk, E.164. `language` greets in it, `queue` takes who asks for nothing special."""

    number: str
    language: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Trunk:
    """One provider. `addresses`: IP addresses or networks. `server`: where calls go out and where we register.

    `most_in` and `most_out`: calls at once, 0 for as many as come. `order`: 1 is tried first for outgoing calls, 0 is
    not used for them. `from_number` (E.164): what a customer sees.
    """

    name: str
    addresses: tuple[str, ...]
    server: str = ""
    port: int = 5060
    user: str = ""
    secret: str = field(default="", repr=False)
    codecs: tuple[str, ...] = ("alaw", "ulaw")
    numbers: NumberFormat = NumberFormat.ANY
    most_in: int = 0
    most_out: int = 0
    order: int = 0
    from_number: str = ""
    lines: tuple[Line, ...] = ()
    expires_s: int = 300

    @property
    def endpoint(self) -> str:
        return SIMPLE if self.name == SIMPLE else f"trunk-{self.name}"

    @property
    def context(self) -> str:
        """Where its calls arrive."""
        return f"from-{self.name}"

    @property
    def shown(self) -> str:
        """The number that a customer sees, as this provider writes it."""
        return write_number(PhoneNumber(self.from_number), self.numbers) if self.from_number else "hotline"

    def faults(self) -> list[str]:
        """What could not be written safely, a sentence each."""
        fits = {
            "name (small Latin letters, digits, dashes)": _NAME.fullmatch(self.name) is not None,
            "server (an IP address or host name)": not self.server or _HOST.fullmatch(self.server) is not None,
            "user (Latin letters, digits, + _ . -)": not self.user or _USER.fullmatch(self.user) is not None,
            "secret (1 to 128 signs without spaces, ; and \\)": not self.user
            or _SECRET.fullmatch(self.secret) is not None,
            "codecs (alaw, ulaw, g722)": bool(self.codecs) and CODECS.issuperset(self.codecs),
            "from_number (E.164 with plus)": not self.from_number or is_e164(self.from_number),
            "port (1 to 65535)": 0 < self.port < 65536,
            "addresses": all(_is_network(text) for text in self.addresses),
            "lines": all(_line_fits(line) for line in self.lines),
            "order (an outgoing trunk needs server and from_number)": not self.order
            or bool(self.server and self.from_number),
            "user (a trunk that registers needs server)": not self.user or bool(self.server),
        }
        return [f"The trunk {self.name!r:.40} has an unfit {what}: change it." for what, fit in fits.items() if not fit]


def outgoing(trunks: tuple[Trunk, ...]) -> tuple[Trunk, ...]:
    """The trunks that calls go out by, the first to be tried first."""
    return tuple(sorted((trunk for trunk in trunks if trunk.order), key=lambda trunk: (trunk.order, trunk.name)))


def _line_fits(line: Line) -> bool:
    words = (line.language, line.queue)
    return is_e164(line.number) and all(not word or _NAME.fullmatch(word) for word in words)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
