"""Settings of the lines to the outside: the providers' trunks, and what may be dialled over them. docs/settings.md."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from callcentre.settings_values import E164, Network, Port, SecretFile, SettingsTable, Slug
from calls.number_formats import NumberFormat
from calls.outgoing import OutgoingRules
from dialplan import trunks

Most = Annotated[int, Field(ge=0, le=10_000)]


class TrunkLine(SettingsTable):
    """A number of ours at this provider. `language`: the first words; `queue`: who asks for nothing special."""

    number: E164
    language: Literal["", "ru", "en"] = ""
    queue: Slug | None = None


class NamedTrunk(SettingsTable):
    """One provider: `addresses` that its calls come from, `server` that ours go to; with `user` we register there.

    `most_in`, `most_out`: calls at once, 0 for no limit of ours. `order`: 1 is tried first for calls to the outside, 0
    takes none. `from_number`: what a customer sees.
    """

    addresses: tuple[Network, ...] = Field(default=(), strict=False)
    server: str = Field(default="", pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)?$")
    port: Port = 5060
    user: str = Field(default="", pattern=r"^[A-Za-z0-9+_.-]{0,64}$")
    secret_file: SecretFile | None = None
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = Field(default=("alaw", "ulaw"), strict=False)
    numbers: Literal["any", "e164", "plain", "national", "ten"] = "any"
    most_in: Most = 0
    most_out: Most = 0
    order: Annotated[int, Field(ge=0, le=99)] = 0
    from_number: E164 | None = None
    lines: tuple[TrunkLine, ...] = Field(default=(), strict=False, max_length=1000)

    def rendered(self, name: str) -> trunks.Trunk:
        """As Asterisk is told of it, with its secret. Raises OSError."""
        return trunks.Trunk(
            name=name,
            addresses=self.addresses or (self.server,),
            server=self.server,
            port=self.port,
            user=self.user,
            secret=read_secret(self.secret_file) if self.secret_file else "",
            codecs=self.codecs,
            numbers=NumberFormat(self.numbers),
            most_in=self.most_in,
            most_out=self.most_out,
            order=self.order,
            from_number=self.from_number or "",
            lines=tuple(trunks.Line(line.number, line.language, line.queue or "") for line in self.lines),
        )


class Outgoing(SettingsTable):
    """What may be dialled outside (calls.outgoing): limits a day for a user and for a number, `at_once` of all kinds.

    `countries` as ISO 3166 codes; `prefixes` are allowed whatever they cost; `duty` are dialled always.
    """

    countries: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = Field(default=("RU",), strict=False)
    prefixes: tuple[Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")], ...] = Field(default=(), strict=False)
    duty: tuple[E164, ...] = Field(default=(), strict=False)
    per_user: Annotated[int, Field(ge=0, le=100_000)] = 200
    per_number: Annotated[int, Field(ge=0, le=1000)] = 5
    at_once: Annotated[int, Field(ge=0, le=1000)] = 10
    ring_s: Annotated[int, Field(ge=10, le=120)] = 30
    """Longer than a dead provider is waited for (6.4 s), so that the next one is tried."""

    def rules(self) -> OutgoingRules:
        return OutgoingRules(
            frozenset(self.countries), self.prefixes, self.per_user, self.per_number, frozenset(self.duty)
        )


def read_secret(file: str) -> str:
    """The secret in a file of its own, without the end of the line. Raises OSError."""
    return Path(file).read_text("utf-8", errors="replace").strip()
