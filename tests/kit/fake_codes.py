"""One-time codes in memory: customers.ports.OneTimeCodes for the unit tests of flows.

The rules are the least that a flow must bear: a code is of one account and purpose, lives ten minutes and three tries.
"""

from dataclasses import dataclass
from typing import Final

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable

LIFE_S: Final = 600
TRIES: Final = 3


@dataclass(slots=True)
class Sent:
    account: AccountNumber
    phone: PhoneNumber
    purpose: str
    code: str
    at: Instant
    tries: int = 0


class FakeCodes:
    """`sent`: what was sent, the newest last; codes are 730600, 730601, ... Set `down`: CustomersUnavailable."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.down = False

    def issue(self, account: AccountNumber, phone: PhoneNumber, purpose: str, now: Instant) -> None:
        self._answer()
        self.sent.append(Sent(account, phone, purpose, f"{730600 + len(self.sent)}", now))

    def check(self, account: AccountNumber, purpose: str, digits: str, now: Instant) -> str:
        self._answer()
        mine = [one for one in self.sent if (one.account, one.purpose) == (account, purpose)]
        if not mine:
            return "none"
        newest = mine[-1]
        if now >= after(newest.at, LIFE_S):
            return "expired"
        newest.tries += 1
        if newest.tries > TRIES:
            return "too_many"
        if digits != newest.code:
            return "wrong"
        self.sent.remove(newest)
        return "right"

    def _answer(self) -> None:
        if self.down:
            raise CustomersUnavailable("The codes were taken down by the test.")
