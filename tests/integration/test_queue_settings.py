"""Queues and limits over both databases: every field, every change counted, nothing half done."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings

from acd.queues import FloorSettings, Hours, Limits, Queue, Span
from calls.ids import QueueId
from database.engine import DatabaseUnavailable, Engine, open_engine, writing
from database.migrations import downgrade, migrate
from database.queue_settings import DatabaseQueueSettings, WrongSettings, read_settings, write_settings
from tests.kit.databases import PATIENT
from tests.kit.settings import FULL, PLAIN, floor_settings


@pytest.fixture
def kept(engine: Engine) -> DatabaseQueueSettings:
    return DatabaseQueueSettings(engine)


def test_the_queue_of_the_tests_sets_every_field() -> None:
    plain = Queue(FULL.queue_id, "", 0, frozenset())
    same = {one.name for one in fields(Queue) if getattr(plain, one.name) == getattr(FULL, one.name)}
    assert same == {"queue_id", "never_full"}


def test_every_field_comes_back_and_each_change_raises_the_version(kept: DatabaseQueueSettings) -> None:
    assert kept.load() == FloorSettings()
    assert kept.put(PLAIN) == 1
    assert kept.put(FULL) == 2
    assert kept.load() == FloorSettings((FULL, PLAIN), version=2)
    danger = replace(PLAIN, never_full=True, rings=FULL.rings[:1])
    assert kept.put(danger) == 3
    assert kept.put(replace(FULL, hours=None, rings=(), overflow=())) == 4
    assert kept.put_limits(Limits(300, 3)) == 5
    bare = replace(FULL, hours=None, rings=(), overflow=())
    assert kept.load() == FloorSettings((bare, danger), Limits(300, 3), 5)


def test_always_closed_is_not_round_the_clock(kept: DatabaseQueueSettings) -> None:
    kept.put(replace(PLAIN, hours=Hours(())))
    assert kept.load().queues[0].hours == Hours(())


def test_a_queue_is_removed_with_all_that_is_of_it_unless_others_lead_to_it(kept: DatabaseQueueSettings) -> None:
    kept.put(PLAIN)
    kept.put(FULL)
    with pytest.raises(WrongSettings, match="queues full overflow 1 to: there is no queue plain"):
        kept.remove(PLAIN.queue_id)
    assert kept.load().version == 2
    assert kept.remove(FULL.queue_id) == 3
    kept.put(replace(PLAIN, queue_id=FULL.queue_id))
    assert kept.load().queues[0] == replace(PLAIN, queue_id=FULL.queue_id), "nothing of the former is left"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(PLAIN, zone="Omsk"), "IANA"),
        (replace(PLAIN, hours=Hours((Span(0, 600, 500),))), "end after they begin"),
        (replace(PLAIN, standard=0.12345), "steps of 0.001"),
        (replace(PLAIN, queue_id=QueueId("Общая")), "small Latin letters"),
    ],
)
def test_what_breaks_a_rule_changes_nothing(kept: DatabaseQueueSettings, wrong: Queue, said: str) -> None:
    kept.put(PLAIN)
    with pytest.raises(WrongSettings, match=said):
        kept.put(wrong)
    assert kept.load() == FloorSettings((PLAIN,), version=1)


def test_changes_at_once_all_count(kept: DatabaseQueueSettings) -> None:
    names = [QueueId(f"queue-{n}") for n in range(8)]
    with ThreadPoolExecutor(4) as threads:
        versions = list(threads.map(lambda name: kept.put(replace(PLAIN, queue_id=name)), names))
    assert sorted(versions) == list(range(1, 9))
    assert [queue.queue_id for queue in kept.load().queues] == names


@given(wanted=floor_settings())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_breaks_no_rule_comes_back_as_it_was(engine: Engine, wanted: FloorSettings) -> None:
    with writing(engine, DatabaseUnavailable) as connection:
        before = read_settings(connection)
        write_settings(connection, before, wanted)
    assert replace(DatabaseQueueSettings(engine).load(), version=0) == wanted


def test_the_step_down_keeps_what_the_former_version_knows(database_address: str) -> None:
    engine = open_engine(database_address, PATIENT)
    migrate(engine)
    settings = DatabaseQueueSettings(engine)
    settings.put(PLAIN)
    settings.put(FULL)
    downgrade(engine, "0006")
    migrate(engine)
    known = Queue(
        FULL.queue_id, FULL.title, FULL.target_s, FULL.skills, FULL.offer_s, FULL.wrap_up_s, FULL.strategy, FULL.zone,
        FULL.title_en,
    )  # fmt: skip
    assert settings.load() == FloorSettings((known, PLAIN), version=2)
    settings.put(FULL)
    assert settings.load() == FloorSettings((FULL, PLAIN), version=3)
    engine.dispose()
