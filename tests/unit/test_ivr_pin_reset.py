"""A new PIN by a reset that a supervisor has approved: who rings with its code, and who without."""

from dataclasses import dataclass, field

import pytest

from calls.clock import after
from calls.ids import CallId
from calls.journey import Identification, Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber
from customers.attempts import ACCOUNT_TRIES
from customers.outages import Author
from customers.pin_resets import APPROVED_S, Checked, Decided, NewPinReset
from customers.ports import PinChoice
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.flows.code import FRESH_S
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.visit import Visit
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.fake_notices import FakeCodes, counting_codes
from tests.kit.fake_pin_resets import FakePinResets
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, STRANGER, visit

MINE = demo.IN_DEBT
NEW = "83061"
NEW_PHONE = PhoneNumber("+73060077777")
AGENT, SUPERVISOR = Author("orlov"), Author("kim")
ASK_CODE = [*keys(f"{MINE.number}#*1"), SILENCE]


@dataclass(slots=True)
class Line:
    """Calls at one supplier, with the resets of its agents. The code of the approval is 730600."""

    customers: FakeCustomers = field(default_factory=lambda: demo_customers(NOW))
    codes: FakeCodes = field(default_factory=counting_codes)
    resets: FakePinResets = field(init=False)

    def __post_init__(self) -> None:
        self.resets = FakePinResets(self.codes)
        self.customers.resets = self.resets

    def approve(self, account: str = MINE.number, since_s: float = 60, *, lift: bool = False) -> None:
        at = after(NOW, -since_s)
        new = NewPinReset(
            AccountNumber(account), NEW_PHONE, "телефон утерян", Checked.PAYMENTS, CallId("c"), Language.RU
        )
        reset = self.resets.ask(new, AGENT, at)
        assert reset is not None
        assert self.resets.approve(reset.reset_id, "сверено", SUPERVISOR, at, lift=lift) is Decided.DONE

    def call(self, *script: str | list[str], phone: PhoneNumber | None = STRANGER) -> tuple[Outcome | None, Visit]:
        channel = ScriptedChannel("1", *script, LISTEN)
        caller = visit(channel, phone, self.customers, codes=self.codes, resets=self.resets)
        try:
            return welcome.answer(caller), caller
        except CallerHungUp:
            return None, caller

    @property
    def sent_to(self) -> list[str]:
        return [notice.to for notice in self.codes.notices.kept]


@pytest.fixture
def line() -> Line:
    return Line()


def heard(caller: Visit) -> list[str]:
    assert isinstance(caller.channel, ScriptedChannel)
    return caller.channel.heard


def test_the_code_that_came_with_the_approval_leads_to_a_new_pin(line: Line) -> None:
    line.approve()
    outcome, caller = line.call(ASK_CODE, keys(f"730600#{NEW}#{NEW}#"), SILENCE)
    assert isinstance(outcome, SelfServed)
    assert line.sent_to == [NEW_PHONE], "none beside the one that is on its way"
    assert {"code.sent", "pin.new", "pin.changed", "balance.debt"} <= set(heard(caller))
    assert "code.right" not in heard(caller), "there is nothing to choose: a new PIN is what was approved"
    assert line.customers.chosen == [(MINE.number, PinChoice.APPROVED)]
    assert line.customers.accounts[MINE.number].pin == NEW
    assert caller.facts.identification is Identification.VERIFIED
    _, old = line.call(keys(f"{MINE.number}#{MINE.pin}#"), HANG_UP)
    assert "identify.wrong" in heard(old) or old.facts.journey[-1].outcome == "wrong_pin"


def test_later_a_fresh_code_goes_to_the_named_telephone_and_never_to_the_one_on_file(line: Line) -> None:
    line.approve(since_s=FRESH_S)
    outcome, _ = line.call(ASK_CODE, keys(f"730601#{NEW}#{NEW}#"), SILENCE, phone=MINE.phone)
    assert isinstance(outcome, SelfServed)
    assert line.sent_to == [NEW_PHONE, NEW_PHONE]
    assert line.customers.accounts[MINE.number].pin == NEW


def test_another_one_is_sent_to_who_asks_in_the_call(line: Line) -> None:
    line.approve()
    _, caller = line.call(ASK_CODE, "*", "1", SILENCE, keys(f"730601#{NEW}#{NEW}#"), SILENCE)
    assert line.sent_to == [NEW_PHONE, NEW_PHONE]
    assert "pin.changed" in heard(caller)


def test_without_the_new_pin_nothing_is_opened_and_the_approval_stays(line: Line) -> None:
    line.approve()
    outcome, caller = line.call(ASK_CODE, keys("730600#"), [SILENCE, SILENCE])
    assert isinstance(outcome, ToQueue)
    assert caller.facts.identification is Identification.ANONYMOUS
    assert not [one for one in heard(caller) if one.startswith("balance")]
    assert line.customers.accounts[MINE.number].pin == MINE.pin
    assert line.resets.approved(AccountNumber(MINE.number), NOW) is not None


def test_an_approval_is_good_once(line: Line) -> None:
    line.approve()
    line.call(ASK_CODE, keys(f"730600#{NEW}#{NEW}#"), SILENCE)
    assert line.resets.approved(AccountNumber(MINE.number), NOW) is None
    line.call(ASK_CODE, HANG_UP)
    assert line.sent_to == [NEW_PHONE, MINE.phone], "then a code goes to the telephone on file, as ever"


def test_what_ran_out_meanwhile_changes_no_pin(line: Line) -> None:
    line.approve()
    line.customers.resets = FakePinResets()
    _, caller = line.call(ASK_CODE, keys(f"730600#{NEW}#{NEW}#"), SILENCE)
    assert "pin.not_changed" in heard(caller)
    assert caller.facts.identification is Identification.ANONYMOUS
    assert line.customers.accounts[MINE.number].pin == MINE.pin
    late = Line()
    late.approve(since_s=APPROVED_S)
    late.call(ASK_CODE, HANG_UP)
    assert late.sent_to == [NEW_PHONE, MINE.phone]


@pytest.mark.parametrize("lift", [True, False])
def test_the_lock_ends_only_where_the_supervisor_said_so(line: Line, lift: bool) -> None:
    for number in range(ACCOUNT_TRIES):
        line.call(keys(f"{MINE.number}#0000#"), HANG_UP, phone=PhoneNumber(f"+7306001000{number}"))
    line.approve(lift=lift)
    line.call(ASK_CODE, keys(f"730600#{NEW}#{NEW}#"), SILENCE)
    assert line.customers.accounts[MINE.number].pin == NEW
    _, caller = line.call(keys(f"{MINE.number}#{NEW}#"), LISTEN, HANG_UP)
    assert (caller.facts.identification is Identification.VERIFIED) is lift


def test_an_account_with_and_without_an_approval_sound_the_same(line: Line) -> None:
    line.approve()
    told = []
    for number in (MINE.number, demo.UNKNOWN_ACCOUNT, demo.OVERPAID.number):
        _, caller = line.call(keys(f"{number}#*1"), SILENCE, *[keys("111111#")] * 3)
        assert isinstance(caller.channel, ScriptedChannel)
        told.append((caller.channel.played, caller.channel.pauses))
    assert told[0] == told[1] == told[2]


def test_a_known_number_that_gets_no_sms_has_its_new_pin_by_the_approval(line: Line) -> None:
    line.approve(demo.TRUSTED.number)
    script: list[str | list[str]] = [LISTEN, "2", "3", "*", "1", SILENCE, keys(f"730600#{NEW}#{NEW}#"), SILENCE]
    _, caller = line.call(*script, phone=demo.TRUSTED.phone)
    assert line.customers.chosen == [(demo.TRUSTED.number, PinChoice.APPROVED)]
    assert heard(caller).count("pin.new") == 1
    assert caller.facts.identification is Identification.VERIFIED


def test_the_resets_away_are_said_kindly(line: Line) -> None:
    line.resets.down = True
    outcome, caller = line.call(ASK_CODE, "0")
    assert isinstance(outcome, ToQueue)
    assert "identify.unavailable" in heard(caller)
