"""What the browser tests share: the pages' scripts are bundled before the first page opens."""

import pytest

from agent_desktop import bundle


@pytest.fixture(scope="session", autouse=True)
def scripts() -> None:
    bundle.build()
