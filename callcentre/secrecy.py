"""What keeps a process's memory to itself: a caller's card is there between the key press and the gateway's call."""

import ctypes
import os
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def keep_memory_private() -> None:
    """No core dump of this process, to no file and no handler, and no other process of this user may read it.

    The limit alone would not do: Linux passes a dump on to a handler whatever the limit is. See prctl(2), core(5).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
