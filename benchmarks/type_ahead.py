"""Keys pressed ahead through three menus: `python -m benchmarks.type_ahead`.

100 calls to the whole call centre, from numbers that may hear the balance. Each presses 1 (account), 2 (details) and
1 (payments) before any menu is heard: the first key at a moment of its own within the first second after the answer,
the others as fast as a finger can, or with pauses that let them fall into whatever is done meanwhile. A call is good
when the payments are heard and its record says that they were told.
"""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

from benchmarks.figures import Figure, Figures, main, median, percentile
from benchmarks.heard import begins_at
from benchmarks.our_customers import Customer, add_customers
from benchmarks.setups import steps_of
from customers.demo import SADOVAYA
from ivr.words import Flow
from tests.kit.call_centre import CallCentre
from tests.kit.kept import records
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually

NET: Final = "127.41.1"
CALLS: Final = 100
AT_ONCE: Final = 10
KEYS: Final = "121"
GAPS_S: Final = (0.08, 0.08, 0.2, 0.5)
"""Between two keys, by turns. 80 ms is what automatic diallers leave."""
FIRST_WITHIN_S: Final = 1.0
ANSWER_S: Final = 15.0
_KNOWN_S: Final = 1.0
_WRITTEN_S: Final = 20.0


@dataclass(slots=True)
class Reached:
    """`heard`: callers' numbers; `took`: seconds from the last key to the answer."""

    heard: set[str] = field(default_factory=set)
    took: list[float] = field(default_factory=list)


async def one_call(centre: CallCentre, provider: Telephone, customer: Customer, number: int, reached: Reached) -> None:
    chance = Random(number)
    call = await provider.call(centre.sip, centre.hotline, caller_number=customer.phone)
    call.talk(440)
    await call.answered(timeout_s=10)
    await asyncio.sleep(chance.uniform(0, FIRST_WITHIN_S))
    pressed = 0.0
    for key in KEYS:
        pressed = await call.press(key, gap_ms=80)
        await asyncio.sleep(GAPS_S[number % len(GAPS_S)])
    answer = centre.prompt("ru", "payments.last")

    async def begins() -> float | None:
        return await begins_at(call, answer, pressed, _KNOWN_S)

    try:
        reached.took.append(await eventually(begins, ANSWER_S, "the payments are heard", every_s=0.5) - pressed)
        reached.heard.add(customer.phone)
    except NotInTime as lost:
        print(f"call {number}: {lost}", file=sys.stderr)
    await call.hang_up()


async def all_calls(centre: CallCentre) -> tuple[Reached, int]:
    """What was heard, and of how many calls the records say that the payments were told."""
    customers = add_customers(centre, CALLS, SADOVAYA, may_hear=True)
    reached, places = Reached(), asyncio.Semaphore(AT_ONCE)

    async def in_turn(provider: Telephone, number: int, customer: Customer) -> None:
        async with places:
            await one_call(centre, provider, customer, number, reached)

    async with Telephone(centre.trunk, name="provider", keep_s=30) as provider, asyncio.TaskGroup() as group:
        for number, customer in enumerate(customers):
            group.create_task(in_turn(provider, number, customer))
    with suppress(NotInTime):
        await eventually(lambda: told_payments(centre) >= CALLS, _WRITTEN_S, "every record is written", every_s=0.5)
    return reached, told_payments(centre)


def told_payments(centre: CallCentre) -> int:
    return sum(any(step["flow"] == Flow.PAYMENTS for step in steps_of(row["journey"])) for row in records(centre))


def measure() -> Figures:
    with CallCentre.fresh(NET) as centre:
        reached, told = asyncio.run(all_calls(centre))
    return {
        "calls that heard what they keyed": Figure(len(reached.heard), f"of {CALLS}", CALLS, at_least=True),
        "calls that were told, by their records": Figure(told, f"of {CALLS}", CALLS, at_least=True),
        "last key to its answer, median": Figure(median(reached.took) * 1000, "ms"),
        "last key to its answer, p95": Figure(percentile(reached.took, 0.95) * 1000, "ms"),
    }


if __name__ == "__main__":
    sys.exit(main("Keys pressed ahead through three menus", measure))
