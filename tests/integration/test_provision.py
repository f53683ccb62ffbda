"""The script that makes the private trees, without a network: what it says and leaves when it cannot."""

import os
import subprocess
from pathlib import Path

from dialplan.private_tree import PROVISION


def test_a_mirror_that_is_not_there_is_said_without_its_name(tmp_path: Path) -> None:
    """The address of a mirror may carry a password: it is not shown. Nothing half made is left in the tree's place."""
    answer = subprocess.run(
        [str(PROVISION), "pip", str(tmp_path / "pip")],
        env={**os.environ, "CALLCENTRE_DEBIAN_MIRROR": "http://someone:secret@127.0.0.1:9/debian"},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    said = answer.stdout + answer.stderr
    assert answer.returncode == 1
    assert "could not be fetched" in said
    assert "secret" not in said
    assert "127.0.0.1" not in said
    assert not (tmp_path / "pip").exists()
    assert not (tmp_path / "pip.new").exists()
