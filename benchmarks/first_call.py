"""What a caller and an agent wait for, beside plain Asterisk doing the same: `python -m benchmarks.first_call`.

Two nodes run at once and are measured in turns: ours (IVR over FastAGI, the engine, agent first) and a plain one whose
dialplan plays the same files and whose app_queue serves the same kind of telephone. Milliseconds, medians of `ROUNDS`.

  answer -> first prompt      200 OK of the hotline to the first sound
  key -> next prompt          the end of a key press to the first sound of another prompt
  free -> ring                an agent gets ready (the queue's member unpaused) while one caller waits, to the INVITE
  answer -> both hear         the agent's 200 OK to the other's tone on both legs
  ring -> card painted        the INVITE at the desk's page to the caller's card on the screen (Asterisk has none)
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Figures, main, median
from benchmarks.heard import begins_at
from benchmarks.painted import ring_to_card
from customers.demo import IN_DEBT
from dialplan.contract import RESCUE_QUEUE
from dialplan.trunks import SIMPLE, Trunk
from tests.kit.asterisk import AsteriskNode
from tests.kit.bare_ami import BareAmi, bare_ami
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.desk_agent import DeskAgent
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.timeline import Step
from tests.kit.waiting import eventually

ROUNDS: Final = 7
CALLER_HZ: Final = 440
AGENT_HZ: Final = 1000
ACCOUNT: Final = "agent-plain"
SECRET: Final = "only-for-this-benchmark"
WAITS_S: Final = 2.0
"""So long a caller has waited in app_queue when the agent gets ready."""
_BEGINNING_S: Final = 0.8
PLAIN: Final = """
[{arrival}](+)
exten => 100,1,Answer()
 same => n,Goto(plain-menu,s,1)
exten => 200,1,Answer()
 same => n,Queue(rescue,c,,,60)
 same => n,Hangup()
exten => 300,1,Set(ACCOUNT={account})
 same => n,Set(ACCOUNT_SECRET={secret})
 same => n,Goto(accounts,open,1)
[plain-menu]
exten => s,1,Background({prompts}/ru/welcome)
 same => n,WaitExten(20)
exten => 1,1,Playback({prompts}/ru/identify.account)
 same => n,Hangup()
"""


@dataclass(slots=True)
class Times:
    """Seconds of each round."""

    first_prompt: list[float] = field(default_factory=list)
    next_prompt: list[float] = field(default_factory=list)
    ring: list[float] = field(default_factory=list)
    both_hear: list[float] = field(default_factory=list)
    card: list[float] = field(default_factory=list)


async def tone_at(call: PhoneCall, hz: int, after: float) -> float:
    """When the first packet of this tone arrived after `after`."""
    return await call.hear(8, after=after, frequency_hz=hz)


async def menu_round(times: Times, call: PhoneCall, following: Path) -> None:
    """From the answer to the first prompt, then one key to the beginning of the prompt `following`."""
    answered = call.timeline.first(Step.ANSWERED) or 0.0
    times.first_prompt.append(await call.hear(8, after=answered) - answered)
    pressed = await call.press("1")

    begins = await eventually(lambda: begins_at(call, following, pressed, _BEGINNING_S), 8, "the next prompt", 0.2)
    times.next_prompt.append(begins - pressed)


async def our_round(centre: CallCentre, provider: Telephone, agent: DeskAgent, times: Times) -> None:
    menu = await ring(centre, provider)
    await menu_round(times, menu.call, centre.prompt("ru", "identify.account"))
    await menu.call.hang_up()

    one = await ring(centre, provider, IN_DEBT.phone)
    await agent.not_ready("break")
    await one.asks_for_agent()
    await one.hears("queue.connecting")
    ready_at = time.monotonic()
    await agent.post("/desk/ready")
    talk = await agent.phone.incoming(timeout_s=5)
    times.ring.append((talk.timeline.first(Step.INVITED) or 0.0) - ready_at)
    await answer_round(times, one.call, talk)
    await one.call.hang_up()
    await talk.ended(timeout_s=5)
    await agent.end_wrap_up()


async def answer_round(times: Times, caller: PhoneCall, talk: PhoneCall) -> None:
    talk.talk(AGENT_HZ)
    answered = time.monotonic()
    talk.answer()
    heard = await asyncio.gather(tone_at(caller, AGENT_HZ, answered), tone_at(talk, CALLER_HZ, answered))
    times.both_hear.append(max(heard) - answered)


async def plain_round(
    node: AsteriskNode, ami: BareAmi, provider: Telephone, agent: Telephone, times: Times, following: Path
) -> None:
    menu = await provider.call(node.server, "100", caller_number="+73060009999")
    menu.talk(CALLER_HZ)
    await menu.answered(timeout_s=5)
    await menu_round(times, menu, following)
    await menu.hang_up()

    one = await provider.call(node.server, "200", caller_number="+73060009999")
    one.talk(CALLER_HZ)
    await one.answered(timeout_s=5)
    await asyncio.sleep(WAITS_S)
    member = {"Queue": RESCUE_QUEUE, "Interface": f"PJSIP/{ACCOUNT}"}
    ready_at = time.monotonic()
    await ami.act("QueuePause", {**member, "Paused": "false"})
    talk = await agent.incoming(timeout_s=10)
    times.ring.append((talk.timeline.first(Step.INVITED) or 0.0) - ready_at)
    await answer_round(times, one, talk)
    await ami.act("QueuePause", {**member, "Paused": "true"})
    await one.hang_up()
    await talk.ended(timeout_s=5)


async def all_rounds() -> tuple[Times, Times]:
    ours, plain = Times(), Times()
    with CallCentre.fresh("127.37.1") as centre, plain_node(centre) as node:
        following = centre.prompt("ru", "identify.account")
        async with (
            Telephone(centre.trunk, name="provider") as provider,
            Telephone("127.37.2.11", name="plain-provider") as plain_provider,
            Telephone("127.37.2.21", name="plain-agent") as plain_agent,
            bare_ami(node.config) as ami,
            DeskAgent.signed_in(centre, "orlov", "127.37.1.21") as agent,
        ):
            await agent.ready()
            opening = await plain_provider.call(node.server, "300")
            await opening.ended(timeout_s=5)
            await plain_agent.register(node.server, ACCOUNT, SECRET)
            member = {"Queue": RESCUE_QUEUE, "Interface": f"PJSIP/{ACCOUNT}", "Paused": "true"}
            await ami.act("QueueAdd", {**member, "StateInterface": f"PJSIP/{ACCOUNT}"})
            for _ in range(ROUNDS):
                await our_round(centre, provider, agent, ours)
                await plain_round(node, ami, plain_provider, plain_agent, plain, following)
    ours.card = await ring_to_card(ROUNDS)
    return ours, plain


def plain_node(centre: CallCentre) -> AsteriskNode:
    """An Asterisk that does by dialplan alone what ours does, with the same sound files."""
    extensions = PLAIN.format(
        arrival=Trunk(SIMPLE, ()).context, prompts=centre.state / "prompts", account=ACCOUNT, secret=SECRET
    )
    return AsteriskNode.fresh("127.37.2.2", trunk="127.37.2.11", extra_extensions=extensions, agi_port=14574)


def measure() -> Figures:
    ours, plain = asyncio.run(all_rounds())

    def figure(mine: list[float], peers: list[float], limit_ms: float) -> Figure:
        peer = round(median(peers) * 1000, 1) if peers else None
        return Figure(round(median(mine) * 1000, 1), "ms", limit_ms, peer)

    return {
        "answer to first prompt": figure(ours.first_prompt, plain.first_prompt, 150),
        "key to next prompt": figure(ours.next_prompt, plain.next_prompt, 300),
        "agent free to ring": figure(ours.ring, plain.ring, 50),
        "agent's answer to both hear": figure(ours.both_hear, plain.both_hear, 150),
        "ring to card painted": figure(ours.card, [], 300),
    }


if __name__ == "__main__":
    sys.exit(main("The first call", measure))
