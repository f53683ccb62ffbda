"""What callers say about their reports, as files: bounded, named by the number only, forgotten after a time."""

import os
from pathlib import Path

import pytest

from callcentre.message_files import EXTENSION, MessageFiles
from calls.clock import Instant, after
from customers.appeals import AppealNumber
from customers.voice_messages import BYTES_A_SECOND, KEPT_S, LONGEST_S

NUMBER = AppealNumber("10000004")
NOW = Instant(1_795_424_400_000 + 1_234_567)
SECONDS = 3


@pytest.fixture
def files(tmp_path: Path) -> MessageFiles:
    return MessageFiles(tmp_path / "messages", spare=0)


def recorded(files: MessageFiles, seconds: float = SECONDS) -> str:
    place = files.place()
    assert place is not None
    Path(place + EXTENSION).write_bytes(b"\xd5" * round(seconds * BYTES_A_SECOND))
    return place


def test_what_was_recorded_is_found_by_its_number(files: MessageFiles, tmp_path: Path) -> None:
    assert files.numbers() == frozenset()
    assert files.keep(recorded(files), NUMBER, NOW)
    assert files.numbers() == {NUMBER}
    assert files.sound(NUMBER) == b"\xd5" * SECONDS * BYTES_A_SECOND
    (file,) = (tmp_path / "messages").iterdir()
    assert file.name == f"{NUMBER}{EXTENSION}"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_mtime == 1_795_424_400, "the hour and no more: it may be anonymous"
    assert (tmp_path / "messages").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("seconds", [0, 0.9, LONGEST_S + 6])
def test_nothing_and_too_much_are_not_kept(files: MessageFiles, tmp_path: Path, seconds: float) -> None:
    assert not files.keep(recorded(files, seconds), NUMBER, NOW)
    assert list((tmp_path / "messages").iterdir()) == []


def test_what_was_never_written_is_not_kept(files: MessageFiles) -> None:
    place = files.place()
    assert place is not None
    assert not files.keep(place, NUMBER, NOW)


@pytest.mark.parametrize("number", ["../../etc/passwd", "", "10000005", "part-1", "\0"])
def test_only_a_number_of_ours_names_a_file(files: MessageFiles, number: str) -> None:
    assert not files.keep(recorded(files), AppealNumber(number), NOW)
    assert files.sound(AppealNumber(number)) is None


def test_all_together_and_the_disk_have_their_bounds(tmp_path: Path) -> None:
    assert MessageFiles(tmp_path, most=LONGEST_S * BYTES_A_SECOND, spare=0).place() is None
    assert MessageFiles(tmp_path, spare=2**62).place() is None
    small = MessageFiles(tmp_path, most=(LONGEST_S + 5) * BYTES_A_SECOND + 1, spare=0)
    assert small.keep(recorded(small), NUMBER, NOW)
    assert small.place() is None


def test_a_folder_that_cannot_be_made_costs_the_message_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files = MessageFiles(tmp_path / "file" / "messages", spare=0)
    assert files.place() is None
    assert files.numbers() == frozenset()
    files.forget_old(NOW)


def test_old_ones_and_what_a_death_left_are_removed(files: MessageFiles, tmp_path: Path) -> None:
    files.keep(recorded(files), NUMBER, NOW)
    left = Path(recorded(files) + EXTENSION)
    os.utime(left, (NOW / 1000, NOW / 1000))
    files.forget_old(after(NOW, 3599))
    assert left.exists()
    files.forget_old(after(NOW, 3601))
    assert not left.exists()
    assert files.numbers() == {NUMBER}
    files.forget_old(after(NOW, KEPT_S))
    assert files.numbers() == frozenset()
