"""When a known prompt began in what a telephone heard."""

import asyncio
from pathlib import Path

from tests.kit.identify import identify
from tests.kit.phone_call import PhoneCall


async def begins_at(call: PhoneCall, prompt: Path, after: float, known_s: float) -> float | None:
    """When the first packet of the prompt (an A-law file) arrived; None when its first `known_s` were not heard.

    Its RTP time stamp follows on the prompt that was cut off and hides the pause: the packet's arrival counts.
    """
    recording, joined, arrivals = call.recording(after), call.joined(after), call.arrivals()
    # On a thread, because the telephone must go on at its pace; what it hears meanwhile comes with the next look.
    heard = await asyncio.to_thread(identify, recording, [prompt], known_s)
    if not heard:
        return None
    places = [position for _, position in joined.places]
    packet = min(range(len(places)), key=lambda at: abs(places[at] - after - heard[0].at_s))
    return [at for at in arrivals if at >= after][packet]
