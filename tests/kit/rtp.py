"""RTP (RFC 3550) packets and a telephone's media stream: 20 ms of A-law, touch tones as RFC 4733 events."""

import asyncio
import random
import struct
from collections import deque
from dataclasses import dataclass
from typing import Final

from tests.kit.g711 import FRAME, SILENCE
from tests.kit.recording import Recording
from tests.kit.sdp import ALAW, EVENTS
from tests.kit.udp import Address, UdpSocket

FRAME_S: Final = 0.02
DIGITS: Final = "0123456789*#ABCD"
_LATE_FRAMES: Final = 10
"""Packets that are caught up when the machine stalled; a longer stall is skipped in time, as a telephone would."""
_VOLUME: Final = 10
_MAX_DIGITS: Final = 128
_MAX_KEY_FRAMES: Final = 3000
_STALL_S: Final = 15.0
"""Keys take their own time and, on a machine that stands still, this much more."""


class LineClosed(RuntimeError):
    """The call has no media (any more)."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet without its extension and padding."""

    payload_type: int
    sequence: int
    timestamp: int
    source: int
    payload: bytes
    marker: bool = False


def pack(packet: Packet) -> bytes:
    """The datagram of a packet."""
    kind = packet.payload_type | (0x80 if packet.marker else 0)
    return struct.pack("!BBHII", 0x80, kind, packet.sequence, packet.timestamp, packet.source) + packet.payload


def parse(datagram: bytes) -> Packet | None:
    """The packet in a datagram, None when it is not RTP."""
    if len(datagram) < 12 or datagram[0] >> 6 != 2:
        return None
    first, kind, sequence, timestamp, source = struct.unpack("!BBHII", datagram[:12])
    start = 12 + 4 * (first & 15)
    if first & 0x10:
        if len(datagram) < start + 4:
            return None
        start += 4 + 4 * int(struct.unpack("!H", datagram[start + 2 : start + 4])[0])
    end = len(datagram) - (datagram[-1] if first & 0x20 else 0)
    return Packet(kind & 127, sequence, timestamp, source, datagram[start:end], bool(kind & 0x80))


@dataclass(frozen=True, slots=True)
class _KeyFrame:
    digit: int
    frames: int
    """Of 20 ms since the key went down, this one included."""
    last: bool
    done: asyncio.Future[None] | None
    """Of the press that this frame completes."""


class MediaStream:
    """Sends at an exact pace on the event loop's timer and records what comes. No task of its own."""

    def __init__(self, ip: str, keep_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = UdpSocket(ip, 0, self._receive)
        self.address: Final = self._socket.address
        self.recording: Final = Recording(keep_s)
        self.remote: Address | None = None
        self.events = EVENTS
        self.sent = 0
        self.received = 0
        self.digits: deque[str] = deque(maxlen=_MAX_DIGITS)
        """Touch tones that the other side sent as events."""
        self._last_event = -1
        self._alaw: bytes | None = SILENCE
        self._played = 0
        self._source = random.getrandbits(32)
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._key_start = 0
        self._talkspurt = True
        self._keys: deque[_KeyFrame | None] = deque()
        """One entry a packet; None is the gap after a key, in which sound goes out."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begin to send; silence unless something is played. A second start changes nothing."""
        if self._timer is None and self._socket.open:
            self._due = self._loop.time()
            self._tick()

    def play(self, alaw: bytes | None) -> None:
        """Repeat these A-law bytes from now on; None sends nothing at all."""
        self._alaw, self._played, self._talkspurt = alaw or None, 0, True

    async def press(self, digits: str, ms: int, gap_ms: int) -> None:
        """Send keys one after another; returns when the last is up, its gap follows by itself.

        Errors: LineClosed when the call ends first; ValueError for a key that no telephone has,
        TimeoutError on a machine that stands still.
        """
        if unknown := set(digits) - set(DIGITS):
            raise ValueError(f"no such keys: {sorted(unknown)}")
        if self._timer is None or not self._socket.open:
            raise LineClosed("keys can be pressed while media flows: after the answer, before the end")
        held, gap = max(1, round(ms / 20)), max(1, round(gap_ms / 20))
        if not digits or len(self._keys) + len(digits) * (held + gap) > _MAX_KEY_FRAMES:
            raise ValueError(f"from 1 key to {_MAX_KEY_FRAMES * FRAME_S:g} s of keys at once")
        done = self._loop.create_future()
        for at, digit in enumerate(digits):
            for n in range(1, held + 1):
                final = n == held and at == len(digits) - 1
                self._keys.append(_KeyFrame(DIGITS.index(digit), n, n == held, done if final else None))
            self._keys += [None] * gap
        async with asyncio.timeout(len(self._keys) * FRAME_S + _STALL_S):
            await done

    def close(self) -> None:
        """Stop both ways; the recording stays."""
        if self._timer is not None:
            self._timer.cancel()
        self._socket.close()
        for key in self._keys:
            if key is not None and key.done is not None and not key.done.done():
                key.done.set_exception(LineClosed("the call ended while keys were pressed"))
        self._keys.clear()

    def _tick(self) -> None:
        missed = int((self._loop.time() - self._due) / FRAME_S)
        if missed > _LATE_FRAMES:
            self._advance(missed)
        while self._due <= self._loop.time() and self._socket.open:
            self._frame()
            self._advance(1)
        if self._socket.open:
            self._timer = self._loop.call_at(self._due, self._tick)

    def _advance(self, frames: int) -> None:
        self._due += frames * FRAME_S
        self._timestamp = (self._timestamp + frames * FRAME) % (1 << 32)

    def _frame(self) -> None:
        key = self._keys.popleft() if self._keys else None
        if key is not None:
            self._send_key(key)
        elif self._alaw is not None:
            piece = (self._alaw[self._played :] + self._alaw * (FRAME // len(self._alaw) + 1))[:FRAME]
            self._played = (self._played + FRAME) % len(self._alaw)
            self._send(ALAW, piece, self._timestamp, marker=self._talkspurt)
            self._talkspurt = False

    def _send_key(self, key: _KeyFrame) -> None:
        if key.frames == 1:
            self._key_start = self._timestamp
        end = 0x80 if key.last else 0
        event = struct.pack("!BBH", key.digit, end | _VOLUME, key.frames * FRAME)
        for _ in range(3 if key.last else 1):  # RFC 4733, 2.5.1.4: the end is sent three times
            self._send(self.events, event, self._key_start, marker=key.frames == 1)
        self._talkspurt = True
        if key.done is not None and not key.done.done():
            key.done.set_result(None)

    def _send(self, payload_type: int, payload: bytes, timestamp: int, *, marker: bool) -> None:
        if self.remote is None:
            return
        self._sequence = (self._sequence + 1) % (1 << 16)
        packet = Packet(payload_type, self._sequence, timestamp, self._source, payload, marker)
        self._socket.send(pack(packet), self.remote)
        self.sent += 1

    def _receive(self, datagram: bytes, sender: Address, arrived: float) -> None:
        packet = parse(datagram)
        if packet is None:
            return
        if packet.payload_type == ALAW:
            self.received += 1
            self.recording.add(packet.payload, packet.source, packet.sequence, packet.timestamp, arrived)
        elif packet.payload_type == self.events and len(packet.payload) >= 4:
            self._hear_key(packet)

    def _hear_key(self, packet: Packet) -> None:
        if packet.timestamp != self._last_event and packet.payload[0] < len(DIGITS):
            self._last_event = packet.timestamp
            self.digits.append(DIGITS[packet.payload[0]])
