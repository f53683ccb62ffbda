"""Notices and one-time codes in memory, for the unit tests of flows.

tests/integration/test_database_notices.py and test_database_codes.py run the same contracts over these and over the
database. `down`: everything raises CustomersUnavailable.
"""

from collections.abc import Callable
from itertools import count

from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingRules
from customers.accounts import AccountNumber
from customers.codes import LIFE_S, CodeCheck, CodeRules, Issued, Purpose, judge, new_code, sealed_code
from customers.notice_texts import CodeText
from customers.notices import (
    Notice,
    NoticeId,
    NoticeRules,
    NotTaken,
    Way,
    address_refusal,
    count_refusal,
    notice_of,
)
from customers.ports import CustomersUnavailable

HOUR_S = 3600.0
KEY = b"k" * 32


class FakeNotices:
    """`kept`: what was taken, in its order."""

    def __init__(self, rules: NoticeRules = NoticeRules(frozenset(Way))) -> None:  # noqa: B008 - frozen
        self.rules = rules
        self.kept: list[Notice] = []
        self.down = False

    def ways(self) -> frozenset[Way]:
        return self.rules.ways

    def send(self, notice: Notice) -> NotTaken | None:
        if self.down:
            raise CustomersUnavailable("The outbox was taken down by the test.")
        refusal = address_refusal(notice.to, self.rules)
        if refusal is not None or any(known.notice_id == notice.notice_id for known in self.kept):
            return refusal
        hour = [known for known in self.kept if known.created_at > after(notice.created_at, -HOUR_S)]
        refusal = count_refusal(sum(known.to == notice.to for known in hour), len(hour), self.rules)
        if refusal is None:
            self.kept.append(notice)
        return refusal


class FakeCodes:
    """`newest`: the digits of the code that was issued last, as its SMS told them; `notices` holds what was sent.

    `digits`: where they come from, for tests that have to know them beforehand.
    """

    def __init__(
        self,
        notices: FakeNotices,
        rules: CodeRules = CodeRules(),  # noqa: B008 - frozen
        digits: Callable[[], str] = new_code,
    ) -> None:
        self.notices = notices
        self._digits = digits
        self._rules = rules
        self._issued: list[tuple[AccountNumber, PhoneNumber, Instant]] = []
        self._living: dict[tuple[AccountNumber, Purpose], tuple[bytes, Instant, int]] = {}
        self.newest = ""

    def issue(
        self, account: AccountNumber, phone: PhoneNumber, purpose: Purpose, language: Language, now: Instant
    ) -> Issued:
        hour = [(whose, to) for whose, to, at in self._issued if at > after(now, -HOUR_S)]
        to_number, of_account = sum(to == phone for _, to in hour), sum(whose == account for whose, _ in hour)
        if to_number >= self._rules.per_number or of_account >= self._rules.per_account:
            return Issued.TOO_MANY
        digits = self._digits()
        notice_id = NoticeId(f"code-{len(self._issued)}")
        notice = notice_of(notice_id, phone, CodeText(digits, LIFE_S // 60), language, now)
        refusal = self.notices.send(notice)
        if refusal is not None:
            limits = (NotTaken.NUMBER_LIMIT, NotTaken.HOUR_LIMIT)
            return Issued.TOO_MANY if refusal in limits else Issued.NOT_SENT
        self._issued.append((account, phone, now))
        self._living[account, purpose] = (sealed_code(account, purpose, digits, KEY), after(now, LIFE_S), 0)
        self.newest = digits
        return Issued.SENT

    def check(self, account: AccountNumber, purpose: Purpose, digits: str, now: Instant) -> CodeCheck:
        if self.notices.down:
            raise CustomersUnavailable("The codes were taken down by the test.")
        if (account, purpose) not in self._living:
            return CodeCheck.NO_CODE
        sealed, until, tries = self._living[account, purpose]
        result = judge(sealed, sealed_code(account, purpose, digits, KEY), until, tries, now)
        self._living[account, purpose] = (sealed, until, tries + 1)
        if result is not CodeCheck.WRONG:
            del self._living[account, purpose]
        return result


def counting_codes() -> FakeCodes:
    """Codes 730600, 730601, ..."""
    numbers = count(730600)
    demo_numbers = NoticeRules(frozenset(Way), OutgoingRules(prefixes=("+7306",)))
    return FakeCodes(FakeNotices(demo_numbers), digits=lambda: str(next(numbers)))
