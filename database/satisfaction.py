"""customers.satisfaction.Surveys over the database, and what reports ask of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, select

from calls.clock import Instant, after
from calls.ids import AgentId, QueueId
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber
from customers.ports import CustomersUnavailable
from customers.satisfaction import Score, Scores
from database.engine import DatabaseUnavailable, reading, writing
from database.satisfaction_tables import AskedRow, ScoreRow
from database.text import storable
from database.upsert import insert_into

KEPT_S = 366 * 24 * 3600
"""The longest time for which a number may be left alone (callcentre.settings_survey)."""


class DatabaseSatisfaction:
    """Whose number is malformed is not asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def may_ask(self, phone: PhoneNumber, rest_s: int, now: Instant) -> bool:
        if not is_e164(phone):
            return False
        with writing(self._engine, CustomersUnavailable) as connection:
            asked = insert_into(connection, AskedRow).values(number=phone, asked_at=now)
            again = asked.on_conflict_do_update(
                index_elements=[AskedRow.number],
                set_={"asked_at": now},
                where=AskedRow.asked_at <= after(now, -rest_s),
            )
            return connection.scalar(again.returning(AskedRow.number)) is not None

    def keep(self, score: Score) -> None:
        values = {
            "call_id": storable(score.call_id),
            "score": score.score,
            "at": score.at,
            "language": score.language.value,
            "agent_id": score.agent_id,
            "queue_id": score.queue_id,
        }
        with writing(self._engine, CustomersUnavailable) as connection:
            kept = insert_into(connection, ScoreRow).values(**values)
            connection.execute(kept.on_conflict_do_nothing(index_elements=[ScoreRow.call_id]))

    def forget_old(self, now: Instant) -> None:
        """Erase when numbers were asked, once it holds nobody back any more."""
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(delete(AskedRow).where(AskedRow.asked_at <= after(now, -KEPT_S)))


@dataclass(frozen=True, slots=True)
class ScoredBy:
    """Whom scores stand for; None where it was not known."""

    agent_id: AgentId | None
    queue_id: QueueId | None


class SatisfactionFigures:
    """Every method may raise DatabaseUnavailable. A score belongs to the instant at which it was given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def between(self, begins: Instant, ends: Instant) -> Mapping[ScoredBy, Scores]:
        """Of each agent in each queue from `begins` up to, not including, `ends`; only those with any score."""
        row = ScoreRow
        counted = select(row.agent_id, row.queue_id, row.score, func.count()).where(row.at >= begins, row.at < ends)
        grouped = counted.group_by(row.agent_id, row.queue_id, row.score)
        found: dict[ScoredBy, Scores] = {}
        with reading(self._engine, DatabaseUnavailable) as connection:
            for agent, queue, score, count in connection.execute(grouped):
                who = ScoredBy(AgentId(agent) if agent else None, QueueId(queue) if queue else None)
                found[who] = found.get(who, Scores()) + Scores.of(score, count)
        return found

    def by_agent(self, begins: Instant, ends: Instant) -> Mapping[AgentId, Scores]:
        """The same of each agent who is known, whatever the queue."""
        found: dict[AgentId, Scores] = {}
        for who, scores in self.between(begins, ends).items():
            if who.agent_id is not None:
                found[who.agent_id] = found.get(who.agent_id, Scores()) + scores
        return found

    def by_queue(self, begins: Instant, ends: Instant) -> Mapping[QueueId, Scores]:
        """The same of each queue that is known, whoever answered."""
        found: dict[QueueId, Scores] = {}
        for who, scores in self.between(begins, ends).items():
            if who.queue_id is not None:
                found[who.queue_id] = found.get(who.queue_id, Scores()) + scores
        return found

    def by_day(self, days: Iterable[tuple[Instant, Instant]]) -> tuple[Scores, ...]:
        """Of all agents and queues, for each day as (begins, ends); a day without a score has no mean."""
        return tuple(Scores.total(self.between(begins, ends).values()) for begins, ends in days)
