"""What callers of the tests do: ring the hotline, press keys at the right moment, and know what they heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.kit.call_centre import CallCentre
from tests.kit.identify import Heard, identify
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

_PROMPT_S: Final = 15.0
"""The longest prompt, with room for a busy machine."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One call at the hotline. `centre` knows which prompts there are."""

    centre: CallCentre
    call: PhoneCall

    async def hears(self, prompt_id: str, language: str = "ru", after: float | None = None) -> Heard:
        """Wait until this static prompt stands in what was heard. Errors: NotInTime."""
        path = self.centre.prompt(language, prompt_id)

        def found() -> Heard | None:
            return next(iter(identify(self.call.recording(after), [path])), None)

        return await eventually(found, _PROMPT_S, f"the caller hears {language}/{prompt_id}", every_s=0.25)

    def heard(self, files: Sequence[Path]) -> list[Heard]:
        """Which of these files stand in the whole call, in order of time."""
        return identify(self.call.recording(), files)


async def ring(centre: CallCentre, telephone: Telephone, number: str = "+73060009999") -> Caller:
    """Ring the hotline from a number and be answered."""
    call = await telephone.call(centre.sip, centre.hotline, caller_number=number)
    await call.answered(timeout_s=5)
    call.talk(440)
    return Caller(centre, call)
