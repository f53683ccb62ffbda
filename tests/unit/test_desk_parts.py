"""The small parts of the desk: who has the telephone, the limiter, the short memories, the workers."""

import asyncio
import threading

import pytest

from agent_desktop.limiter import KEPT, Limiter
from agent_desktop.remembered import Remembered
from agent_desktop.sockets import BoothSockets, TelephoneSockets
from agent_desktop.workers import WAITING_PER_THREAD, Workers, WorkersBusy
from calls.clock import Instant, after
from calls.ids import AgentId
from tests.kit.waiting import eventually

ORLOV = AgentId("orlov")
NOW = Instant(1_750_000_000_000)


async def test_a_newer_page_takes_the_telephone_from_the_older() -> None:
    sockets = TelephoneSockets()
    old = sockets.new_line(ORLOV)
    closing = sockets.opened(ORLOV, old)
    assert closing is not None
    assert not closing.is_set()
    new = sockets.new_line(ORLOV)
    assert closing.is_set()
    assert sockets.opened(ORLOV, old) is None
    assert sockets.opened(ORLOV, new) is not None


async def test_after_a_restart_the_page_that_comes_back_is_believed() -> None:
    sockets = TelephoneSockets()
    assert sockets.opened(ORLOV, "as-before") is not None
    assert sockets.line_of(ORLOV) == "as-before"
    assert sockets.opened(ORLOV, "another") is None
    assert sockets.opened(ORLOV, "") is None
    assert sockets.opened(AgentId("kim"), "x" * 1000) is None


async def test_a_sign_out_closes_the_socket() -> None:
    sockets = TelephoneSockets()
    closing = sockets.opened(ORLOV, sockets.new_line(ORLOV))
    sockets.close(ORLOV)
    assert closing is not None
    assert closing.is_set()
    assert sockets.line_of(ORLOV) == ""


async def test_a_late_end_of_an_old_socket_leaves_the_new_one_alone() -> None:
    sockets = TelephoneSockets()
    line = sockets.new_line(ORLOV)
    old = sockets.opened(ORLOV, line)
    new = sockets.opened(ORLOV, line)
    assert old is not None
    assert new is not None
    sockets.closed(ORLOV, old)
    sockets.close(ORLOV)
    assert new.is_set()


def test_the_booth_has_places_for_a_bounded_number() -> None:
    booth = BoothSockets()
    places = [booth.place() for _ in range(BoothSockets.MOST)]
    assert all(place.__enter__() is not None for place in places)
    with booth.place() as one_more:
        assert one_more is None
    places[0].__exit__(None, None, None)
    with booth.place() as freed:
        assert freed is not None


def test_the_limiter_counts_each_key_alone_and_forgets() -> None:
    limiter = Limiter(3, 60)
    assert [limiter.allows("a", NOW) for _ in range(4)] == [True, True, True, False]
    assert limiter.allows("b", NOW)
    assert not limiter.allows("a", after(NOW, 59))
    assert limiter.allows("a", after(NOW, 60))
    limiter.forget("b")
    assert [limiter.allows("b", NOW) for _ in range(4)] == [True, True, True, False]


def test_invented_keys_do_not_fill_the_limiter() -> None:
    limiter = Limiter(1, 60)
    for number in range(KEPT + 10):
        limiter.allows(str(number), NOW)
    assert limiter.allows("0", NOW), "the oldest is forgotten"
    assert not limiter.allows(str(KEPT + 9), NOW)


def test_remembered_keeps_the_last_of_each_user() -> None:
    remembered = Remembered(2)
    assert [remembered.add(ORLOV, what) for what in ("a", "a", "b", "c")] == [True, False, True, True]
    assert not remembered.holds(ORLOV, "a")
    assert remembered.holds(ORLOV, "c")
    assert not remembered.holds(AgentId("kim"), "c")


async def test_workers_refuse_what_could_only_wait_in_vain() -> None:
    gate = threading.Event()
    workers = Workers(1, 5.0)
    places = 1 + WAITING_PER_THREAD
    waiting = [asyncio.create_task(workers.run(gate.wait, 5)) for _ in range(places)]
    await asyncio.sleep(0)
    with pytest.raises(WorkersBusy, match="wait for the database"):
        await workers.run(gate.is_set)
    gate.set()
    assert all(await asyncio.gather(*waiting))
    assert await workers.run(gate.is_set)
    workers.close()


async def test_a_late_answer_is_an_error_and_its_place_comes_back() -> None:
    gate = threading.Event()
    workers = Workers(1, 0.05)
    with pytest.raises(WorkersBusy, match="within"):
        await workers.run(gate.wait, 5)
    gate.set()

    async def free() -> bool:
        try:
            return await workers.run(lambda: True)
        except WorkersBusy:
            return False

    await eventually(free, 5, "the thread is free again")
    workers.close()


async def test_the_workers_pass_errors_on() -> None:
    workers = Workers(1, 1.0)
    with pytest.raises(ZeroDivisionError):
        await workers.run(divmod, 1, 0)
    workers.close()
