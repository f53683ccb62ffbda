"""A voice without an engine: the real pool over fake workers (see fake_voice_worker), and what they were asked."""

import sys
from pathlib import Path
from typing import Final

from prompts.voice import Voice

_WORKER: Final = Path(__file__).with_name("fake_voice_worker.py")


class FakeVoice:
    """Its folder steers the workers: `go` lets waiting ones speak, `broken` keeps new ones from starting."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "said").mkdir(parents=True)

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-S", str(_WORKER), str(self.folder)]

    def pool(self, workers: int = 2, timeout_s: float = 5.0, most_sentences: int = 64) -> Voice:
        """A voice that is not started yet."""
        return Voice(self.command, workers, timeout_s=timeout_s, most_sentences=most_sentences)

    def said(self, word: str = "") -> list[str]:
        """The sentences with this word in the order they were asked for; the first words of a start are left out."""
        texts = [file.read_text("utf-8") for file in sorted((self.folder / "said").iterdir())]
        return [text for text in texts if word in text and text not in {"Да.", "Yes."}]

    def let_go(self) -> None:
        """Let the workers that wait say their sentences."""
        (self.folder / "go").touch()

    def break_down(self) -> None:
        """No worker starts from now on."""
        (self.folder / "broken").touch()

    def mend(self) -> None:
        (self.folder / "broken").unlink()
