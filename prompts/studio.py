"""Recordings by a person: they win over the voice, as long as the text is the one they were recorded for.

`prompts/studio/<language>/<id>.wav` is the recording; `<id>.wav.sha256` beside it holds the hash of the text that was
read (`seal` writes it). When the text changes the build fails until it is recorded again or the recording is removed.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from prompts.catalogue import FOLDER, Catalogue, Prompt
from prompts.errors import BuildError
from prompts.phrase import Phrase
from prompts.sound import Pcm, read_wav
from prompts.store import write_atomically

STUDIO = FOLDER / "studio"
_SEAL = ".wav.sha256"


def recording_file(studio: Path, prompt: Prompt) -> Path:
    return studio / prompt.language / f"{prompt.prompt_id}.wav"


def text_hash(catalogue: Catalogue, prompt: Prompt) -> str:
    """The hash of what the reader is given to read."""
    return sha256(catalogue.text(Phrase(prompt.prompt_id), prompt.language).encode()).hexdigest()


def seal(catalogue: Catalogue, recording: Path) -> Path:
    """Note that `recording` (<language>/<id>.wav) was read from the text as it is now; the file written.

    Raises BuildError when it is no recording of a static prompt, or cannot be used.
    """
    known = {(prompt.language.value, prompt.prompt_id): prompt for prompt in catalogue if prompt.static and prompt.text}
    prompt = known.get((recording.parent.name, recording.stem))
    if prompt is None:
        raise BuildError(
            "The recording cannot be used:",
            [f"{recording}: its place must be <language>/<id>.wav of a prompt without parameters"],
        )
    read_recording(recording)
    sidecar = recording.with_name(recording.stem + _SEAL)
    write_atomically(sidecar, f"{text_hash(catalogue, prompt)}\n".encode())
    return sidecar


def read_recording(recording: Path) -> Pcm:
    """Raises BuildError when the file cannot be used."""
    try:
        return read_wav(recording)
    except ValueError as error:
        raise BuildError("The recording cannot be used:", [f"{recording}: {error}"]) from None


def studio_faults(catalogue: Catalogue, studio: Path) -> Iterator[str]:
    """What is wrong with the recordings: unknown, without a seal, or read from an older text."""
    known = {recording_file(studio, prompt): prompt for prompt in catalogue if prompt.static and prompt.text}
    for recording in sorted(studio.glob("*/*.wav")):
        where = f"studio/{recording.parent.name}/{recording.name}"
        prompt = known.get(recording)
        if prompt is None:
            yield f"{where}: no prompt without parameters has this id. Rename or remove the recording."
            continue
        sidecar = recording.with_name(recording.stem + _SEAL)
        if not sidecar.is_file():
            yield f"{where}: {sidecar.name} is missing. Listen to the recording, then run callcentre prompts seal."
        elif sidecar.read_text("ascii", "replace").strip() != text_hash(catalogue, prompt):
            yield f"{where}: the text has changed since it was recorded. Record it again or remove the recording."


def script(catalogue: Catalogue) -> str:
    """The studio's reading list: language, id and text of each prompt that can be recorded."""
    lines = []
    for prompt in catalogue:
        if prompt.static and prompt.text:
            text = catalogue.text(Phrase(prompt.prompt_id), prompt.language)
            lines.append(f"{prompt.language}/{prompt.prompt_id}.wav\n    {text}\n")
    return "\n".join(lines)
