"""What callers of the tests do: ring the hotline, press keys at the right moment, and know what they heard."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from calls.journey import Language
from prompts.build import static_path
from prompts.catalogue import Catalogue, load_catalogue
from prompts.client import VoiceClient
from prompts.phrase import Phrase, say
from prompts.speech import Speech
from tests.kit.call_centre import CallCentre
from tests.kit.g711 import Samples, decode
from tests.kit.identify import RATE, SURE, Heard, best_match, identify
from tests.kit.kept import forget_habit
from tests.kit.phone_call import PhoneCall
from tests.kit.recording import Joined
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually

PROMPT_S: Final = 25.0
"""The longest prompt, with those before it, on a busy machine."""
_BEGINNING_S: Final = 1.2
"""Enough of a prompt to know it by."""
_PIECES: Final = 3
_LOOK_BACK_S: Final = 4.0
"""A prompt that began while the one before was being waited for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One call at the hotline."""

    centre: CallCentre
    call: PhoneCall

    async def hears(
        self, prompt_id: str, language: Language = Language.RU, after: float | None = None, within_s: float = PROMPT_S
    ) -> Heard:
        """Wait for the beginning of a static prompt; `at_s` in time.monotonic(). Errors: NotInTime."""
        path = prompt_file(self.centre, say(prompt_id), language)
        return await self._hears(path, prompt_id, pieces_of(path, _BEGINNING_S), after, within_s)

    async def hears_sentence(self, phrase: Phrase, language: Language = Language.RU) -> Heard:
        """Wait for a whole sentence with its values, as the centre's own voice says it. Errors: NotInTime."""
        path = prompt_file(self.centre, phrase, language)
        return await self._hears(path, phrase.prompt_id, pieces_of(path, None), None, PROMPT_S)

    async def hears_whole_or_in_pieces(self, phrase: Phrase, language: Language = Language.RU) -> None:
        """Wait for a sentence in either form: beside many others the voice may be late. Errors: NotInTime."""
        ways = [asyncio.ensure_future(way(phrase, language)) for way in (self.hears_sentence, self.hears_in_pieces)]
        try:
            for first in asyncio.as_completed(ways):
                with suppress(NotInTime):
                    await first
                    return
            raise NotInTime(f"neither the whole of {phrase.prompt_id} nor its pieces were heard")
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def hears_in_pieces(self, phrase: Phrase, language: Language = Language.RU) -> Heard:
        """Wait for a whole sentence put together from the build's pieces, as without the voice. Errors: NotInTime."""
        files = _speech(self.centre, Path("/nowhere")).files(phrase, language)
        sounds = await asyncio.to_thread(lambda: [decode(Path(f"{file}.alaw").read_bytes()) for file in files])
        return await self._hears(Path(files[0]), phrase.prompt_id, [np.concatenate(sounds)], None, PROMPT_S)

    async def _hears(self, path: Path, name: str, pieces: list[Samples], after: float | None, within_s: float) -> Heard:
        """One of the pieces, which follow one another, is enough."""
        size = len(pieces[0])
        begun = time.monotonic() if after is None else after

        def listen(sound: Joined) -> Heard | None:
            for number, piece in enumerate(pieces):
                match = best_match(sound.samples, piece)
                if match is not None and match[0] >= SURE:
                    return Heard(path, sound.time_of(round(match[1] * RATE) - number * size), match[0])
            return None

        async def found() -> Heard | None:
            # Only what is new since the last look, with the piece's own length before it; matched on a thread, because
            # the telephone's voice must go on at its pace.
            since = max(begun - (_LOOK_BACK_S if after is None else 0.0), time.monotonic() - size / RATE - _LOOK_BACK_S)
            return await asyncio.to_thread(listen, self.call.joined(since))

        return await eventually(found, within_s, f"the caller hears {name}", every_s=0.3)

    def heard(self, phrase: Phrase, language: Language = Language.RU, since: float | None = None) -> bool:
        """Whether the sentence stands in the call so far (since an instant of time.monotonic())."""
        return bool(identify(self.call.joined(since).samples, [prompt_file(self.centre, phrase, language)]))

    async def keys(self, digits: str) -> None:
        await self.call.press(digits)

    async def greeted(self, language: Language) -> None:
        """To the main menu in this language."""
        await self.hears("welcome")
        if language is Language.EN:
            await self.keys("2")
            await self.hears("menu.main", Language.EN)

    async def identifies(self, account: str, pin: str) -> None:
        """From the main menu: the balance, account number and PIN."""
        await self.hears("welcome")
        await self.keys("1")
        await self.hears("identify.account")
        await self.keys(f"{account}#")
        await self.hears("identify.pin")
        await self.keys(f"{pin}#")

    async def asks_for_agent(self) -> None:
        await self.hears("welcome")
        await self.keys("0")


def pieces_of(path: Path, piece_s: float | None) -> list[Samples]:
    """The first pieces of a prompt, one after another; the whole as the only piece without a length."""
    prompt = decode(path.read_bytes())
    size = len(prompt) if piece_s is None else min(round(piece_s * RATE), len(prompt))
    ends = range(size, min(_PIECES * size, len(prompt)) + 1, size)
    return [prompt[end - size : end] for end in ends]


async def ring(centre: CallCentre, telephone: Telephone, number: str = "+73060009999") -> Caller:
    """Ring the hotline from a number and be answered; the caller hums 440 Hz.

    Each caller is a new one: what an earlier test has made the centre remember of the number is forgotten first.
    """
    await asyncio.to_thread(forget_habit, centre, number)
    call = await telephone.call(centre.sip, centre.hotline, caller_number=number)
    await call.answered(timeout_s=10)
    call.talk(440)
    return Caller(centre, call)


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def _speech(centre: CallCentre, voice: Path) -> Speech:
    return Speech(_catalogue(), centre.state / "prompts", VoiceClient(voice))


def prompt_file(centre: CallCentre, phrase: Phrase, language: Language) -> Path:
    """The A-law file of a phrase: of the build, or made by the running centre's voice."""
    prompt = _catalogue().prompt(phrase.prompt_id, language)
    if prompt.static:
        place = static_path(centre.state / "prompts", prompt)
    else:
        place = _speech(centre, centre.state / "run" / "voice.sock").path(phrase, language)
    return place.with_name(place.name + ".alaw")
