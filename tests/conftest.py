"""What all tests share: no example of Hypothesis is timed, because a busy machine is no fault.

The longest files come first. A test that fails at a running call centre shows what its processes said last.
"""

from collections.abc import Generator
from typing import Final

import pytest
from hypothesis import settings

from tests.kit.call_centre import CallCentre
from tests.kit.last_words import last_words

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LONGEST: Final = (
    *("test_rescue", "test_drain", "test_balance_calls", "test_hostile", "test_talks", "test_real_floor"),
    *("test_monitor", "test_broken_situations", "test_acd_runner", "test_interrupt", "test_real_voice"),
    *("test_desk_pages", "test_desk_looks", "test_desk_readable", "test_desk_shift", "test_desk_languages"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files of each folder first, so that no worker begins one when the others are done."""
    rank = {name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    centre = getattr(item, "funcargs", {}).get("centre")
    if report.failed and isinstance(centre, CallCentre):
        report.sections.extend(last_words(centre))
    return report
