"""customers.satisfaction.Surveys in memory; tests/integration/test_database_satisfaction.py runs its contract."""

from threading import Lock

from calls.clock import Instant, after
from calls.ids import CallId
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber
from customers.ports import CustomersUnavailable
from customers.satisfaction import Score


class FakeSurveys:
    """`down`: everything raises CustomersUnavailable."""

    def __init__(self) -> None:
        self.asked: dict[PhoneNumber, Instant] = {}
        self.scores: dict[CallId, Score] = {}
        self.down = False
        self._lock = Lock()

    def may_ask(self, phone: PhoneNumber, rest_s: int, now: Instant) -> bool:
        self._up()
        with self._lock:
            last = self.asked.get(phone)
            if not is_e164(phone) or (last is not None and last > after(now, -rest_s)):
                return False
            self.asked[phone] = now
            return True

    def keep(self, score: Score) -> None:
        self._up()
        self.scores.setdefault(score.call_id, score)

    def _up(self) -> None:
        if self.down:
            raise CustomersUnavailable("The scores were taken down by the test.")
