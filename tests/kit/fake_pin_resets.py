"""PIN resets in memory: customers.pin_resets.PinResets and ApprovedResets for the unit tests of flows and desk.

tests/integration/test_database_pin_resets.py runs the same contract over this and over the database.
"""

from dataclasses import replace

from calls.clock import Instant, after
from calls.ids import AgentId, new_uuid7
from customers.accounts import AccountNumber
from customers.codes import Issued, OneTimeCodes, Purpose
from customers.outages import Author
from customers.pin_resets import (
    APPROVED_S,
    Decided,
    NewPinReset,
    PinReset,
    ResetId,
    ResetState,
    as_seen,
    asked,
    is_current,
    refusal,
)
from customers.ports import CustomersUnavailable
from customers.staff_words import proper
from tests.kit.fake_notices import FakeCodes, FakeNotices

_REFUSED = {Issued.TOO_MANY: Decided.TOO_MANY, Issued.NOT_SENT: Decided.NOT_SENT}


class FakePinResets:
    """`codes` sends; `acts`: what the audit would hold. `down`: everything raises CustomersUnavailable."""

    def __init__(self, codes: OneTimeCodes | None = None) -> None:
        self.codes = codes or FakeCodes(FakeNotices())
        self.kept: dict[ResetId, PinReset] = {}
        self.acts: list[tuple[str, str]] = []
        self.down = False

    def ask(self, new: NewPinReset, by: Author, now: Instant) -> PinReset | None:
        reset = asked(ResetId(new_uuid7()), replace(new, reason=proper(new.reason)), AgentId(by.login), now)
        self._see(now)
        if any(one.new.account == new.account and one.state is ResetState.ASKED for one in self.kept.values()):
            return None
        self.kept[reset.reset_id] = reset
        self.acts.append((by.login, "pin_reset_asked"))
        return reset

    def approve(self, reset_id: ResetId, word: str, by: Author, now: Instant, *, lift: bool) -> Decided:
        word = proper(word)
        self._see(now)
        reset = self.kept.get(reset_id)
        no = refusal(reset, AgentId(by.login), now)
        if reset is None or no is not None:
            return no or Decided.GONE
        new = reset.new
        issued = self.codes.issue(new.account, new.phone, Purpose.PIN_RESET, new.language, now)
        if issued in _REFUSED:
            return _REFUSED[issued]
        former = self.approved(new.account, now)
        if former is not None:
            self.kept[former.reset_id] = replace(former, state=ResetState.EXPIRED, changed_at=now)
        until = after(now, APPROVED_S)
        decided = replace(reset, state=ResetState.APPROVED, changed_at=now, expires_at=until)
        self.kept[reset_id] = replace(decided, decided_by=by.login, word=word, lift=lift)
        self.acts.append((by.login, "pin_reset_approved_with_lock_lifted" if lift else "pin_reset_approved"))
        return Decided.DONE

    def refuse(self, reset_id: ResetId, word: str, by: Author, now: Instant) -> Decided:
        word = proper(word)
        self._see(now)
        reset = self.kept.get(reset_id)
        no = refusal(reset, AgentId(by.login), now)
        if reset is None or no is not None:
            return no or Decided.GONE
        refused = replace(reset, state=ResetState.REFUSED, changed_at=now, decided_by=by.login, word=word)
        self.kept[reset_id] = refused
        self.acts.append((by.login, "pin_reset_refused"))
        return Decided.DONE

    def current(self, now: Instant) -> tuple[PinReset, ...]:
        self._see(now)
        found = [one for one in self.kept.values() if is_current(one, now)]
        return tuple(sorted(found, key=lambda one: (one.changed_at, one.reset_id)))

    def approved(self, account: AccountNumber, now: Instant) -> PinReset | None:
        self._see(now)
        mine = (one for one in self.kept.values() if one.new.account == account)
        return next((one for one in mine if one.state is ResetState.APPROVED), None)

    def use(self, account: AccountNumber, now: Instant) -> bool | None:
        """As database.pin_resets.use."""
        reset = self.approved(account, now)
        if reset is None:
            return None
        self.kept[reset.reset_id] = replace(reset, state=ResetState.USED, changed_at=now)
        return reset.lift

    def _see(self, now: Instant) -> None:
        if self.down:
            raise CustomersUnavailable("The PIN resets were taken down by the test.")
        self.kept = {reset_id: as_seen(one, now) for reset_id, one in self.kept.items()}
