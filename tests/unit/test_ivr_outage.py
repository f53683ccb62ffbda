"""Outages in the self-service: told unasked to whoever they concern, and by the code of a locality."""

import threading
from dataclasses import replace

import pytest

from acd.metrics import OUTAGE_CONCERNED, OUTAGE_FLOW
from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber, Outage
from customers.addresses import Street
from customers.outages import OVERDUE_S, UNASKED_S
from ivr.channel import CallerHungUp
from ivr.flows import outage, welcome
from ivr.outcome import SelfServed, ToQueue
from ivr.visit import Visit
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, catalogue, keys
from tests.kit.visits import NOW, STRANGER, StillClock, visit

EMERGENCY = demo.emergency(NOW)
TOLD = ["outage.emergency", "outage.cause.wire_down", "outage.until_today"]
MAIN = ["menu.danger", "menu.account", "menu.outage", "menu.reference", "menu.appeal", "menu.main", "menu.language"]
CONCERNED = ("outage", "own_place", "concerned")


def steps(caller: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in caller.facts.journey]


def said(told: Outage, language: Language = Language.RU) -> list[str]:
    return [catalogue().text(phrase, language) for phrase in outage.sentences(told, "Europe/Moscow", NOW)]


def customers_with(*outages: Outage) -> FakeCustomers:
    customers = demo_customers(NOW)
    customers.accounts[demo.IN_OUTAGE.number].outages = outages
    return customers


def test_who_it_concerns_hears_it_after_the_greeting_and_before_the_menu() -> None:
    channel = ScriptedChannel(LISTEN, LISTEN, HANG_UP)
    caller = visit(channel, demo.IN_OUTAGE.phone)
    with pytest.raises(CallerHungUp):
        welcome.answer(caller)
    assert channel.heard == ["welcome", *TOLD, *MAIN]
    assert channel.sentences[1:4] == [
        "Сейчас у вас нет света: на линии авария. Мы о ней знаем.",
        "Причина: оборвался провод.",
        "Свет планируем дать сегодня до тринадцати часов тридцати минут.",
    ]
    assert steps(caller) == [CONCERNED]
    assert caller.served, "who rings off now has had an answer"


def test_a_number_with_several_accounts_hears_where_it_is() -> None:
    customers = demo_customers(NOW)
    customers.accounts[demo.SHARED_FIRST.number].outages = (EMERGENCY,)
    channel = ScriptedChannel(LISTEN, LISTEN, "0")
    welcome.answer(visit(channel, demo.SHARED_FIRST.phone, customers))
    assert channel.sentences[1] == "Посёлок Берёзовка, улица Лесная."
    assert channel.heard[2:5] == TOLD


def test_others_hear_nothing_of_it() -> None:
    for phone in (STRANGER, demo.TRUSTED.phone, None):
        channel = ScriptedChannel(LISTEN, "0")
        welcome.answer(visit(channel, phone))
        assert not set(channel.heard) & set(TOLD)


def test_danger_to_life_is_one_key_away_while_it_is_told() -> None:
    channel = ScriptedChannel(LISTEN, "3")
    outcome = welcome.answer(visit(channel, demo.IN_OUTAGE.phone))
    assert isinstance(outcome, ToQueue)
    assert outcome.queue == "emergency"
    assert channel.heard == ["welcome", *TOLD]


def test_who_presses_three_at_once_hears_nothing_else() -> None:
    channel = ScriptedChannel("3")
    welcome.answer(visit(channel, demo.IN_OUTAGE.phone))
    assert channel.heard == ["welcome"]


def test_who_wants_an_agent_during_the_greeting_hears_it_first() -> None:
    channel = ScriptedChannel("0", LISTEN)
    caller = visit(channel, demo.IN_OUTAGE.phone)
    assert isinstance(welcome.answer(caller), ToQueue)
    assert channel.heard == ["welcome", *TOLD]
    assert CONCERNED in steps(caller)


def test_it_is_told_once_and_again_in_the_other_language() -> None:
    channel = ScriptedChannel(LISTEN, LISTEN, "9", LISTEN, "2", LISTEN, LISTEN, "0")
    welcome.answer(visit(channel, demo.IN_OUTAGE.phone))
    told = [language for language, phrase in channel.played if phrase.prompt_id == "outage.emergency"]
    assert told == [Language.RU, Language.EN]


def test_silence_after_it_is_no_goodbye() -> None:
    """Perhaps the telephone has no keys: nobody asked for this answer."""
    outcome = welcome.answer(visit(ScriptedChannel(LISTEN, LISTEN, SILENCE, SILENCE), demo.IN_OUTAGE.phone))
    assert isinstance(outcome, ToQueue)


def test_an_account_that_is_named_hears_it_before_its_balance_once() -> None:
    account = demo.IN_OUTAGE
    channel = ScriptedChannel("1", keys(f"{account.number}#{account.pin}#"), LISTEN, "2", "1", LISTEN, SILENCE, LISTEN)
    caller = visit(channel)
    assert isinstance(welcome.answer(caller), SelfServed)
    at = channel.heard.index("outage.emergency")
    assert channel.heard[at : at + 4] == [*TOLD, "balance.debt"]
    assert channel.heard.count("outage.emergency") == 1
    assert steps(caller).count(CONCERNED) == 1


def test_what_the_number_has_told_is_not_told_again_of_the_account() -> None:
    account = demo.IN_OUTAGE
    channel = ScriptedChannel(LISTEN, LISTEN, "1", keys(f"{account.number}#{account.pin}#"), LISTEN, SILENCE, LISTEN)
    welcome.answer(visit(channel, account.phone))
    assert channel.heard.count("outage.emergency") == 1


def test_with_the_records_away_the_menu_comes_all_the_same() -> None:
    customers = demo_customers(NOW)
    customers.down = True
    channel = ScriptedChannel(LISTEN, LISTEN, "0")
    caller = visit(channel, demo.IN_OUTAGE.phone, customers)
    assert isinstance(welcome.answer(caller), ToQueue)
    assert channel.heard == ["welcome", *MAIN]
    assert steps(caller)[0] == ("outage", "known_number", "unavailable")


def test_records_that_answer_late_do_not_hold_the_menu_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "AHEAD_S", 0.01)
    customers = demo_customers(NOW)
    asked = threading.Event()

    class Late(FakeCustomers):
        def at_phone(self, *_: object) -> tuple[()]:
            asked.wait(5)
            return ()

    late = Late(*customers.accounts.values())
    channel = ScriptedChannel(LISTEN, "0")
    welcome.answer(visit(channel, demo.IN_OUTAGE.phone, late))
    asked.set()
    assert channel.heard[:2] == ["welcome", "menu.danger"]


def test_without_the_voice_the_names_of_places_are_left_out() -> None:
    customers = demo_customers(NOW)
    customers.accounts[demo.SHARED_FIRST.number].outages = (EMERGENCY,)

    def no_names(phrase: Phrase) -> None:
        if phrase.prompt_id == "outage.place":
            raise SpeechUnavailableError("The voice was taken down by the test.")

    channel = ScriptedChannel(LISTEN, LISTEN, "0", mute=no_names)
    welcome.answer(visit(channel, demo.SHARED_FIRST.phone, customers))
    assert channel.heard[1:4] == TOLD


def test_what_cannot_be_said_at_all_was_not_heard() -> None:
    def mute(phrase: Phrase) -> None:
        if phrase.prompt_id.startswith("outage."):
            raise SpeechUnavailableError("The voice was taken down by the test.")

    caller = visit(ScriptedChannel(LISTEN, LISTEN, "0", mute=mute), demo.IN_OUTAGE.phone)
    welcome.answer(caller)
    assert CONCERNED not in steps(caller)
    assert not caller.served


def test_planned_work_is_told_unasked_only_when_it_is_near() -> None:
    start: Instant = after(NOW, UNASKED_S + 60)
    work = replace(demo.planned(NOW), since=start, until=after(start, 4 * 3600))
    for earlier_s, told in ((0, False), (120, True)):
        near = replace(work, since=after(start, -earlier_s))
        channel = ScriptedChannel(LISTEN, LISTEN, "0")
        welcome.answer(visit(channel, demo.IN_OUTAGE.phone, customers_with(near)))
        assert any(heard.startswith("outage.") for heard in channel.heard) == told


def test_the_sentences_of_every_kind() -> None:
    hour = 3600
    work = replace(demo.planned(NOW), since=after(NOW, hour), until=after(NOW, 5 * hour))
    assert said(work) == [
        "Сегодня с двенадцати часов до шестнадцати часов у вас не будет света: плановые работы.",
        "Мы меняем опоры линии.",
    ]
    tomorrow = replace(work, since=after(NOW, 25 * hour), until=after(NOW, 29 * hour))
    assert said(tomorrow)[0].startswith("Завтра с двенадцати часов до шестнадцати часов")
    later = replace(work, since=after(NOW, 73 * hour), until=after(NOW, 77 * hour))
    assert said(later)[0] == (
        "Двадцать шестого ноября две тысячи двадцать шестого года с двенадцати часов до шестнадцати часов "
        "не будет света: плановые работы."
    )
    night = replace(work, since=after(NOW, 11 * hour), until=after(NOW, 18 * hour))
    assert said(night)[0].startswith("Света не будет с двадцати двух часов двадцать третьего ноября")
    goes_on = replace(work, since=after(NOW, -hour))
    assert said(goes_on, Language.EN) == [
        "Your power is off now for planned work.",
        "We are replacing the poles of the line.",
        "We expect power to be back today by sixteen o'clock.",
    ]


def test_until_when() -> None:
    def until(seconds: int | None) -> str:
        return said(replace(EMERGENCY, until=None if seconds is None else after(NOW, seconds)))[-1]

    assert until(None) == "Когда появится свет, пока неизвестно."
    assert until(-60) == "Срок, который мы называли, прошёл. Работы ещё идут, новый срок уточняется."
    assert until(3600) == "Свет планируем дать сегодня до двенадцати часов."
    assert until(15 * 3600) == "Свет планируем дать завтра до двух часов."
    assert until(49 * 3600).startswith("Свет планируем дать двадцать пятого ноября")


def test_a_cause_in_the_dispatchers_own_words_is_not_read_aloud() -> None:
    assert said(replace(EMERGENCY, cause="экскаватор, бригада 7"))[1] == "Работает бригада."


def test_one_that_nobody_ended_is_told_for_some_hours_more() -> None:
    for overdue_s, told in ((OVERDUE_S - 60, True), (OVERDUE_S + 60, False)):
        forgotten = replace(EMERGENCY, since=after(NOW, -24 * 3600), until=after(NOW, -overdue_s))
        channel = ScriptedChannel(LISTEN, LISTEN, "0")
        welcome.answer(visit(channel, demo.IN_OUTAGE.phone, customers_with(forgotten)))
        assert ("outage.overdue" in channel.heard) == told


def asked(*script: str | list[str], phone: PhoneNumber = STRANGER) -> tuple[object, ScriptedChannel, Visit]:
    channel = ScriptedChannel("4", *script, LISTEN)
    caller = visit(channel, phone)
    return welcome.answer(caller), channel, caller


def test_a_locality_by_its_code_with_the_streets_that_are_out() -> None:
    outcome, channel, caller = asked(keys("105#"), LISTEN, SILENCE)
    assert isinstance(outcome, SelfServed)
    at = channel.heard.index("outage.settlement")
    assert channel.sentences[at : at + 2] == ["Село Ключи.", "Улица Набережная."]
    assert channel.heard[at + 2 : at + 6] == [*TOLD, "outage.after"]
    assert steps(caller)[0] == ("outage", "locality", "told")
    assert caller.facts.topic == "outage"


def test_a_locality_where_all_is_well_and_another() -> None:
    outcome, channel, caller = asked(keys("106#"), LISTEN, "1", keys("104#"), LISTEN, SILENCE)
    assert isinstance(outcome, SelfServed)
    assert channel.heard.count("outage.none") == 2
    assert [step[1:] for step in steps(caller)[:2]] == [("locality", "none"), ("locality", "none")]


def test_a_code_that_nobody_has_three_times_is_an_agent() -> None:
    outcome, channel, _ = asked(keys("999#"), keys("000#"), keys("998#"))
    assert isinstance(outcome, ToQueue)
    assert channel.heard.count("outage.no_code") == 2


def test_the_own_place_comes_before_the_code() -> None:
    outcome, channel, _ = asked(LISTEN, SILENCE, phone=demo.IN_OUTAGE.phone)
    assert isinstance(outcome, SelfServed)
    assert "outage.code" not in channel.heard
    assert channel.heard[1:3] == ["outage.place", "outage.emergency"]


def test_from_the_outages_to_an_agent_or_back() -> None:
    outcome, _, caller = asked(keys("105#"), LISTEN, "0")
    assert isinstance(outcome, ToQueue)
    assert steps(caller)[-1] == ("outage", "agent", "to_agent")
    _, channel, _ = asked(keys("105#"), LISTEN, "*", LISTEN, "0")
    assert set(channel.heard[-len(MAIN) :]) == set(MAIN)


def test_many_streets_are_not_all_said() -> None:
    customers = demo_customers(NOW)
    places = [replace(one, number=AccountNumber(f"44099900{n:02}")) for n in range(9) for one in [demo.IN_OUTAGE]]
    for n, one in enumerate(places):
        street = Street("с. Ключи", f"ул. {'АБВГДЕЖЗИ'[n]}лая")
        fake = replace(customers.accounts[demo.IN_OUTAGE.number], account=one.account, street=street)
        customers.accounts[one.number] = fake
    channel = ScriptedChannel("4", keys("105#"), LISTEN, SILENCE, LISTEN)
    welcome.answer(visit(channel, STRANGER, customers))
    assert channel.heard.count("outage.street") == outage.MOST_STREETS
    assert channel.heard.count("outage.more_streets") == 1
    assert channel.heard.count("outage.emergency") == 1


def test_the_records_away_are_said_kindly_with_an_agent_at_once() -> None:
    customers = demo_customers(NOW)
    customers.down = True
    channel = ScriptedChannel("4", keys("105#"), "0")
    outcome = welcome.answer(visit(channel, STRANGER, customers))
    assert isinstance(outcome, ToQueue)
    assert channel.heard[-1] == "outage.unavailable"


def test_deflected_is_counted_by_the_step_of_the_journey() -> None:
    assert (CONCERNED[0], CONCERNED[2]) == (OUTAGE_FLOW, OUTAGE_CONCERNED)


def test_silence_at_a_question_after_what_nobody_asked_for_is_an_agent() -> None:
    """The outage was told unasked and ends meanwhile; the code that is asked for then was not keyed."""
    customers = demo_customers(NOW)
    channel = ScriptedChannel(LISTEN, LISTEN, "4", SILENCE, SILENCE, LISTEN)
    caller = visit(channel, demo.IN_OUTAGE.phone, customers)
    clock = caller.services.clock
    assert isinstance(clock, StillClock)
    told_until = EMERGENCY.until or 0

    def ends(phrase: Phrase) -> None:
        if phrase.prompt_id == "menu.danger":
            clock.at = after(Instant(told_until), OVERDUE_S)

    channel.mute = ends
    assert isinstance(welcome.answer(caller), ToQueue)
    assert "outage.code" in channel.heard
