"""What callers of the tests do: ring the hotline, press keys at the right moment, and know what they heard."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calls.journey import Language
from prompts.build import static_path
from prompts.catalogue import Catalogue, load_catalogue
from prompts.client import VoiceClient
from prompts.phrase import Phrase, say
from prompts.speech import Speech
from tests.kit.call_centre import CallCentre
from tests.kit.identify import Heard, identify
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

PROMPT_S: Final = 25.0
"""The longest prompt, with those before it, on a busy machine."""
_BEGINNING_S: Final = 1.2
"""Enough of a prompt to know it by."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One call at the hotline."""

    centre: CallCentre
    call: PhoneCall

    async def hears(self, prompt_id: str, language: Language = Language.RU, after: float | None = None) -> Heard:
        """Wait for the beginning of a static prompt. Errors: NotInTime."""
        path = prompt_file(self.centre, say(prompt_id), language)
        return await self._hears(path, prompt_id, _BEGINNING_S, after)

    async def hears_sentence(self, phrase: Phrase, language: Language = Language.RU) -> Heard:
        """Wait for a whole sentence with its values, as the centre's own voice says it. Errors: NotInTime."""
        return await self._hears(prompt_file(self.centre, phrase, language), phrase.prompt_id, None, None)

    async def _hears(self, path: Path, name: str, first_s: float | None, after: float | None) -> Heard:
        async def found() -> Heard | None:
            # On a thread: the telephone's voice must go on at its pace.
            heard = await asyncio.to_thread(identify, self.call.recording(after), [path], first_s)
            return heard[0] if heard else None

        return await eventually(found, PROMPT_S, f"the caller hears {name}", every_s=0.3)

    def heard(self, phrase: Phrase, language: Language = Language.RU) -> bool:
        """Whether the sentence stands in the call so far."""
        return bool(identify(self.call.recording(), [prompt_file(self.centre, phrase, language)]))

    async def keys(self, digits: str) -> None:
        await self.call.press(digits)

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


async def ring(centre: CallCentre, telephone: Telephone, number: str = "+73060009999") -> Caller:
    """Ring the hotline from a number and be answered; the caller hums 440 Hz."""
    call = await telephone.call(centre.sip, centre.hotline, caller_number=number)
    await call.answered(timeout_s=10)
    call.talk(440)
    return Caller(centre, call)


_CATALOGUES: Final[list[Catalogue]] = []


def prompt_file(centre: CallCentre, phrase: Phrase, language: Language) -> Path:
    """The A-law file of a phrase: of the build, or made by the running centre's voice."""
    if not _CATALOGUES:
        _CATALOGUES.append(load_catalogue())
    catalogue = _CATALOGUES[0]
    built = centre.state / "prompts"
    prompt = catalogue.prompt(phrase.prompt_id, language)
    if prompt.static:
        place = static_path(built, prompt)
    else:
        place = Speech(catalogue, built, VoiceClient(centre.state / "run" / "voice.sock")).path(phrase, language)
    return place.with_name(place.name + ".alaw")
