"""Where sounds are kept: the name of a sentence's files follows from all that decides how it sounds."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from prompts.codecs import ALAW_RATE, G722_RATE, encode_alaw, encode_g722
from prompts.mastering import MASTERING_VERSION, master, tones
from prompts.sound import Pcm, Samples

ALAW, G722 = ".alaw", ".g722"
EXTENSIONS = (ALAW, G722)
_KEYED = "keyed"


def sentence_key(fingerprint: str, lexicon_version: str, text: str) -> str:
    """The key of a spoken sentence: engine and version, voice and speed (the fingerprint), mastering, lexicon, text."""
    return _key("voice", fingerprint, MASTERING_VERSION, lexicon_version, text)


def recording_key(recording: bytes) -> str:
    """The key of a studio recording."""
    return _key("studio", MASTERING_VERSION, sha256(recording).hexdigest())


def tones_key(parts: tuple[tuple[int, int], ...]) -> str:
    return _key("tones", MASTERING_VERSION, repr(parts))


def keyed_path(into: Path, key: str) -> Path:
    """Where the sound of `key` lies under the folder of built prompts, without extension."""
    return into / _KEYED / key[:2] / key


def keyed_files(into: Path) -> list[Path]:
    """Every keyed file there is."""
    return sorted((into / _KEYED).glob("*/*"))


def with_extension(path: Path, extension: str) -> Path:
    """`path` and the extension after it; a dotted id such as menu.main keeps its dots."""
    return path.with_name(path.name + extension)


def is_complete(path: Path) -> bool:
    """Whether the sound is there in every form, none of them empty."""
    files = [with_extension(path, extension) for extension in EXTENSIONS]
    return all(file.is_file() and file.stat().st_size for file in files)


def write_speech(path: Path, sound: Pcm) -> None:
    """Master the sound and write it in every form. Raises ValueError when there is only silence in it."""
    _write(path, master(sound, ALAW_RATE), master(sound, G722_RATE))


def write_tones(path: Path, parts: tuple[tuple[int, int], ...]) -> None:
    _write(path, tones(parts, ALAW_RATE), tones(parts, G722_RATE))


def write_atomically(file: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old one or the new one, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            os.fchmod(out.fileno(), mode)
            out.write(data)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def link_atomically(existing: Path, name: Path) -> None:
    """Give a file a second name, in place of whatever had that name."""
    name.parent.mkdir(parents=True, exist_ok=True)
    if name.exists() and name.samefile(existing):
        return
    with tempfile.TemporaryDirectory(dir=name.parent, prefix=".new-") as folder:
        temporary = Path(folder, name.name)
        temporary.hardlink_to(existing)
        temporary.replace(name)


def _write(path: Path, narrow: Samples, wide: Samples) -> None:
    write_atomically(with_extension(path, G722), encode_g722(wide))
    write_atomically(with_extension(path, ALAW), encode_alaw(narrow))


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
