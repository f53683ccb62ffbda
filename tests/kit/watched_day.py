"""A floor under a virtual clock with the monitor's picture beside it: it sees every step as the feed would tell it."""

from acd.change import FloorChange
from acd.effects import WriteRecord
from acd.engine import Step
from acd.events import Event
from acd.figures import QueueFigures
from acd.metrics import stay_of_record
from acd.monitor.picture import Picture
from acd.queues import Queue
from calls.ids import QueueId
from tests.kit.floors import Day


class WatchedDay(Day):
    """`records_come`: whether records reach the picture at once, or (False) wait until `tell_records`."""

    def __init__(self, *queues: Queue, length_min: int = 30, records_come: bool = True) -> None:
        self.picture = Picture(length_min)
        self.records_come = records_come
        self._told = 0
        super().__init__(*queues)

    def tell(self, event: Event, *, actor: str = "test", message_id: str = "") -> Step:
        done = super().tell(event, actor=actor, message_id=message_id)
        changes = done.changes
        wrapping = {agent: wrap_up.call if wrap_up else None for agent, wrap_up in changes.wrap_ups.items()}
        change = FloorChange(done.version, dict(changes.calls), dict(changes.agents), wrapping, dict(changes.queues))
        self.picture.changed(change, self.now)
        if self.records_come:
            self.tell_records()
        return done

    def tell_records(self) -> None:
        for effect in self.effects[self._told :]:
            if isinstance(effect.wish, WriteRecord):
                stay = stay_of_record(effect.wish.record)
                assert stay is not None
                self.picture.recorded(effect.wish.record.call_id, stay)
        self._told = len(self.effects)

    def figures(self, queue: QueueId) -> QueueFigures:
        return next(one for one in self.picture.figures(self.now) if one.queue_id == queue)

    def whole(self) -> FloorChange:
        """The floor as a snapshot."""
        floor = self.floor
        wrapping = {agent: wrap_up.call for agent, wrap_up in floor.wrap_ups.items()}
        return FloorChange(floor.version, dict(floor.calls), dict(floor.agents), dict(wrapping), dict(floor.queues))
