"""Changed copies are what dataclasses.replace makes, and still frozen."""

import dataclasses

import pytest

from acd.copies import replace
from acd.model import Agent, CallState, Duty, Pool, WrapUp
from acd.queues import Queue
from tests.kit.floors import SALES, Day


def test_a_copy_is_what_dataclasses_make() -> None:
    day = Day()
    anna = day.agent_ready("anna")
    call = day.call(day.queued(1))
    cases: list[tuple[object, dict[str, object]]] = [
        (call, {"state": CallState.TALKING, "agent_id": anna}),
        (call, {}),
        (day.agent(anna), {"duty": Duty.WRAP_UP}),
        (Pool(), {"mean_share": 0.25}),
        (SALES, {"rings": ()}),
        (WrapUp(call, day.now), {"ended_at": day.now + 1}),
    ]
    for value, changes in cases:
        copy = replace(value, **changes)  # type: ignore[type-var]  # any dataclass here
        assert copy == dataclasses.replace(value, **changes)  # type: ignore[type-var]
        assert type(copy) is type(value)
        assert hash(copy) == hash(dataclasses.replace(value, **changes))  # type: ignore[type-var]
        assert repr(copy).startswith(f"{type(value).__name__}(")


def test_a_copy_is_frozen_and_the_original_unchanged() -> None:
    copy = replace(SALES, title="Other")
    assert SALES.title == "Sales"
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.title = "Third"  # type: ignore[misc]
    assert isinstance(copy, Queue)


def test_what_is_not_copied_here() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Checked:
        number: int

        def __post_init__(self) -> None:
            if self.number < 0:
                raise ValueError("negative")

    with pytest.raises(TypeError, match=r"dataclasses\.replace"):
        replace(Checked(1), number=-1)
    with pytest.raises(KeyError):
        replace(SALES, nonsense=1)  # type: ignore[call-arg]
    assert Agent.__dataclass_params__.frozen  # type: ignore[attr-defined]  # set by the decorator
