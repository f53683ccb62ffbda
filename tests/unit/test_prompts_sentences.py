"""The cache of sentences: short-lived, bounded, closed to others, and never a file taken away from a caller."""

from pathlib import Path

import pytest

from prompts.errors import SpeechUnavailableError, VoiceBusyError
from prompts.sentences import HOLD_S, KEPT_S, PERSONAL_S, SentenceCache, is_memory_folder

SOUND = b"\xd5" * 1000


def file_of(path: Path) -> Path:
    return path.with_name(path.name + ".alaw")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sentences"


def test_a_sentence_is_found_again_and_readable_by_us_only(folder: Path) -> None:
    cache = SentenceCache(folder)
    assert cache.get("key", 0.0) is None
    path = cache.put("key", SOUND, personal=True, now=0.0)
    assert cache.get("key", 1.0) == path
    assert file_of(path).read_bytes() == SOUND
    assert file_of(path).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_name_of_a_file_tells_nothing_and_differs_in_each_process(folder: Path) -> None:
    key = "0420017005"
    first = SentenceCache(folder).put(key, SOUND, personal=True, now=0.0)
    second = SentenceCache(folder).put(key, SOUND, personal=True, now=0.0)
    assert key not in first.name
    assert first.name != second.name


def test_personal_sentences_go_soon_others_stay(folder: Path) -> None:
    cache = SentenceCache(folder)
    mine = cache.put("mine", SOUND, personal=True, now=0.0)
    common = cache.put("common", SOUND, personal=False, now=0.0)
    cache.sweep(PERSONAL_S - 1)
    assert file_of(mine).exists()
    cache.sweep(PERSONAL_S)
    assert not file_of(mine).exists()
    assert cache.get("mine", PERSONAL_S) is None
    assert file_of(common).exists()
    cache.sweep(KEPT_S)
    assert not file_of(common).exists()


def test_hearing_a_sentence_again_starts_its_time_again(folder: Path) -> None:
    cache = SentenceCache(folder)
    path = cache.put("mine", SOUND, personal=True, now=0.0)
    cache.get("mine", PERSONAL_S - 1)
    cache.sweep(2 * PERSONAL_S - 2)
    assert file_of(path).exists()


def test_the_least_recently_used_makes_room(folder: Path) -> None:
    cache = SentenceCache(folder, most_bytes=3 * len(SOUND))
    paths = {name: cache.put(name, SOUND, personal=False, now=0.0) for name in "abc"}
    cache.get("a", 1.0)
    cache.put("d", SOUND, personal=False, now=HOLD_S + 1)
    assert [name for name in "abc" if not file_of(paths[name]).exists()] == ["b"]
    assert len(list(folder.iterdir())) == len(cache) == 3


def test_a_sentence_somebody_is_about_to_hear_is_never_taken_away(folder: Path) -> None:
    cache = SentenceCache(folder, most_bytes=2 * len(SOUND))
    paths = [cache.put(name, SOUND, personal=False, now=10.0) for name in "ab"]
    with pytest.raises(VoiceBusyError, match="No room"):
        cache.put("c", SOUND, personal=False, now=10.0 + HOLD_S - 1)
    assert all(file_of(path).exists() for path in paths)
    assert HOLD_S <= PERSONAL_S


def test_a_sentence_made_twice_at_once_keeps_its_file(folder: Path) -> None:
    cache = SentenceCache(folder, most_bytes=len(SOUND))
    first = cache.put("a", SOUND, personal=False, now=0.0)
    facts = file_of(first).stat()
    assert cache.put("a", SOUND, personal=False, now=1.0) == first
    assert file_of(first).stat().st_ino == facts.st_ino


def test_what_a_dead_process_left_is_removed_and_nothing_else(folder: Path) -> None:
    SentenceCache(folder).put("a", SOUND, personal=True, now=0.0)
    (folder / "not-ours.txt").write_text("x")
    SentenceCache(folder)
    assert [file.name for file in folder.iterdir()] == ["not-ours.txt"]


def test_clear_removes_every_sentence(folder: Path) -> None:
    cache = SentenceCache(folder)
    for name in "abc":
        cache.put(name, SOUND, personal=True, now=0.0)
    cache.clear()
    assert list(folder.iterdir()) == []


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "own")
    for folder in (shared, tmp_path / "link"):
        with pytest.raises(SpeechUnavailableError, match="only this user"):
            SentenceCache(folder)
    assert shared.stat().st_mode & 0o777 == 0o777


def test_a_memory_file_system_is_known_by_its_mount() -> None:
    assert is_memory_folder(Path("/dev/shm/not/there/yet"))
    assert not is_memory_folder(Path("/proc"))
