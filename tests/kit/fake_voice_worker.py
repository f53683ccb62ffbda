"""A worker of the voice that says tones instead of words, and can be slow, dead or silly: a program of its own.

python fake_voice_worker.py FOLDER. Each sentence said leaves a file in FOLDER/said. Words that do something:
"wait" says nothing until FOLDER/go is there; "die" ends; "refuse" is an error; "babble" breaks the protocol; "hush"
gives silence. FOLDER/broken, while it is there, keeps the worker from starting.
"""

import json
import math
import os
import signal
import sys
import time
from array import array
from pathlib import Path

RATE = 24000
ENGINE = "Fake 1.0"


def sound_of(text: str) -> bytes:
    """0.4 s of a pitch that follows from the text; zeros for "hush"."""
    hertz = 300 + sum(text.encode()) % 1200
    loud = 0 if "hush" in text.lower() else 8000
    return array("h", [round(loud * math.sin(math.tau * hertz * n / RATE)) for n in range(RATE * 4 // 10)]).tobytes()


def main(folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = sys.stdout.buffer
    if (folder / "broken").exists():
        out.write(b'{"error": "no voices"}\n')
        return
    out.write(json.dumps({"engine": ENGINE}).encode() + b"\n")
    out.flush()
    for line in sys.stdin.buffer:
        text = json.loads(line)["text"]
        words = text.lower()
        (folder / "said" / f"{time.monotonic_ns()}-{os.getpid()}").write_text(text, "utf-8")
        while "wait" in words and not (folder / "go").exists():
            time.sleep(0.005)
        if "die" in words:
            return
        if "refuse" in words:
            out.write(b'{"error": "no such voice"}\n')
        elif "babble" in words:
            out.write(b"\xff not json\n")
        else:
            sound = sound_of(text)
            out.write(json.dumps({"rate": RATE, "bytes": len(sound)}).encode() + b"\n" + sound)
        out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
