"""PIN tries over many calls, a new PIN by telephone, and a code in place of the PIN."""

from dataclasses import dataclass, field

import pytest

from calls.journey import Identification
from calls.numbers import PhoneNumber, takes_messages
from customers import demo
from customers.accounts import AccountNumber
from customers.attempts import ACCOUNT_TRIES, NUMBER_TRIES
from customers.demo import DemoAccount
from customers.ports import PinChoice
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.flows.code import SENDS, telephone
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.visit import Visit
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.fake_notices import FakeCodes, counting_codes
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, STRANGER, visit

MINE = demo.IN_DEBT
NEW = "83061"
CODE = "730600"
ASK_CODE = [*keys(f"{MINE.number}#*1"), SILENCE]


@dataclass(slots=True)
class Line:
    """Calls of many numbers at one supplier."""

    customers: FakeCustomers = field(default_factory=lambda: demo_customers(NOW))
    codes: FakeCodes | None = None

    def call(self, *script: str | list[str], phone: PhoneNumber | None = STRANGER) -> "Called":
        channel = ScriptedChannel("1", *script, LISTEN)
        caller = visit(channel, phone, self.customers, codes=self.codes)
        try:
            outcome: Outcome | None = welcome.answer(caller)
        except CallerHungUp:
            outcome = None
        return Called(outcome, channel, caller)


@dataclass(slots=True)
class Called:
    outcome: Outcome | None
    channel: ScriptedChannel
    caller: Visit

    @property
    def steps(self) -> list[str]:
        return [
            f"{step.choice} {step.outcome}" for step in self.caller.facts.journey if step.flow in {"identify", "pin"}
        ]

    @property
    def level(self) -> Identification:
        return self.caller.facts.identification


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def coded() -> Line:
    return Line(codes=counting_codes())


def by_pin(account: DemoAccount = MINE, pin: str | None = None) -> list[str]:
    return keys(f"{account.number}#{pin or account.pin}#")


def other_phone(number: int) -> PhoneNumber:
    return PhoneNumber(f"+7306001{number:04}")


# --- many calls
def test_an_account_is_locked_over_calls_from_many_numbers_and_the_agent_sees_why(line: Line) -> None:
    for number in range(2):
        line.call(*[by_pin(pin="0000")] * 3, phone=other_phone(number))
    owner = line.call(by_pin(), "0", phone=MINE.phone)
    assert "account_and_pin locked" in owner.steps
    assert owner.level is Identification.KNOWN_NUMBER
    assert not [heard for heard in owner.channel.heard if heard.startswith("balance")]


def test_a_number_is_sent_to_an_agent_once_it_may_try_no_more(line: Line) -> None:
    for number in range(NUMBER_TRIES):
        line.call(keys(f"44013000{number:02}#0000#"), HANG_UP)
    refused = line.call(by_pin(), LISTEN)
    assert isinstance(refused.outcome, ToQueue)
    assert refused.steps[-2:] == ["account_and_pin blocked", "account_and_pin to_agent"]
    assert isinstance(line.call(by_pin(), SILENCE, phone=other_phone(1)).outcome, SelfServed)


def test_each_wrong_pin_in_a_row_is_answered_later_and_spoken_over(line: Line) -> None:
    first = line.call(*[by_pin(pin="0000")] * 3)
    assert first.channel.pauses == [1, 2, 4]
    assert first.channel.heard.count("identify.checking") == 2
    second = line.call(by_pin(pin="0000"), by_pin(pin="0000"), HANG_UP, phone=other_phone(2))
    assert second.channel.pauses == [8, 8]


def test_the_right_pin_is_answered_at_once(line: Line) -> None:
    assert line.call(by_pin(), SILENCE).channel.pauses == []


def test_nobody_learns_whether_an_account_exists_from_what_is_heard_or_how_late() -> None:
    heard = []
    for number in (MINE.number, demo.UNKNOWN_ACCOUNT):
        line = Line()
        calls = [line.call(*[keys(f"{number}#0000#")] * 3, phone=other_phone(call)) for call in range(4)]
        heard.append([(call.channel.played, call.channel.pauses) for call in calls])
    assert heard[0] == heard[1]


def test_ringing_off_in_the_delay_changes_nothing_that_was_counted(line: Line) -> None:
    gone = line.call(by_pin(pin="0000"), HANG_UP)
    assert gone.outcome is None
    assert gone.steps[-1] == "account_and_pin wrong_pin"
    assert gone.caller.facts.account == MINE.number
    for number in range(ACCOUNT_TRIES - 1):
        line.call(by_pin(pin="0000"), HANG_UP, phone=other_phone(number))
    assert "account_and_pin locked" in line.call(by_pin(), HANG_UP, phone=other_phone(9)).steps


# --- a new PIN
def test_a_verified_caller_chooses_a_new_pin(line: Line) -> None:
    changed = line.call(by_pin(), LISTEN, "2", "3", keys(f"{NEW}#{NEW}#"), SILENCE)
    assert isinstance(changed.outcome, SelfServed)
    assert changed.channel.heard[-4:-1] == ["pin.again", "pin.changed", "account.after"]
    assert changed.steps[-1] == "new_pin changed"
    assert line.customers.accounts[MINE.number].pin == NEW
    assert line.customers.chosen == [(MINE.number, PinChoice.CHANGED)]
    assert line.call(by_pin(pin=NEW), SILENCE).level is Identification.VERIFIED


@pytest.mark.parametrize(
    ("keyed", "why"),
    [
        ("0000#", "pin.weak"),
        ("1234#", "pin.weak"),
        ("1985#", "pin.weak"),
        ("0170#", "pin.weak"),
        ("8306123", "pin.unusable"),
    ],
)
def test_what_is_easy_to_guess_is_refused_with_the_reason(line: Line, keyed: str, why: str) -> None:
    changed = line.call(by_pin(), LISTEN, "2", "3", keys(keyed), keys(f"{NEW}#{NEW}#"), SILENCE)
    assert why in changed.channel.heard
    assert line.customers.accounts[MINE.number].pin == NEW


def test_two_different_ones_are_no_pin_and_three_rounds_are_enough(line: Line) -> None:
    changed = line.call(by_pin(), LISTEN, "2", "3", *[keys(f"{NEW}#83062#")] * 3, SILENCE)
    assert changed.channel.heard.count("pin.differs") == 3
    assert "pin.not_changed" in changed.channel.heard
    assert changed.steps[-1] == "new_pin not_changed"
    assert line.customers.accounts[MINE.number].pin == MINE.pin


def test_a_known_number_proves_itself_before_it_changes_a_pin(line: Line) -> None:
    """The owner allowed it the balance; a forged number must not make the PIN its own."""
    changed = line.call(LISTEN, "2", "3", keys(f"{demo.TRUSTED.pin}#{NEW}#{NEW}#"), SILENCE, phone=demo.TRUSTED.phone)
    assert "identify.account" not in changed.channel.heard, "which account is known"
    assert changed.level is Identification.VERIFIED
    assert line.customers.accounts[demo.TRUSTED.number].pin == NEW
    forged = line.call(LISTEN, "2", "3", *[keys("7777#")] * 3, phone=demo.TRUSTED.phone)
    assert isinstance(forged.outcome, ToQueue)
    assert line.customers.accounts[demo.TRUSTED.number].pin == NEW


@pytest.mark.parametrize("last", [["*", "0", SILENCE], [SILENCE, SILENCE]])
def test_who_gives_up_keeps_the_old_pin(line: Line, last: list[str]) -> None:
    given_up = line.call(by_pin(), LISTEN, "2", "3", keys(f"{NEW}#"), last)
    assert isinstance(given_up.outcome, ToQueue)
    assert "new_pin not_changed" in given_up.steps
    assert line.customers.accounts[MINE.number].pin == MINE.pin


def test_the_database_away_in_the_middle_is_said_kindly(line: Line) -> None:
    channel = ScriptedChannel("1", by_pin(), LISTEN, "2", "3", keys(f"{NEW}#{NEW}#"), "0")
    caller = visit(channel, STRANGER, line.customers)
    choose = line.customers.choose

    def away(number: AccountNumber, pin: str, how: PinChoice, now: object) -> bool:
        line.customers.down = True
        return choose(number, pin, how, NOW)

    line.customers.choose = away  # type: ignore[method-assign]  # the moment matters, not the fake
    assert isinstance(welcome.answer(caller), ToQueue)
    assert "identify.unavailable" in channel.heard
    assert line.customers.accounts[MINE.number].pin == MINE.pin


# --- a code
def test_a_code_goes_to_the_accounts_own_telephone_and_opens_the_balance(coded: Line) -> None:
    called = coded.call(ASK_CODE, keys(f"{CODE}#"), "2", SILENCE)
    assert isinstance(called.outcome, SelfServed)
    assert called.level is Identification.VERIFIED
    assert called.steps == ["known_number unknown_number", "code sent", "code verified"]
    assert "balance.debt" in called.channel.heard
    assert coded.customers.pin_checks == 0


def test_the_agent_sees_which_account_a_code_was_asked_for(coded: Line) -> None:
    asked = coded.call(ASK_CODE, "*", "0", SILENCE)
    assert (asked.caller.facts.account, asked.level) == (MINE.number, Identification.ANONYMOUS)
    unknown = coded.call(keys(f"{demo.UNKNOWN_ACCOUNT}#*1"), SILENCE, "*", "0", SILENCE)
    assert unknown.caller.facts.account is None


def test_it_never_goes_to_the_number_that_rings_unless_that_is_the_accounts(coded: Line) -> None:
    assert coded.codes is not None
    coded.call(ASK_CODE, HANG_UP)
    coded.call(ASK_CODE, HANG_UP, phone=MINE.phone)
    assert [sent.to for sent in coded.codes.notices.kept] == [MINE.phone, MINE.phone]


def test_the_last_digits_are_said_only_of_the_telephone_that_rings(coded: Line) -> None:
    stranger = coded.call(ASK_CODE, LISTEN, HANG_UP)
    assert "code.sent" in stranger.channel.heard
    assert "code.sent_to" not in stranger.channel.heard
    own = coded.call(ASK_CODE, LISTEN, HANG_UP, phone=MINE.phone)
    assert "Мы отправили код на ваш телефон. Его последние цифры: семь, ноль." in own.channel.sentences


def test_a_code_for_an_account_that_does_not_exist_sounds_the_same(coded: Line) -> None:
    nobody = [*keys(f"{demo.UNKNOWN_ACCOUNT}#*1"), SILENCE]
    guesses = [keys("111111#")] * 3
    known, unknown = coded.call(ASK_CODE, *guesses), coded.call(nobody, *guesses)
    assert known.channel.played == unknown.channel.played
    assert known.channel.pauses == unknown.channel.pauses == [1.0] * 4
    assert isinstance(unknown.outcome, ToQueue)
    assert unknown.level is Identification.ANONYMOUS


def test_after_the_tries_a_code_is_offered_before_the_agent(coded: Line) -> None:
    called = coded.call(*[by_pin(pin="0000")] * 3, LISTEN, "1", keys(f"{CODE}#"), "2", SILENCE)
    assert called.level is Identification.VERIFIED
    refused = coded.call(*[keys("4401220188#0000#")] * 3, LISTEN, "0", phone=other_phone(1))
    assert isinstance(refused.outcome, ToQueue)
    assert refused.channel.heard[-1] == "identify.offer_code"


def test_a_locked_owner_is_let_in_by_a_code_and_a_new_pin_ends_the_lock(coded: Line) -> None:
    for number in range(2):
        coded.call(*[by_pin(pin="0000")] * 3, "0", phone=other_phone(number))
    owner = coded.call(ASK_CODE, keys(f"{CODE}#"), "1", keys(f"{NEW}#{NEW}#"), SILENCE, phone=MINE.phone)
    assert owner.steps[-1] == "new_pin changed"
    assert "balance.debt" in owner.channel.heard, "and then what the caller came for"
    assert coded.customers.chosen == [(MINE.number, PinChoice.RESET)]
    assert coded.call(by_pin(pin=NEW), SILENCE, phone=other_phone(3)).level is Identification.VERIFIED


def test_without_a_new_pin_the_lock_stays(coded: Line) -> None:
    for number in range(2):
        coded.call(*[by_pin(pin="0000")] * 3, "0", phone=other_phone(number))
    assert coded.call(ASK_CODE, keys(f"{CODE}#"), "2", SILENCE).level is Identification.VERIFIED
    assert "account_and_pin locked" in coded.call(by_pin(), HANG_UP, phone=other_phone(3)).steps


def test_two_codes_and_three_tries_are_all_that_a_call_has(coded: Line) -> None:
    assert coded.codes is not None
    again = ["*", "1", SILENCE]
    often = coded.call(ASK_CODE, again, again)
    assert len(coded.codes.notices.kept) == SENDS
    assert isinstance(often.outcome, ToQueue)
    wrong = coded.call(ASK_CODE, *[keys("111111#")] * 3)
    assert isinstance(wrong.outcome, ToQueue)
    assert wrong.steps[-4:] == ["code wrong_code"] * 3 + ["code to_agent"]


def test_a_second_code_is_the_one_that_counts(coded: Line) -> None:
    called = coded.call(ASK_CODE, "*", "1", SILENCE, keys(f"{CODE}#"), keys("730601#"), "2", SILENCE)
    assert called.steps[1:] == ["code sent", "code sent", "code wrong_code", "code verified"]


def test_star_zero_calls_an_agent_while_a_code_is_awaited(coded: Line) -> None:
    called = coded.call(ASK_CODE, "*", "0", SILENCE)
    assert isinstance(called.outcome, ToQueue)
    assert called.steps[-1] == "agent to_agent"


def test_codes_that_cannot_be_sent_are_said_kindly(coded: Line) -> None:
    assert coded.codes is not None
    coded.codes.notices.down = True
    called = coded.call(ASK_CODE, "0")
    assert "identify.unavailable" in called.channel.heard
    assert isinstance(called.outcome, ToQueue)


def test_without_codes_none_is_offered(line: Line) -> None:
    called = line.call(*[by_pin(pin="0000")] * 3)
    assert isinstance(called.outcome, ToQueue)
    assert not {"identify.pin_or_code", "identify.offer_code"} & set(called.channel.heard)


def test_an_allowed_number_proves_itself_by_code_for_a_new_pin(coded: Line) -> None:
    changed = coded.call(
        LISTEN, "2", "3", "*", "1", SILENCE, keys(f"{CODE}#{NEW}#{NEW}#"), SILENCE, phone=demo.TRUSTED.phone
    )
    assert "code.right" not in changed.channel.heard, "a new PIN is what was asked for"
    assert coded.customers.accounts[demo.TRUSTED.number].pin == NEW


def test_which_telephone_gets_a_code() -> None:
    fixed, mobile, other = PhoneNumber("+74951234567"), PhoneNumber("+79161234567"), PhoneNumber("+79161234568")
    assert takes_messages(mobile)
    assert not takes_messages(fixed)
    assert telephone((fixed, mobile, other), None) == mobile
    assert telephone((fixed, mobile, other), other) == other
    assert telephone((fixed, mobile), fixed) == mobile
    assert telephone((mobile,), other) == mobile
    assert telephone((fixed,), fixed) is None
    assert telephone((), mobile) is None
