"""What all tests share: no example of Hypothesis is timed, because a busy machine is no fault.

A test that fails at a running call centre shows what its processes said last.
"""

from collections.abc import Generator
from typing import Final

import pytest
from hypothesis import settings

from tests.kit.call_centre import CallCentre

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_SHOWN: Final = ("acd", "acd-2", "ivr")
_LINES: Final = 25


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    centre = getattr(item, "funcargs", {}).get("centre")
    if report.failed and isinstance(centre, CallCentre):
        for name in _SHOWN:
            said = "\n".join(centre.log(name).splitlines()[-_LINES:])
            report.sections.append((f"the end of the log of {name}", said))
        messages = centre.state / "asterisk" / "log" / "messages.log"
        if messages.exists():
            told = "\n".join(messages.read_text("utf-8", "replace").splitlines()[-_LINES:])
            report.sections.append(("the end of Asterisk's messages", told))
    return report
