"""What the sandbox acquirer keeps, in a file: keys with their answers, movements, tokens. No card number, no CVV.

A key is claimed and committed before anything is charged; the charge and the answer are one commit. So a second request
with the key never charges again, and after a kill a key is either charged or not.
"""

import secrets
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from calls.clock import Instant
from customers.payments import DeclineReason
from gateways.acquirer_messages import Answer, Line
from gateways.sandbox_cards import TEST_CARDS, UNKNOWN, Conduct, SandboxCard

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, amount INTEGER NOT NULL, means TEXT NOT NULL, answer BLOB NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS movements (
    key TEXT NOT NULL REFERENCES keys, reference TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS movements_by_at ON movements (at);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, tail TEXT NOT NULL, place INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS links (
    token TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE REFERENCES keys, until INTEGER NOT NULL, language TEXT NOT NULL,
    place INTEGER
);
"""
_STATUS: Final = "json_extract(answer, '$.status')"
_LINK: Final = "SELECT token, key, amount, until, language, answer, place FROM links JOIN keys USING (key)"
_LOCK_S: Final = 5.0
_TOKEN_BYTES: Final = 12
"""96 bits: nobody guesses it, and the SMS stays short."""


class KeyConflict(Exception):
    """The key was used for another amount or another card."""


@dataclass(frozen=True, slots=True)
class LinkKept:
    """A link and what has become of it; an open one is over at `until`."""

    token: str = field(repr=False)
    key: str
    amount: int
    until: int
    language: str
    answer: Answer


class Book:
    """One file, one process; every method is a transaction of its own."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect(file, timeout=_LOCK_S, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=FULL")
        self._file.executescript(_SCHEMA)
        # What the last process had only claimed was not charged, and its caller is gone.
        refused = _packed(Answer("refused", reason="bank_away"))
        self._file.execute(f"UPDATE keys SET answer = ? WHERE {_STATUS} = 'in_progress'", (refused,))  # noqa: S608

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def claim(self, key: str, amount: int, means: str, at: Instant) -> Answer | None:
        """None: the key is new and ours now. Otherwise what is known of it. Raises KeyConflict."""
        with self._lock:
            new = self._file.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (key, amount, means, _packed(Answer("in_progress")), at),
            )
            if new.rowcount:
                return None
            row = self._file.execute("SELECT amount, means, answer FROM keys WHERE key = ?", (key,)).fetchone()
        if (row[0], row[1]) != (amount, means):
            raise KeyConflict
        return _unpacked(row[2])

    def charge(self, key: str, amount: int, at: Instant, times: int, token: str) -> Answer:
        references = [_reference() for _ in range(times)]
        answer = Answer("charged", references[0], token=token)
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE")
            for reference in references:
                self._move(key, reference, "charge", amount, at)
            self._file.execute("UPDATE keys SET answer = ? WHERE key = ?", (_packed(answer), key))
        return answer

    def refuse(self, key: str, reason: str) -> Answer:
        answer = Answer("refused", reason=reason)
        with self._lock:
            self._file.execute("UPDATE keys SET answer = ? WHERE key = ?", (_packed(answer), key))
        return answer

    def find(self, key: str) -> Answer | None:
        with self._lock:
            row = self._file.execute("SELECT answer FROM keys WHERE key = ?", (key,)).fetchone()
        return None if row is None else _unpacked(row[0])

    def reverse(self, key: str, at: Instant) -> Answer | None:
        """What it is afterwards; None: no such payment. What was not charged stays as it is."""
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE")
            row = self._file.execute("SELECT amount, answer FROM keys WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            answer = _unpacked(row[1])
            if answer.status != "charged":
                return answer
            back = Answer("reversed", answer.reference)
            self._move(key, answer.reference, "reversal", row[0], at)
            self._file.execute("UPDATE keys SET answer = ? WHERE key = ?", (_packed(back), key))
        return back

    # --- links: waiting, then held or refused, then charged or refused
    def open_link(self, key: str, amount: int, until: int, language: str, at: Instant) -> str:
        """The token of its page, the same one for the same key. Raises KeyConflict."""
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE")
            found = self._file.execute(
                "SELECT token, amount FROM links JOIN keys USING (key) WHERE key = ?", (key,)
            ).fetchone()
            if found is not None:
                if found[1] != amount:
                    raise KeyConflict
                return str(found[0])
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            row = (key, amount, "link", _packed(Answer("waiting")), at)
            new = self._file.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
            if not new.rowcount:
                raise KeyConflict
            self._file.execute("INSERT INTO links VALUES (?, ?, ?, ?, NULL)", (token, key, until, language))
            return token

    def link_of(self, token: str, now: Instant) -> LinkKept | None:
        with self._lock:
            row = self._file.execute(f"{_LINK} WHERE token = ?", (token,)).fetchone()
        return None if row is None else _link(row, now)

    def link_for(self, key: str, now: Instant) -> LinkKept | None:
        with self._lock:
            row = self._file.execute(f"{_LINK} WHERE key = ?", (key,)).fetchone()
        return None if row is None else _link(row, now)

    def hold(self, token: str, card: SandboxCard, now: Instant) -> bool:
        """Set the money of an open link aside; False: it is not open any more."""
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE")
            row = self._file.execute(f"{_LINK} WHERE token = ?", (token,)).fetchone()
            if row is None or _link(row, now).answer.status != "waiting":
                return False
            self._settle(row[1], Answer("held"))
            self._file.execute("UPDATE links SET place = ? WHERE token = ?", (TEST_CARDS.index(card), token))
            return True

    def capture(self, key: str, at: Instant) -> Answer | None:
        """What it is afterwards; None: no such link. What is not held stays as it is."""
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE")
            row = self._file.execute(f"{_LINK} WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            link = _link(row, at)
            if link.answer.status != "held":
                return link.answer
            references = [_reference() for _ in range(charges_of(TEST_CARDS[row[6]]))]
            for reference in references:
                self._move(key, reference, "charge", link.amount, at)
            return self._settle(key, Answer("charged", references[0]))

    def release(self, key: str, at: Instant) -> Answer | None:
        """What it is afterwards; None: no such link. What was charged stays so."""
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE")
            row = self._file.execute(f"{_LINK} WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            link = _link(row, at)
            if link.answer.status not in {"held", "waiting"}:
                return link.answer
            return self._settle(key, Answer("refused", reason=DeclineReason.PAID_OTHERWISE))

    def _settle(self, key: str, answer: Answer) -> Answer:
        self._file.execute("UPDATE keys SET answer = ? WHERE key = ?", (_packed(answer), key))
        return answer

    def register(self, since: int, until: int) -> list[Line]:
        query = "SELECT key, reference, kind, amount, at FROM movements WHERE at >= ? AND at < ? ORDER BY at, rowid"
        with self._lock:
            return [Line(*row) for row in self._file.execute(query, (since, until))]

    def token_of(self, card: SandboxCard) -> str:
        """A new token; of the card only its place in the list and its last digits are kept."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            place = TEST_CARDS.index(card)
            self._file.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, card.number[-4:], place))
        return token

    def card_of(self, token: str) -> SandboxCard:
        with self._lock:
            row = self._file.execute("SELECT place FROM tokens WHERE token = ?", (token,)).fetchone()
        return TEST_CARDS[row[0]] if row is not None and row[0] < len(TEST_CARDS) else UNKNOWN

    def _move(self, key: str, reference: str, kind: str, amount: int, at: Instant) -> None:
        self._file.execute("INSERT INTO movements VALUES (?, ?, ?, ?, ?)", (key, reference, kind, amount, at))


def charges_of(card: SandboxCard) -> int:
    """How often this card's conduct charges for one key."""
    return 2 if card.conduct is Conduct.TWICE else 1


def _link(row: tuple[str, str, int, int, str, bytes, int | None], now: Instant) -> LinkKept:
    token, key, amount, until, language, packed, _ = row
    answer = _unpacked(packed)
    if answer.status == "waiting" and now >= until:
        answer = Answer("refused", reason=DeclineReason.LINK_EXPIRED)
    return LinkKept(token, key, amount, until, language, answer)


def _reference() -> str:
    return secrets.token_hex(6).upper()


def _packed(answer: Answer) -> bytes:
    return msgspec.json.encode(answer)


def _unpacked(text: bytes) -> Answer:
    return msgspec.json.decode(text, type=Answer)
