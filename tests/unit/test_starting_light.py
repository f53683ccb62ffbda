"""What a process does not need it does not load: five are started at once, on two cores."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["callcentre.run", "callcentre.wiring", "callcentre.health"])
def test_only_mastering_loads_scipy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in sys.modules if name.split('.')[0] == 'scipy'])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.strip() == "[]"
