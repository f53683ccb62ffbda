"""What a browser's telephone hears: the sound of its last call, tapped in the page, at 8 kHz."""

import base64
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from playwright.async_api import Page

from tests.kit.callers import pieces_of
from tests.kit.g711 import RATE, SILENT_RMS, Samples, decode, rms
from tests.kit.identify import SURE, best_match
from tests.kit.waiting import eventually

_PIECE_S: Final = 1.2
"""A browser stretches what it hears to its own clock, so a long sentence is told piece by piece. Measured over Opus:
the right pieces 0.82 to 0.96, wrong ones below 0.4."""
_STRETCH_S: Final = 0.4

_LISTEN = """
() => {
  const track = window.peers.at(-1).getReceivers().map((one) => one.track).find((one) => one?.kind === "audio");
  const context = new AudioContext({ sampleRate: 48000 });
  const tap = context.createScriptProcessor(16384, 1, 1);
  window.heard = [];
  tap.onaudioprocess = (event) => {
    const sound = event.inputBuffer.getChannelData(0);
    const piece = new Int16Array(sound.length);
    sound.forEach((value, at) => (piece[at] = Math.max(-1, Math.min(1, value)) * 32767));
    window.heard.push(btoa(String.fromCharCode(...new Uint8Array(piece.buffer))));
  };
  context.createMediaStreamSource(new MediaStream([track])).connect(tap);
  tap.connect(context.destination);
}
"""
_TAKE = "() => window.heard.splice(0)"


class BrowserEar:
    """Listens from `listen` on; the page has the script of tests.kit.pages and is in a call."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._heard: Samples = np.zeros(0, np.int16)

    @classmethod
    async def listen(cls, page: Page) -> "BrowserEar":
        await page.evaluate(_LISTEN)
        return cls(page)

    async def samples(self) -> Samples:
        """All that was heard so far."""
        for piece in await self._page.evaluate(_TAKE):
            wide = np.frombuffer(base64.b64decode(piece), np.int16).astype(np.float64)
            whole = wide[: len(wide) // 6 * 6].reshape(-1, 6).mean(axis=1)
            self._heard = np.concatenate((self._heard, whole.astype(np.int16)))
        return self._heard

    async def forget(self) -> None:
        """What was heard so far counts no more: a sentence is found in one hearing, not in the best parts of two."""
        await self.samples()
        self._heard = np.zeros(0, np.int16)

    async def hears(self, prompt: Path, timeout_s: float = 25.0) -> None:
        """Wait for the beginning of a prompt (one of its first pieces). Errors: NotInTime."""

        async def found() -> bool:
            recording = await self.samples()
            return any(_place(recording, piece) is not None for piece in pieces_of(prompt, _PIECE_S))

        await eventually(found, timeout_s, f"the browser hears {prompt.name}", every_s=0.5)

    async def hears_all(self, prompt: Path, timeout_s: float = 25.0) -> None:
        """Wait for a whole sentence: each of its pieces, one after another. Errors: NotInTime."""
        pieces = _cut(prompt)

        async def found() -> bool:
            recording = await self.samples()
            places = [_place(recording, piece) for piece in pieces]
            return all(
                after is not None and before is not None and abs(after - before - _PIECE_S) < _STRETCH_S
                for before, after in pairwise(places)
            )

        await eventually(found, timeout_s, f"the browser hears all of {prompt.name}", every_s=0.5)

    async def hears_music(self, tracks: Iterable[Path], timeout_s: float = 15.0) -> None:
        """Wait until the last second of what is heard stands in one of these pieces of music (8 kHz wav)."""
        known = [np.frombuffer(track.read_bytes()[44:], np.int16) for track in tracks]

        async def found() -> bool:
            last = (await self.samples())[-RATE:]
            return rms(last) > SILENT_RMS and any(_place(track, last) is not None for track in known)

        await eventually(found, timeout_s, "the browser hears music", every_s=0.5)


def _cut(prompt: Path) -> list[Samples]:
    sentence, size = decode(prompt.read_bytes()), round(_PIECE_S * RATE)
    return [sentence[at : at + size] for at in range(0, len(sentence) - size + 1, size)]


def _place(recording: Samples, piece: Samples) -> float | None:
    """Where a piece surely stands in a recording, in seconds."""
    match = best_match(recording, piece)
    return match[1] if match is not None and match[0] >= SURE else None
