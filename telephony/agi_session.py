"""One FastAGI conversation: pyst2's AGI with its sharp edges taken off (docs/telephony.md lists them).

Rules: bytes in and out; every argument is quoted; a value with CR, LF or NUL never leaves; the caller's end, in
whatever form it comes (-1, HANGUP, 511, EOF, a reset), is CallerHungUp, after which nothing more is sent;
nothing that passes here is ever logged.
"""

import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence

from asterisk.agi import AGI

from dialplan.contract import NEXT
from ivr.channel import CallerHungUp
from telephony.agi_reply import HUNG_UP, AgiFault, AgiReply, SoundMissing, parse_reply
from telephony.line_reader import LineReader, TooLong

REPLY_LIMIT = 65_536
"""Longest reply in bytes."""
REPLY_GRACE_S = 15.0
"""How much longer than the command itself its reply may take before the switch counts as dead."""
_SEPARATOR = "|"
_FORBIDDEN = re.compile(r"[\r\n\0]")


class Quoted(str):
    """A piece of a command that is quoted already."""

    __slots__ = ()


class CallAgi(AGI):
    """An AGI session over a connected socket, the environment already read (telephony.agi_environment)."""

    def __init__(
        self,
        connection: socket.socket,
        reader: LineReader,
        environment: Mapping[str, str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        # AGI.__init__ is not called: it sets a signal, which only the main thread may, and writes to stderr.
        self.env = dict(environment)
        self._connection = connection
        self._reader = reader
        self._monotonic = monotonic
        self._gone = False

    def execute(self, command: str, *arguments: object, lasts_s: float = 0.0) -> AgiReply:
        """Send a command and read its reply.

        `lasts_s` is how long the command itself may take. Raises CallerHungUp, AgiFault.
        """
        reply = self._exchange(command, arguments, lasts_s)
        if reply.result == HUNG_UP:
            self._gone = True
            raise CallerHungUp
        return reply

    def _exchange(self, command: str, arguments: Sequence[object], lasts_s: float) -> AgiReply:
        if self._gone:
            raise CallerHungUp
        try:
            self.send_command(command, *arguments)
            return self._reply(self._monotonic() + lasts_s + REPLY_GRACE_S)
        except CallerHungUp:
            self._gone = True
            raise
        except TimeoutError:
            self._gone = True
            raise AgiFault(f"No answer to {command} in time. Is Asterisk frozen?") from None
        except OSError:
            self._gone = True
            raise CallerHungUp from None

    def send_command(self, command: str, *arguments: object) -> None:
        """Write one command. Raises AgiFault before anything is written when an argument could start a second one."""
        line = " ".join([command, *(self._quote(argument) for argument in arguments)])
        self._connection.settimeout(REPLY_GRACE_S)
        self._connection.sendall(line.encode("utf-8", errors="replace") + b"\n")

    def _reply(self, deadline: float) -> AgiReply:
        """Read one reply; 100 (Trying) is read over."""
        while True:
            line = self._line(deadline)
            code = line[:3]
            if code == "100":
                continue
            if line.startswith("HANGUP") or code == "511":
                raise CallerHungUp
            if code == "200":
                return parse_reply(line)
            if line.startswith("520-"):
                self._read_usage(deadline)
            if code in {"510", "520"}:
                raise AgiFault(f"Asterisk refused an AGI command ({code}). This is our mistake: see docs/telephony.md.")
            raise AgiFault("Asterisk sent a line that is no AGI reply.")

    def _read_usage(self, deadline: float) -> None:
        """Read over the usage text of a 520, which ends with a line `520 End of proper usage.`"""
        for _ in range(100):
            if self._line(deadline).startswith("520 "):
                return
        raise AgiFault("The usage text of a 520 has no end.")

    def _line(self, deadline: float) -> str:
        try:
            line = self._reader.line(deadline, REPLY_LIMIT)
        except TooLong:
            raise AgiFault(f"Asterisk sent a reply of more than {REPLY_LIMIT} bytes.") from None
        if line is None:
            raise CallerHungUp
        return line.decode("utf-8", errors="replace")

    def _quote(self, value: object) -> Quoted:
        """The value in double quotes, its own quotes and backslashes escaped. Raises AgiFault for CR, LF or NUL."""
        if isinstance(value, Quoted):
            return value
        text = str(value)
        if _FORBIDDEN.search(text):
            raise AgiFault("A value for Asterisk holds a line break or NUL. Clean it where it came in.")
        return Quoted('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')

    def stream_file(self, filename: str, escape_digits: str = "", lasts_s: float = 60.0) -> str:
        """Play a file named without its extension; the key of `escape_digits` that ended it, or "".

        Asterisk answers a missing file as it answers a hangup, -1, but at sample 0 and with the caller still there.
        Raises CallerHungUp, SoundMissing.
        """
        reply = self._exchange("STREAM FILE", (filename, escape_digits), lasts_s)
        if reply.result == HUNG_UP and reply.end == 0:
            self.execute("CHANNEL STATUS")  # the caller has gone: raises CallerHungUp
            raise SoundMissing("Asterisk cannot play a prompt. Run: callcentre prompts build")
        if reply.result == HUNG_UP:
            self._gone = True
            raise CallerHungUp
        return reply.key

    def record_voice(self, filename: str, longest_s: float) -> bool:
        """Record the caller as A-law until any key or the time; False: Asterisk could not write. Raises CallerHungUp.

        Any key ends it, so that no tone of a key is ever in the sound.
        """
        milliseconds = round(longest_s * 1000)
        reply = self._exchange("RECORD FILE", (filename, "alaw", "0123456789*#", milliseconds), longest_s)
        if reply.note in {"writefile", "randomerror"}:
            return False
        if reply.result == HUNG_UP or reply.note == "hangup":
            self._gone = True
            raise CallerHungUp
        return True

    def wait_for_digit(self, timeout: int = 2000) -> str:
        """The next key within `timeout` milliseconds, or ""."""
        return self.execute("WAIT FOR DIGIT", timeout, lasts_s=timeout / 1000).key

    def get_data(
        self, filename: str, timeout: int = 2000, max_digits: int = 255, lasts_s: float = 60.0
    ) -> tuple[str, bool]:
        """Play a file and gather keys; `timeout` in ms after the last one. The keys, and whether time ran out."""
        reply = self.execute("GET DATA", filename, timeout, max_digits, lasts_s=lasts_s + max_digits * timeout / 1000)
        return reply.result, reply.note == "timeout"

    def database_get(self, family: str, key: str) -> str | None:
        """The text kept in Asterisk's own database, None when there is none."""
        reply = self.execute("DATABASE GET", family, key)
        return reply.note if reply.result == "1" else None

    def get_variable(self, name: str) -> str:
        """A channel variable, "" when unset; also when its value is the word hangup."""
        return self.execute("GET VARIABLE", name).note or ""

    def get_variables(self, names: Sequence[str]) -> dict[str, str]:
        """Several channel variables at once, "" when unset: each command that is no listening may cost a key.

        A value that holds the separator makes them be asked for one by one.
        """
        asked = _SEPARATOR.join(f"${{{name}}}" for name in names)
        values = (self.execute("GET FULL VARIABLE", asked).note or "").split(_SEPARATOR)
        if len(values) != len(names):
            return {name: self.get_variable(name) for name in names}
        return dict(zip(names, values, strict=True))

    def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable; "" clears it."""
        self.execute("SET VARIABLE", name, value)

    def finish(self, next_step: str, variables: Mapping[str, str]) -> None:
        """Set the channel's variables and, as the last command of all, where the dialplan goes on (contract.NEXT)."""
        for name, value in variables.items():
            self.set_variable(name, value)
        self.set_variable(NEXT, next_step)
