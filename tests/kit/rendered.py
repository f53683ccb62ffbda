"""The prompts of every centre of the tests, rendered once by the real voice and kept in the cache.

python -m tests.kit.rendered     renders what is not there yet: what `./test` does before a test has to wait for it
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from callcentre.prepare import render_prompts
from callcentre.settings import places
from tests.kit.asterisk import tree_or_skip

_RENDERED: Final = places().cache / "test-prompts"


def copy_rendered(into: Path) -> None:
    """A build's folder with all prompts as they are written now. Skips the test without a private tree."""
    with _up_to_date():
        shutil.copytree(_RENDERED, into)


@contextmanager
def _up_to_date() -> Iterator[None]:
    """One process at a time renders or copies; another checkout with other texts may follow."""
    tree = tree_or_skip()
    _RENDERED.parent.mkdir(parents=True, exist_ok=True)
    with _RENDERED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        render_prompts(tree, _RENDERED, lambda _: None)
        yield


if __name__ == "__main__":
    with _up_to_date():
        pass
