"""A caller pays out of a talk with an agent, by real calls: who hears what, who sees what, and who is lost: nobody."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from calls.journey import Language
from customers.demo import FIRM, IN_DEBT, OVERPAID, TRUSTED, DemoAccount
from prompts.phrase import say
from tests.asterisk.conftest import Agents
from tests.asterisk.test_payment_calls import (
    CARD,
    CVV,
    MONTH,
    POOR,
    SETTINGS,
    balance,
    hears_what_was_paid,
    keys_card,
    nowhere,
)
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.desk_agent import DeskAgent
from tests.kit.g711 import SILENT_RMS, rms
from tests.kit.phone_call import PhoneCall
from tests.kit.talks import CALLER_HZ, hear_each_other
from tests.kit.telephone import Telephone
from tests.kit.tone import share_of, touch_tones
from tests.kit.waiting import eventually

pytestmark = pytest.mark.timeout(300)
RU, EN = Language.RU, Language.EN
_LOOK_S: Final = 0.15


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(1), more=SETTINGS) as running:
        yield running


class Talk:
    """A caller of this account who talks with an agent."""

    def __init__(self, one: Caller, agent: DeskAgent, leg: PhoneCall, account: DemoAccount) -> None:
        self.one = one
        self.agent = agent
        self.leg = leg
        self.account = account

    async def begins_to_pay(self, language: Language = RU) -> None:
        await self.agent.post("/desk/pay", account=self.account.number)
        await self.one.hears("pay.out_of_talk", language)

    async def sees(self, part: str, **words: Any) -> dict[str, Any]:
        """The agent's page shows this of `paying` or `paid`."""

        async def shown() -> dict[str, Any] | None:
            found: dict[str, Any] | None = (await self.agent.state())[part]
            return found if found is not None and words.items() <= found.items() else None

        return await eventually(shown, 20, f"the page shows {part}: {words}", every_s=_LOOK_S)

    async def hears_music(self) -> None:
        """Something, and not the caller: half a second of it."""

        def music() -> bool:
            samples = self.leg.recording(time.monotonic() - 0.5)
            return len(samples) >= 3200 and rms(samples) > SILENT_RMS and share_of(samples, CALLER_HZ) < 0.2

        await eventually(music, 10, "the agent hears music", every_s=_LOOK_S)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[list[tuple[str, int]]]:
        """What the page shows inside, as (step, keyed)."""
        seen: list[tuple[str, int]] = []

        async def look() -> None:
            while True:
                paying = (await self.agent.state())["paying"]
                if paying is not None and (now := (paying["step"], paying["keyed"])) not in seen:
                    seen.append(now)
                await asyncio.sleep(_LOOK_S)

        task = asyncio.create_task(look())
        try:
            yield seen
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def pays_the_debt_by_card(self, language: Language = RU) -> None:
        """To the number of the card: the whole debt, and no link."""
        await self.one.hears_whole_or_in_pieces(say("pay.debt", amount=-self.account.balance), language)
        await self.one.keys("1")
        await self.one.hears_whole_or_in_pieces(say("pay.by_card", key=1), language)
        await self.one.keys("1")

    async def end(self) -> None:
        await self.one.call.hang_up()
        await self.leg.ended(timeout_s=5)
        await self.agent.end_wrap_up()


async def talking(
    centre: CallCentre, caller: Telephone, agents: Agents, account: DemoAccount, language: Language = RU
) -> Talk:
    agent = await agents("orlov")
    one = await ring(centre, caller, account.phone)
    await one.greeted(language)
    await one.keys("0")
    leg = await agent.phone.incoming(timeout_s=20)
    leg.answer()
    await hear_each_other(one.call, leg)
    return Talk(one, agent, leg, account)


async def test_the_agent_hears_music_sees_counts_and_has_the_caller_back(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    talk = await talking(centre, caller, agents, TRUSTED)
    since = time.monotonic()
    await talk.begins_to_pay()
    await talk.hears_music()
    await talk.pays_the_debt_by_card()
    async with talk.watched() as seen:
        await keys_card(talk.one, RU)
        await hears_what_was_paid(centre, talk.one, TRUSTED, RU)
        paid = await talk.sees("paid", result="paid")
    assert paid["receipt"].isdigit()
    steps = list(dict.fromkeys(step for step, _ in seen))
    assert [step for step in steps if step.startswith("card_")] == ["card_number", "card_month", "card_cvv"]
    counts = [keyed for step, keyed in seen if step == "card_number"]
    assert counts == sorted(counts)
    assert len(counts) > 3
    assert max(counts) <= len(CARD)
    heard = talk.leg.recording(since)
    assert talk.leg.digits_received == ""
    assert touch_tones(heard) == ""
    await hear_each_other(talk.one.call, talk.leg)
    assert (await talk.agent.state())["paying"] is None
    await talk.end()
    assert balance(centre, TRUSTED.number) == 0
    await nowhere(centre, CARD)


async def test_in_english_the_agent_calls_the_caller_back_and_the_second_card_is_refused(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    talk = await talking(centre, caller, agents, IN_DEBT, EN)
    await talk.begins_to_pay(EN)
    await talk.pays_the_debt_by_card(EN)
    await talk.one.hears("pay.card_number", EN)
    await talk.one.keys(CARD[:9])
    await talk.sees("paying", step="card_number", keyed=9)
    await talk.agent.post("/desk/pay/back")
    await hear_each_other(talk.one.call, talk.leg)
    await talk.sees("paid", result="stopped")
    await talk.begins_to_pay(EN)
    await talk.pays_the_debt_by_card(EN)
    await keys_card(talk.one, EN, POOR)
    await talk.one.hears("pay.declined_funds", EN)
    await talk.sees("paid", result="declined")
    await hear_each_other(talk.one.call, talk.leg)
    assert talk.leg.digits_received == ""
    await talk.end()
    assert balance(centre, IN_DEBT.number) == IN_DEBT.balance
    await nowhere(centre, CARD, POOR)


async def test_a_caller_who_rings_off_in_the_middle(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    talk = await talking(centre, caller, agents, OVERPAID)
    await talk.begins_to_pay()
    await talk.one.hears("pay.roubles")
    await talk.one.call.hang_up()
    await talk.leg.ended(timeout_s=5)
    await talk.sees("paid", result="hung_up")
    assert (await talk.agent.state())["duty"] == "wrap_up"
    await talk.agent.end_wrap_up()


async def test_an_agent_who_rings_off_in_the_middle(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    """The payment goes on, its end is heard, and then whoever wants an agent has the next one."""
    talk = await talking(centre, caller, agents, FIRM)
    await talk.begins_to_pay()
    await talk.pays_the_debt_by_card()
    await talk.one.hears("pay.card_number")
    await talk.leg.hang_up()
    other = await agents("zueva")
    await talk.one.keys(f"{CARD}#{MONTH}#{CVV}#")
    await hears_what_was_paid(centre, talk.one, FIRM, RU)
    await talk.one.hears("pay.agent_gone")
    await talk.agent.end_wrap_up()
    await talk.agent.not_ready("break")
    await talk.one.keys("1")
    leg = await other.phone.incoming(timeout_s=20)
    leg.answer()
    await hear_each_other(talk.one.call, leg)
    await talk.one.call.hang_up()
    await leg.ended(timeout_s=5)
    await other.end_wrap_up()


@pytest.mark.parametrize("process", ["acd", "ivr"])
async def test_a_process_killed_in_the_middle(
    centre: CallCentre, caller: Telephone, agents: Agents, process: str
) -> None:
    """Without the engine the payment goes on, without the self-service it ends: the caller comes back to the agent."""
    talk = await talking(centre, caller, agents, OVERPAID)
    await talk.begins_to_pay()
    await talk.one.hears("pay.roubles")
    centre.kill(process)
    if process == "acd":
        await talk.one.keys("10#")
        await talk.one.hears("pay.kopecks")
        await talk.one.keys("0#")
        await talk.one.hears_whole_or_in_pieces(say("pay.amount", amount=1000))
        await talk.one.keys("*")
        await talk.one.hears("pay.left")
    await hear_each_other(talk.one.call, talk.leg)
    await talk.sees("paid", result="left" if process == "acd" else "cut")
    await talk.end()
