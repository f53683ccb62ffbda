"""What Asterisk answers to an AGI command, read by our own rules (Asterisk: "AGI Commands").

A reply is `200 result=R`, then perhaps ` (note)` and ` endpos=N`. The note may hold anything a caller or a
variable holds (brackets, the word hangup): it reaches from the first bracket to the last.
"""

import re
from dataclasses import dataclass

_OK = re.compile(r"200 result=(?P<result>[^ ]*)(?: \((?P<note>.*)\))?(?: endpos=(?P<end>\d+))?", re.DOTALL)
HUNG_UP = "-1"


class AgiFault(Exception):
    """Our own mistake or a switch that does not keep to the protocol; the call goes to the rescue."""


class SoundMissing(AgiFault):
    """A prompt's file is not where it should be: a failed build, never silence on the line."""


@dataclass(frozen=True, slots=True)
class AgiReply:
    """`note` is the text in brackets, None without any; `end` the sample at which playing ended."""

    result: str
    note: str | None = None
    end: int | None = None

    def __getitem__(self, name: str) -> tuple[str, str]:
        """`reply["result"]` as pyst2's own methods read it. Raises KeyError for any other name."""
        if name != "result":
            raise KeyError(name)
        return self.result, self.note or ""

    @property
    def key(self) -> str:
        """The key that a command returned as its ASCII code; "" for none. Raises AgiFault for anything else."""
        if self.result in {"", "0"}:
            return ""
        if self.result.isascii() and self.result.isdecimal() and len(self.result) <= 3 and 32 < int(self.result) < 127:
            return chr(int(self.result))
        raise AgiFault("Asterisk answered a key that is none. Check its version against docs/telephony.md.")


def parse_reply(line: str) -> AgiReply:
    """The reply in a line that begins with 200. Raises AgiFault for a line of another form."""
    match = _OK.fullmatch(line)
    if match is None:
        raise AgiFault("Asterisk answered an AGI command in a form we do not know.")
    end = match["end"]
    return AgiReply(match["result"], match["note"], None if end is None else int(end))
