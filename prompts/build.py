"""`prompts build`: every prompt that is known beforehand becomes files, or the build fails and nothing changes.

The folder: `keyed/` has each sound once, under the key that decides how it sounds; `<language>/<id>` are second names
of the static ones, which the dialplan plays; `manifest.json` says what belongs to the build. Nothing is rendered twice.
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from calls.journey import Language
from prompts.catalogue import Catalogue, Prompt, Utterance, load_catalogue
from prompts.errors import BuildError, PromptsError
from prompts.phrase import Phrase
from prompts.store import (
    EXTENSIONS,
    is_complete,
    keyed_files,
    keyed_path,
    link_atomically,
    recording_key,
    sentence_key,
    tones_key,
    with_extension,
    write_atomically,
    write_speech,
    write_tones,
)
from prompts.studio import STUDIO, read_recording, recording_file, studio_faults
from prompts.voice import Voice

MANIFEST = "manifest.json"
_LOCK_S = 300.0
"""Another build of the same folder is waited for so long; a whole build takes about ten seconds."""

Progress = Callable[[int, int], None]
"""Told (done, all) after each sound."""


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    language: Language
    prompt_id: str
    key: str
    static: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build made. `fingerprints`: engine, voice and speed of each language."""

    fingerprints: Mapping[Language, str]
    prompts: tuple[BuiltPrompt, ...]


@dataclass(frozen=True, slots=True)
class _Planned:
    """One sound to be made: from an utterance, from a recording or from the tones of its prompt."""

    prompt: Prompt
    key: str
    source: Utterance | Path | tuple[tuple[int, int], ...]


def build(
    catalogue: Catalogue,
    voice: Voice,
    into: Path,
    progress: Progress = lambda done, of: None,
    studio: Path = STUDIO,
) -> Manifest:
    """Make every prompt under `into` with a started voice.

    Raises BuildError with all faults; what was built before stays as it was then.
    """
    faults = list(studio_faults(catalogue, studio))
    if faults:
        raise BuildError("The prompts cannot be built:", faults)
    fingerprints = {language: voice.fingerprint(language) for language in Language}
    with _only_build(into):
        plan = _plan(catalogue, fingerprints, studio)
        faults = _make(plan, voice, into, progress)
        if faults:
            raise BuildError("The prompts cannot be built:", faults)
        manifest = Manifest(
            fingerprints,
            tuple(BuiltPrompt(p.prompt.language, p.prompt.prompt_id, p.key, p.prompt.static) for p in plan),
        )
        _publish(manifest, into)
    return manifest


def read_manifest(into: Path) -> Manifest:
    """What the last build made. Raises BuildError when there is none."""
    try:
        manifest = msgspec.json.decode((into / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BuildError("The prompts are not built. Run callcentre prompts build.", [str(error)]) from None
    if set(manifest.fingerprints) != set(Language):
        raise BuildError("The prompts are built for other languages. Run callcentre prompts build.", [])
    return manifest


def missing(into: Path, catalogue: Catalogue | None = None, studio: Path = STUDIO) -> list[str]:
    """What the folder lacks or has of an older text, in words; empty when every prompt can be played.

    Needs no voice: it takes the engine of the last build for granted.
    """
    try:
        catalogue = catalogue or load_catalogue()
        manifest = read_manifest(into)
        faults = list(studio_faults(catalogue, studio))
        plan = _plan(catalogue, manifest.fingerprints, studio)
    except PromptsError as error:
        return [str(error)]
    built = {(made.language, made.prompt_id, made.key) for made in manifest.prompts}
    for planned in plan:
        prompt = planned.prompt
        name = f"{prompt.language}/{prompt.prompt_id}"
        if (prompt.language, prompt.prompt_id, planned.key) not in built:
            faults.append(f"{name} is not built as it is written now. Run callcentre prompts build.")
        elif not is_complete(static_path(into, prompt) if prompt.static else keyed_path(into, planned.key)):
            faults.append(f"{name} has lost its files. Run callcentre prompts build.")
    return list(dict.fromkeys(faults))


def keyed_sounds(into: Path) -> Iterator[tuple[str, Path]]:
    """Every sound of the last build once: "ru/welcome" and its path without extension. Raises BuildError."""
    sounds = {made.key: f"{made.language}/{made.prompt_id}" for made in read_manifest(into).prompts}
    for key, name in sorted(sounds.items(), key=lambda sound: sound[1]):
        yield name, keyed_path(into, key)


def static_path(into: Path, prompt: Prompt) -> Path:
    """The stable name of a static prompt, without extension."""
    return into / prompt.language / prompt.prompt_id


def _plan(catalogue: Catalogue, fingerprints: Mapping[Language, str], studio: Path) -> list[_Planned]:
    plan = []
    for prompt in catalogue:
        recording = recording_file(studio, prompt)
        if prompt.tones:
            plan.append(_Planned(prompt, tones_key(prompt.tones), prompt.tones))
        elif recording.is_file():
            plan.append(_Planned(prompt, recording_key(recording.read_bytes()), recording))
        else:
            for values in prompt.samples or ({},):
                spoken = catalogue.utterance(Phrase(prompt.prompt_id, values), prompt.language)
                version = catalogue.lexicons[spoken.language].version
                key = sentence_key(fingerprints[spoken.language], version, spoken.text)
                plan.append(_Planned(prompt, key, spoken))
    return [*plan, *_plan_pieces(catalogue, fingerprints, {planned.key for planned in plan})]


def _plan_pieces(catalogue: Catalogue, fingerprints: Mapping[Language, str], known: set[str]) -> Iterator[_Planned]:
    """The words and fixed texts of sentences with values, each once (prompts.pieces)."""
    for prompt, text in catalogue.all_pieces():
        spoken = catalogue.piece(text, prompt)
        key = sentence_key(fingerprints[spoken.language], catalogue.lexicons[spoken.language].version, spoken.text)
        if key not in known:
            known.add(key)
            yield _Planned(prompt, key, spoken)


def _make(plan: list[_Planned], voice: Voice, into: Path, progress: Progress) -> list[str]:
    wanted = {planned.key: planned for planned in plan}
    todo = [planned for planned in wanted.values() if not is_complete(keyed_path(into, planned.key))]
    done = len(wanted) - len(todo)
    progress(done, len(wanted))
    faults = []
    with ThreadPoolExecutor(max_workers=voice.size, thread_name_prefix="prompts") as threads:
        jobs = {threads.submit(_make_one, planned, voice, into): planned for planned in todo}
        for job in as_completed(jobs):
            error = job.exception()
            if isinstance(error, PromptsError | ValueError | OSError):
                prompt = jobs[job].prompt
                faults.append(f"{prompt.language}/{prompt.prompt_id}: {error}")
            elif error is not None:
                raise error
            done += 1
            progress(done, len(wanted))
    return sorted(faults)


def _make_one(planned: _Planned, voice: Voice, into: Path) -> None:
    path = keyed_path(into, planned.key)
    match planned.source:
        case Utterance(text, language):
            write_speech(path, voice.render(text, language))
        case Path() as recording:
            write_speech(path, read_recording(recording))
        case parts:
            write_tones(path, parts)


def _publish(manifest: Manifest, into: Path) -> None:
    """Give the static prompts their names, note the build, and forget what no longer belongs to it."""
    names = set()
    for made in manifest.prompts:
        if made.static:
            for extension in EXTENSIONS:
                name = with_extension(into / made.language / made.prompt_id, extension)
                link_atomically(with_extension(keyed_path(into, made.key), extension), name)
                names.add(name)
    write_atomically(into / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    kept = names | {
        with_extension(keyed_path(into, made.key), extension) for made in manifest.prompts for extension in EXTENSIONS
    }
    for language in Language:
        for file in [*keyed_files(into), *(into / language).glob("*")]:
            if file not in kept and file.is_file():
                file.unlink(missing_ok=True)


@contextmanager
def _only_build(into: Path) -> Iterator[None]:
    """Hold the folder for one build at a time. Raises BuildError when another one does not end."""
    into.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _LOCK_S
    with (into / ".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BuildError("Another build of the prompts does not end. Stop it first.", []) from None
                time.sleep(0.1)
        yield
