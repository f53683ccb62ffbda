"""The keys in Redis. All begin with the prefix of the settings ("cc"), here left out.

lease, fence     who may write (acd/lua/lease.lua)
floor            hash: version, at, settings_version, pool, inbox (the last inbox entry that was taken), fence (whose
                 commit was the last), schema (version that the entities are written in)
queues, calls, agents, wrap_ups    hash each: id -> JSON of the entity (acd.codec)
departed         stream: the last calls that are over (id, recorded), so that a late fact changes nothing
outbox           hash: effect id -> JSON; written with the commit, removed when performed
inbox            stream, field m: messages of the self-service and the desk; entries that were taken are trimmed
answer:ID        list of one: the answer to a command; expires after `ANSWER_KEPT_S`
changes          stream, field c, entry id VERSION-0: what each commit changed; the desk's live feed reads it
log              stream: version, m (message), r (refusal), s (settings version); kept `LOG_KEPT_S`
"""

from dataclasses import dataclass
from typing import Final

ANSWER_KEPT_S: Final = 30
LOG_KEPT_S: Final = 30 * 86_400
INBOX_LIMIT: Final = 20_000
"""A storm's calls, each with a few messages; more means that no engine runs."""
CHANGES_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Keys:
    prefix: str

    def __getitem__(self, name: str) -> str:
        return f"{self.prefix}:{name}"

    def answer(self, message_id: str) -> str:
        return f"{self.prefix}:answer:{message_id}"
