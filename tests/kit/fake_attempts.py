"""The counters of PIN tries in memory, by the same rules as database.attempts: for the fakes of flows."""

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.attempts import (
    HIDDEN,
    HOUR_S,
    OF_A_NUMBER,
    USUAL_HOURS,
    AccountTries,
    HouseTries,
    NumberTries,
    Try,
    begin,
    forgive,
    hour_limit,
    hour_of,
    rate,
)


class FakeAttempts:
    def __init__(self) -> None:
        self.accounts: dict[AccountNumber, AccountTries] = {}
        self.numbers: dict[PhoneNumber | None, NumberTries] = {}
        self.hours: dict[Instant, int] = {}

    def begin(self, account: AccountNumber, phone: PhoneNumber | None, now: Instant) -> Try:
        allowance = OF_A_NUMBER if phone else HIDDEN
        known, number = self.accounts.get(account, AccountTries()), self.numbers.get(phone, NumberTries())
        made = begin(known, number, allowance, self._counted(now), now)
        self.accounts[account], self.numbers[phone] = made.account, made.number
        return made

    def was_right(self, account: AccountNumber, phone: PhoneNumber | None, begun: Instant) -> None:
        self.hours[hour_of(begun)] -= 1
        self.numbers[phone] = forgive(self.numbers[phone], OF_A_NUMBER if phone else HIDDEN)
        self.forget(account)

    def forget(self, account: AccountNumber) -> None:
        self.accounts.pop(account, None)

    def _counted(self, now: Instant) -> HouseTries:
        begun = hour_of(now)
        self.hours[begun] = self.hours.get(begun, 0) + 1
        before = [self.hours.get(after(begun, -past * HOUR_S), 0) for past in range(USUAL_HOURS, 0, -1)]
        counted = next((place for place, wrong in enumerate(before) if wrong), len(before))
        return HouseTries(rate(self.hours[begun], before[-1], begun, now), hour_limit(before[counted:]))
