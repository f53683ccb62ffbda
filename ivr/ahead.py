"""Work that is begun before its result is needed: what the database says is there when the greeting has been heard."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Future[T]:
    """Do `work` on a thread of its own, also when nobody waits for what comes of it."""
    done: Future[T] = Future()
    threading.Thread(target=_do, args=(done, work), name="ahead", daemon=True).start()
    return done


def _do(done: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as fault:  # noqa: BLE001 - whatever it is, it belongs to the one who waits for it
        done.set_exception(fault)
    else:
        done.set_result(result)
