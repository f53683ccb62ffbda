"""Reports and orders by telephone: what is kept, what is sent, what is said, and how far an appeal is."""

from contextlib import suppress
from dataclasses import replace

import pytest

from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingRules
from customers import demo
from customers.accounts import Outage
from customers.appeals import Appeal, AppealKind, AppealNumber, AppealState, NewAppeal
from customers.notices import NoticeRules, Way
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.visit import Visit
from tests.kit.fake_appeals import FakeAppeals
from tests.kit.fake_callbacks import FakeCallbacks
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.fake_messages import FakeMessages
from tests.kit.fake_notices import FakeNotices
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, STRANGER, StillClock, arrival, visit

NUMBER = AppealNumber("10000004")
PLACE = keys("105#")
HOUR_S = 3600
MOBILE = PhoneNumber("+73060099999")
"""The stranger's: messages reach the demo's numbers."""
NO_NUMBER = None


def called(
    *script: str | list[str],
    phone: PhoneNumber | None = STRANGER,
    customers: FakeCustomers | None = None,
    appeals: FakeAppeals | None = None,
    notices: FakeNotices | None = None,
) -> tuple[Outcome, ScriptedChannel, Visit, FakeAppeals]:
    """A call that presses 6 in the main menu; where the greeting tells of an outage, the 6 is pressed in it."""
    kept = appeals or FakeAppeals(lambda: NUMBER)
    channel = ScriptedChannel("6", *script, LISTEN)
    caller = visit(channel, phone, customers, callbacks=FakeCallbacks(), appeals=kept, notices=notices)
    return welcome.answer(caller), channel, caller, kept


def outbox(*ways: Way) -> FakeNotices:
    return FakeNotices(NoticeRules(frozenset(ways), OutgoingRules(prefixes=("+7306", "+7"))))


def only(appeals: FakeAppeals) -> tuple[NewAppeal, Appeal]:
    """The one that was filed."""
    ((source, kind), appeal), *others = appeals.kept.items()
    assert not others
    return NewAppeal(kind, source, appeal.account, appeal.phone, appeal.locality, appeal.outage_id), appeal


def steps(caller: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in caller.facts.journey]


def call_id() -> str:
    return arrival().call_id


def emergencies(*outages: Outage) -> FakeCustomers:
    customers = demo_customers(NOW)
    customers.accounts[demo.SHARED_FIRST.number].outages = outages
    return customers


# --- no power
def test_no_power_at_the_own_place_joins_the_known_outage() -> None:
    notices = outbox(Way.SMS)
    outcome, channel, caller, appeals = called("1", LISTEN, SILENCE, phone=demo.IN_OUTAGE.phone, notices=notices)
    assert isinstance(outcome, SelfServed)
    joined = demo.emergency(NOW).outage_id
    new, appeal = only(appeals)
    phone = demo.IN_OUTAGE.phone
    assert new == NewAppeal(AppealKind.NO_POWER, call_id(), demo.IN_OUTAGE.number, phone, outage_id=joined)
    assert appeal.due_at == after(NOW, 4 * HOUR_S)
    at = channel.heard.index("outage.emergency")
    assert channel.heard[at : at + 3] == ["outage.emergency", "outage.cause.wire_down", "outage.until_today"]
    assert channel.heard[at + 3 : at + 5] == ["appeal.number", "appeal.joined"]
    assert channel.sentences[at + 3].startswith("Обращение принято. Его номер: ")
    assert ("appeal", "no_power", "kept") in steps(caller)
    assert caller.facts.topic == "appeal"


def test_of_several_accounts_the_place_is_asked() -> None:
    phone, customers = demo.SHARED_FIRST.phone, emergencies(demo.emergency(NOW))
    _, channel, _, appeals = called("1", LISTEN, "1", LISTEN, SILENCE, phone=phone, customers=customers)
    new, _ = only(appeals)
    assert new.outage_id == demo.emergency(NOW).outage_id
    assert new.account is None, "which of them it is nobody has said"
    assert "Посёлок Берёзовка, улица Лесная." in channel.sentences
    assert channel.heard.count("outage.emergency") == 1, "not once more after the answer"


def test_of_several_accounts_it_may_be_another_place() -> None:
    phone, customers = demo.SHARED_FIRST.phone, emergencies(demo.emergency(NOW))
    _, channel, _, appeals = called("1", "2", PLACE, LISTEN, SILENCE, phone=phone, customers=customers)
    new, _ = only(appeals)
    assert (new.outage_id, new.locality) == (None, "105")
    assert "appeal.reported" in channel.heard


@pytest.mark.parametrize("pressed", ["*0", "0", "777"])
def test_from_the_question_about_the_place_back_or_to_an_agent(pressed: str) -> None:
    phone, customers = demo.SHARED_FIRST.phone, emergencies(demo.emergency(NOW))
    outcome, channel, _, appeals = called("1", keys(pressed), phone=phone, customers=customers)
    assert isinstance(outcome, ToQueue)
    assert channel.heard.count("appeal.menu") == 1 + pressed.startswith("*")
    assert not appeals.kept


def test_no_power_where_nothing_is_known_is_of_the_only_account() -> None:
    _, channel, _, appeals = called("1", LISTEN, SILENCE, phone=demo.TRUSTED.phone)
    new, _ = only(appeals)
    assert new == NewAppeal(AppealKind.NO_POWER, call_id(), demo.TRUSTED.number, demo.TRUSTED.phone)
    assert "appeal.reported" in channel.heard


def test_an_account_that_was_proved_in_this_call_is_the_place() -> None:
    proof = keys(f"1{demo.IN_OUTAGE.number}#{demo.IN_OUTAGE.pin}#")
    appeals = FakeAppeals(lambda: NUMBER)
    channel = ScriptedChannel(proof, "*", "6", "1", LISTEN, SILENCE, LISTEN)
    welcome.answer(visit(channel, STRANGER, appeals=appeals))
    new, _ = only(appeals)
    assert (new.account, new.outage_id) == (demo.IN_OUTAGE.number, demo.emergency(NOW).outage_id)
    assert "appeal.joined" in channel.heard


def test_planned_work_that_is_to_come_is_no_reason_for_no_power_now() -> None:
    customers = demo_customers(NOW)
    work = replace(demo.planned(NOW), since=after(NOW, HOUR_S), until=after(NOW, 5 * HOUR_S))
    customers.accounts[demo.TRUSTED.number].outages = (work,)
    _, _, _, appeals = called("1", LISTEN, SILENCE, phone=demo.TRUSTED.phone, customers=customers)
    assert only(appeals)[0].outage_id is None


def test_a_stranger_names_the_locality() -> None:
    _, channel, caller, appeals = called("1", keys("999#"), PLACE, LISTEN, SILENCE)
    new, _ = only(appeals)
    assert new == NewAppeal(AppealKind.NO_POWER, call_id(), phone=STRANGER, locality=new.locality)
    assert new.locality == "105"
    assert channel.heard.count("outage.no_code") == 1
    assert "105" not in repr(caller.facts.journey)


@pytest.mark.parametrize("choice", [["1"], ["2"], ["3", "1"], ["3", "2"]])
def test_no_locality_after_three_codes_is_an_agent(choice: list[str]) -> None:
    outcome, _, _, appeals = called(choice, keys("999#998#997#"))
    assert isinstance(outcome, ToQueue)
    assert not appeals.kept


# --- quality
def test_bad_quality_is_answered_in_thirty_days() -> None:
    _, channel, caller, appeals = called("2", LISTEN, SILENCE, phone=demo.TRUSTED.phone)
    new, appeal = only(appeals)
    assert new == NewAppeal(AppealKind.QUALITY, call_id(), demo.TRUSTED.number, demo.TRUSTED.phone)
    assert appeal.due_at == after(NOW, 30 * 24 * HOUR_S)
    assert "Мы ответим до двадцать третьего декабря две тысячи двадцать шестого года." in channel.sentences
    assert ("appeal", "quality", "kept") in steps(caller)


# --- theft
def test_theft_with_the_number() -> None:
    _, channel, caller, appeals = called("3", "1", PLACE, LISTEN, SILENCE)
    new, _ = only(appeals)
    assert (new.source, new.phone, new.account, new.locality) == (call_id(), STRANGER, None, "105")
    assert "appeal.answer_by" in channel.heard
    assert ("appeal", "theft", "kept") in steps(caller)


@pytest.mark.parametrize(("phone", "key"), [(STRANGER, "2"), (demo.TRUSTED.phone, "2"), (NO_NUMBER, "1")])
def test_an_anonymous_report_leads_to_nobody(phone: PhoneNumber | None, key: str) -> None:
    notices = outbox(Way.SMS)
    outcome, channel, caller, appeals = called("3", key, PLACE, LISTEN, SILENCE, phone=phone, notices=notices)
    assert isinstance(outcome, SelfServed)
    new, appeal = only(appeals)
    assert (new.phone, new.account, new.outage_id) == (None, None, None)
    assert call_id() not in repr(appeals.kept)
    assert notices.kept == []
    assert not [step for step in steps(caller) if step[0] == "appeal"]
    assert "theft" not in repr(caller.facts)
    assert caller.mask not in repr(caller.facts)
    assert appeal.created_at % (HOUR_S * 1000) == 0
    assert "appeal.anonymous" in channel.heard


def test_the_time_of_an_anonymous_report_is_cut_to_the_hour() -> None:
    appeals = FakeAppeals(lambda: NUMBER)
    caller = visit(ScriptedChannel("6", "3", "2", PLACE, LISTEN, SILENCE, LISTEN), appeals=appeals)
    clock = caller.services.clock
    assert isinstance(clock, StillClock)
    clock.at = after(NOW, 1234)
    welcome.answer(caller)
    assert only(appeals)[1].created_at == NOW


# --- orders
@pytest.mark.parametrize(
    ("key", "kind", "choice"),
    [("1", AppealKind.METERING, "metering"), ("2", AppealKind.CONNECTION, "appeal_connection")],
)
def test_an_order_is_rung_back_within_four_hours(key: str, kind: AppealKind, choice: str) -> None:
    _, channel, caller, appeals = called("4", key, "1", LISTEN, SILENCE, phone=demo.TRUSTED.phone)
    new, appeal = only(appeals)
    assert new == NewAppeal(kind, call_id(), demo.TRUSTED.number, demo.TRUSTED.phone)
    assert appeal.due_at == after(NOW, 4 * HOUR_S)
    assert "callback.number" in channel.heard
    assert "appeal.call_back" in channel.heard
    assert ("appeal", choice, "kept") in steps(caller)


def test_another_number_is_keyed_and_read_back() -> None:
    script = ["4", "1", "2", *keys("89123456789#"), "1", LISTEN, SILENCE]
    _, channel, caller, appeals = called(script)
    assert only(appeals)[0].phone == "+79123456789"
    assert channel.heard.count("callback.number") == 2
    assert "9123456789" not in repr(caller.facts)


def test_who_hides_the_number_keys_one_and_costly_ones_are_refused() -> None:
    script = ["4", "2", *keys("88091234567#"), *keys("89123456789#"), "1", LISTEN, SILENCE]
    _, channel, _, appeals = called(script, phone=None)
    assert only(appeals)[0].phone == "+79123456789"
    assert channel.heard.count("callback.not_rung") == 1


def test_three_numbers_that_are_not_rung_are_an_agent() -> None:
    outcome, _, _, appeals = called("4", "1", keys("88091234567#") * 3, phone=None)
    assert isinstance(outcome, ToQueue)
    assert not appeals.kept


# --- by SMS
@pytest.mark.parametrize(
    ("script", "text"),
    [
        (["1", *PLACE], f"Сообщение об отключении {NUMBER} принято. Энергосбыт"),
        (["2", *PLACE], f"Обращение {NUMBER} принято. Ответим до 23.12.2026. Энергосбыт"),
        (["3", "1", *PLACE], f"Обращение {NUMBER} принято. Ответим до 23.12.2026. Энергосбыт"),
        (["4", "1", "1"], f"Обращение {NUMBER} принято. Ответим до 23.11.2026. Энергосбыт"),
    ],
)
def test_the_number_goes_out_by_sms(script: list[str], text: str) -> None:
    notices = outbox(Way.SMS)
    _, channel, _, _ = called(script, LISTEN, SILENCE, notices=notices)
    assert [(notice.to, notice.text) for notice in notices.kept] == [(MOBILE, text)]
    assert channel.heard[-3:-1] == ["appeal.sent", "appeal.after"]


def test_who_rings_off_in_the_middle_of_the_number_has_it_in_the_sms() -> None:
    notices, appeals = outbox(Way.SMS), FakeAppeals(lambda: NUMBER)
    with pytest.raises(CallerHungUp):
        called("2", PLACE, HANG_UP, notices=notices, appeals=appeals)
    assert len(notices.kept) == len(appeals.kept) == 1


def test_nothing_is_promised_that_is_not_sent() -> None:
    down = outbox(Way.SMS)
    down.down = True
    for notices, phone in ((outbox(Way.MAIL), STRANGER), (None, STRANGER), (down, STRANGER), (outbox(Way.SMS), None)):
        outcome, channel, _, appeals = called("2", PLACE, LISTEN, SILENCE, phone=phone, notices=notices)
        assert isinstance(outcome, SelfServed)
        assert len(appeals.kept) == 1
        assert "appeal.sent" not in channel.heard
        assert "appeal.number" in channel.heard


def test_twice_in_one_call_is_one_appeal_and_one_sms() -> None:
    notices = outbox(Way.SMS)
    _, channel, _, appeals = called("2", PLACE, LISTEN, "*", "6", "2", PLACE, LISTEN, SILENCE, notices=notices)
    assert len(appeals.kept) == len(notices.kept) == 1
    first, second = (one for one, name in zip(channel.sentences, channel.heard, strict=True) if name == "appeal.number")
    assert first == second


def test_twice_in_one_call_is_one_anonymous_report() -> None:
    _, _, _, appeals = called("3", "2", PLACE, LISTEN, "*", "6", "3", "2", PLACE, LISTEN, SILENCE)
    assert len(appeals.kept) == 1


# --- the state
@pytest.mark.parametrize(
    ("state", "said"),
    [
        (AppealState.NEW, "Ваше обращение получено двадцать третьего ноября две тысячи двадцать шестого года. "),
        (AppealState.IN_WORK, "Ваше обращение в работе с двадцать третьего ноября"),
        (AppealState.ANSWERED, "На ваше обращение мы ответили двадцать третьего ноября"),
        (AppealState.CLOSED, "Ваше обращение закрыто двадцать третьего ноября"),
    ],
)
def test_how_far_an_appeal_is(state: AppealState, said: str) -> None:
    appeals = FakeAppeals(lambda: NUMBER)
    new = NewAppeal(AppealKind.QUALITY, "an earlier call")
    appeal = appeals.file(new, after(NOW, -48 * HOUR_S))
    appeals.kept[new.source, new.kind] = replace(appeal, state=state, changed_at=NOW)
    outcome, channel, caller, _ = called("5", keys(f"{NUMBER}#"), LISTEN, SILENCE, appeals=appeals)
    assert isinstance(outcome, SelfServed)
    assert channel.sentences[-3].startswith(said)
    assert ("appeal", "appeal_status", "told") in steps(caller)
    assert NUMBER not in repr(caller.facts)


def test_a_number_that_nobody_has_three_times_is_an_agent() -> None:
    outcome, channel, caller, _ = called("5", keys("10000004#10000005#123#"))
    assert isinstance(outcome, ToQueue)
    assert channel.heard.count("appeal.unknown") == 2
    assert steps(caller)[:3] == [("appeal", "appeal_status", "none")] * 3


# --- around it
def test_the_whole_in_english() -> None:
    notices = outbox(Way.SMS)
    caller = visit(
        ScriptedChannel("2", "6", "3", "1", PLACE, LISTEN, SILENCE, LISTEN),
        appeals=FakeAppeals(lambda: NUMBER),
        notices=notices,
    )
    welcome.answer(caller)
    channel = caller.channel
    assert isinstance(channel, ScriptedChannel)
    assert "We will answer by the twenty-third of December, twenty twenty-six." in channel.sentences
    assert notices.kept[0].language is Language.EN


@pytest.mark.parametrize("script", [["0"], ["777"], [SILENCE, SILENCE], ["3", "0"], ["4", "0"], ["5", *keys("*0")]])
def test_an_agent_from_everywhere(script: list[str]) -> None:
    moments = [one for part in script for one in ([part] if part == SILENCE else keys(part))]
    outcome, _, caller, appeals = called(moments, SILENCE, SILENCE)
    assert isinstance(outcome, ToQueue)
    assert steps(caller)[-1][0] == "appeal"
    assert not appeals.kept


@pytest.mark.parametrize("script", [["*"], ["3", "*", "*"], ["4", "*", "*"], ["4", "1", "*", "*"]])
def test_star_goes_back_step_by_step(script: list[str]) -> None:
    _, channel, _, appeals = called(script, LISTEN, "0")
    assert channel.heard[-7] == "menu.danger"
    assert channel.heard[-2:] == ["menu.main", "menu.language"]
    assert channel.heard.count("appeal.menu") == max(1, script.count("*"))
    assert not appeals.kept


def test_the_appeals_away_are_said_kindly_with_an_agent() -> None:
    appeals = FakeAppeals()
    appeals.down = True
    for script in (["2", *PLACE], ["5", *keys("10000004#")]):
        outcome, channel, caller, _ = called(script, "0", appeals=appeals)
        assert isinstance(outcome, ToQueue)
        assert channel.heard[-1] == "appeal.unavailable"
        assert ("appeal", "customers", "unavailable") in steps(caller)
        assert "appeal.number" not in channel.heard


# --- in the caller's own words
def told(*script: str | list[str], full: bool = False) -> tuple[ScriptedChannel, FakeMessages, Visit]:
    messages = FakeMessages()
    messages.full = full
    channel = ScriptedChannel("6", *script, LISTEN)
    caller = visit(channel, STRANGER, appeals=FakeAppeals(lambda: NUMBER), messages=messages)
    with suppress(CallerHungUp):
        welcome.answer(caller)
    return channel, messages, caller


@pytest.mark.parametrize("report", [["2", *PLACE], ["3", "2", *PLACE], ["3", "1", *PLACE]])
def test_bad_quality_and_theft_are_told_in_the_callers_own_words(report: list[str]) -> None:
    channel, messages, _ = told(report, LISTEN, "1", LISTEN, "#", SILENCE)
    assert list(messages.kept) == [NUMBER]
    at = channel.heard.index("appeal.words")
    assert channel.heard[at : at + 4] == ["appeal.words", "appeal.speak", "appeal.words_kept", "appeal.number"]


@pytest.mark.parametrize("no", ["2", SILENCE, "*"])
def test_who_would_rather_not_hears_the_number_at_once(no: str) -> None:
    channel, messages, _ = told(["3", "2", *PLACE], LISTEN, no, SILENCE)
    assert messages.kept == {}
    assert "appeal.number" in channel.heard
    assert not {"appeal.speak", "appeal.words_kept", "appeal.words_lost"} & set(channel.heard)


def test_ringing_off_while_speaking_keeps_what_was_said() -> None:
    _, messages, _ = told(["2", *PLACE], LISTEN, "1", LISTEN, HANG_UP)
    assert list(messages.kept) == [NUMBER]


def test_without_room_the_report_is_taken_and_it_is_said() -> None:
    channel, _, _ = told(["3", "2", *PLACE], LISTEN, SILENCE, full=True)
    assert "appeal.words" not in channel.heard
    assert channel.heard.index("appeal.words_lost") < channel.heard.index("appeal.number")


def test_a_recording_that_fails_is_said_and_the_report_stands() -> None:
    class Broken(FakeMessages):
        def keep(self, place: str, number: AppealNumber, now: Instant) -> bool:
            return False

    channel = ScriptedChannel("6", "3", "2", *PLACE, LISTEN, "1", LISTEN, "#", SILENCE, LISTEN)
    channel.recording_fails = True
    appeals = FakeAppeals(lambda: NUMBER)
    welcome.answer(visit(channel, STRANGER, appeals=appeals, messages=Broken()))
    assert len(appeals.kept) == 1
    assert channel.heard.index("appeal.words_lost") < channel.heard.index("appeal.number")


def test_an_agent_is_one_key_away_from_the_question() -> None:
    appeals = FakeAppeals(lambda: NUMBER)
    channel = ScriptedChannel("6", "2", *PLACE, LISTEN, "0", LISTEN)
    outcome = welcome.answer(visit(channel, STRANGER, appeals=appeals, messages=FakeMessages()))
    assert isinstance(outcome, ToQueue)
    assert len(appeals.kept) == 1


@pytest.mark.parametrize("choice", [["1", *PLACE], ["4", "1", "1"]])
def test_other_reports_and_orders_are_not_recorded(choice: list[str]) -> None:
    channel, messages, _ = told(choice, LISTEN, SILENCE)
    assert not messages.recorded
    assert "appeal.words" not in channel.heard
