"""The keys in Redis. All begin with the prefix of the settings ("cc"), here left out.

lease, fence     who may write (acd/lua/lease.lua)
floor            hash: version, at, settings_version, pool, limits, short (queues whose forecast misses their standard),
                 inbox (the last inbox entry that was taken), fence (whose commit was the last), schema (version that
                 the entities are written in)
queues, paces, calls, agents, wrap_ups    hash each: id -> JSON of the entity (acd.codec)
departed         stream: the last calls that are over (id, recorded), so that a late fact changes nothing
outbox           hash: effect id -> JSON; written with the commit, removed when performed
inbox            stream, field m: messages of the self-service and the desk; entries that were taken are trimmed
answer:ID        list of one: the answer to a command; expires after `ANSWER_KEPT_S`
changes          stream, field c, entry id VERSION-0: what each commit changed; the desk's live feed reads it
standbys         sorted set: name of a process that stands by -> Redis' time (s) of its last word
reports          stream, field r: what the monitor tells (acd.figures.Report), once a second; the last few
log              stream: v (version), m (message), r (refusal), d (decisions, acd.logged), s (settings version);
                 kept `LOG_KEPT_S`
snapshots        sorted set: versions of which a copy of the floor is kept, by their instant (acd.event_log)
snapshot:VERSION:NAME    the copy of floor, queues, paces, calls, agents, wrap_ups and departed; `log` in its floor is
                 the last entry of the log that it knows
"""

from dataclasses import dataclass
from typing import Final

ANSWER_KEPT_S: Final = 30
LOG_KEPT_S: Final = 30 * 86_400
INBOX_LIMIT: Final = 20_000
"""A storm's calls, each with a few messages; more means that no engine runs."""
CHANGES_KEPT: Final = 10_000
REPORTS_KEPT: Final = 4
STANDBY_S: Final = 5
"""Who has not said for so long that it stands by does so no more."""


@dataclass(frozen=True, slots=True)
class Keys:
    prefix: str

    def __getitem__(self, name: str) -> str:
        return f"{self.prefix}:{name}"

    def answer(self, message_id: str) -> str:
        return f"{self.prefix}:answer:{message_id}"
