"""Handing in readings by telephone: zone by zone, doubted where unusual, read back, kept when confirmed."""

from dataclasses import replace
from datetime import date

import pytest

from calls.journey import Language
from customers import demo
from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable
from customers.readings import HandedIn, ReadingSource, ReadingState
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.visit import Visit
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, catalogue, keys
from tests.kit.visits import NOW, StillClock, visit

SERIAL = "012203111"
"""The meter of TRUSTED: 5,980 by day, 2,990 by night in October."""
DAY, NIGHT = keys("6100#"), keys("3050#")
ONE = HandedIn(SERIAL, 1, 6100, ReadingState.ACCEPTED)
TWO = HandedIn(SERIAL, 2, 3050, ReadingState.ACCEPTED)


def called(
    *script: str | list[str], customers: FakeCustomers | None = None, on: int = 0
) -> tuple[Outcome, ScriptedChannel, Visit, FakeCustomers]:
    """A trusted number hears its balance and hands in; `on`: days after the 23rd of November."""
    fake = customers or demo_customers(NOW)
    channel = ScriptedChannel("1", LISTEN, "1", *script, LISTEN)
    caller = visit(channel, demo.TRUSTED.phone, fake)
    clock = caller.services.clock
    assert isinstance(clock, StillClock)
    clock.at = type(NOW)(NOW + on * 24 * 3600 * 1000)
    return welcome.answer(caller), channel, caller, fake


def steps(caller: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in caller.facts.journey]


def test_two_zones_are_keyed_read_back_and_kept() -> None:
    outcome, channel, caller, fake = called(DAY, NIGHT, "1", LISTEN, SILENCE)
    assert isinstance(outcome, SelfServed)
    assert fake.handed_in == [(ONE, ReadingSource.TELEPHONE), (TWO, ReadingSource.TELEPHONE)]
    at = channel.heard.index("readings.meter")
    assert channel.sentences[at:-1] == [
        "Счётчик, последние цифры тридцать один, одиннадцать.",
        "Наберите дневные показания, только целые киловатт-часы, и нажмите решётку.",
        "Теперь ночные показания и решётку.",
        "Вы передаёте.",
        "День: шесть тысяч сто киловатт-часов.",
        "Ночь: три тысячи пятьдесят киловатт-часов.",
        "Если верно, нажмите один. Набрать заново: два.",
        "Спасибо, показания приняты.",
        catalogue().text(channel.played[-2][1], Language.RU),
    ]
    assert steps(caller)[-3:-1] == [("readings", "meter", "kept"), ("readings", "readings", "kept")]


def test_keyed_anew_until_it_is_right() -> None:
    _, channel, _, fake = called(keys("1#"), keys("1#"), NIGHT, "2", DAY, NIGHT, "1", LISTEN, SILENCE)
    assert [value.kwh for value, _ in fake.handed_in] == [6100, 3050]
    assert channel.heard.count("readings.you_said") == 2


@pytest.mark.parametrize(("keyed", "prompt_id"), [("5979#", "readings.less"), ("9999#", "readings.too_much")])
def test_what_is_unusual_is_asked_once_more_and_then_believed(keyed: str, prompt_id: str) -> None:
    _, channel, caller, fake = called(keys(keyed), keys(keyed), NIGHT, "1", LISTEN, SILENCE)
    at = channel.heard.index(prompt_id)
    assert channel.sentences[at + 1] == "В прошлый раз было пять тысяч девятьсот восемьдесят киловатт-часов."
    assert fake.handed_in[0][0] == HandedIn(SERIAL, 1, int(keyed[:-1]), ReadingState.TO_VERIFY)
    assert fake.handed_in[1][0] == TWO
    assert "readings.to_verify" in channel.heard
    assert ("readings", "meter", "to_verify") in steps(caller)


def test_a_slip_that_is_mended_is_believed() -> None:
    _, channel, _, fake = called(keys("61000#"), DAY, NIGHT, "1", LISTEN, SILENCE)
    assert [value for value, _ in fake.handed_in] == [ONE, TWO]
    assert "readings.kept" in channel.heard


def test_more_digits_than_a_meter_has() -> None:
    _, channel, _, fake = called(keys("61000000"), DAY, NIGHT, "1", LISTEN, SILENCE)
    assert "readings.too_long" in channel.heard
    assert fake.handed_in[0][0] == ONE


@pytest.mark.parametrize("script", [[*DAY], [*DAY, *NIGHT], [*DAY, *NIGHT, LISTEN]])
def test_who_rings_off_before_confirming_has_handed_in_nothing(script: list[str]) -> None:
    fake = demo_customers(NOW)
    with pytest.raises(CallerHungUp):
        called(script, HANG_UP, customers=fake)
    assert fake.handed_in == []


def test_who_rings_off_after_the_first_of_two_meters_has_handed_in_that_one() -> None:
    fake = demo_customers(NOW)
    trusted = fake.accounts[demo.TRUSTED.number]
    second = replace(trusted.meters[0], serial="777", zones=1)
    trusted.meters = (*trusted.meters, second)
    with pytest.raises(CallerHungUp):
        called(DAY, NIGHT, "1", HANG_UP, customers=fake)
    assert [value for value, _ in fake.handed_in] == [ONE, TWO]


def test_outside_of_the_period_the_day_is_told_on_which_it_begins() -> None:
    outcome, channel, caller, fake = called(LISTEN, SILENCE, on=5)
    assert isinstance(outcome, SelfServed)
    assert "Ждём вашего звонка пятнадцатого декабря две тысячи двадцать шестого года." in channel.sentences[-3]
    assert fake.handed_in == []
    assert ("readings", "readings", "not_now") in steps(caller)


def test_the_records_away_while_it_is_kept_are_said_and_nothing_is_promised() -> None:
    fake = demo_customers(NOW)

    def away(*_: object) -> bool:
        raise CustomersUnavailable("The records were taken down by the test.")

    fake.hand_in = away  # type: ignore[method-assign,assignment] # away from here on
    outcome, channel, caller, _ = called(DAY, NIGHT, "1", LISTEN, "0", customers=fake)
    assert isinstance(outcome, ToQueue)
    assert not {"readings.kept", "readings.to_verify"} & set(channel.heard)
    assert channel.heard[channel.heard.index("readings.away") + 1] == "identify.unavailable"
    assert ("readings", "meter", "kept") not in steps(caller)


def test_a_meter_that_was_replaced_meanwhile_is_said() -> None:
    fake = demo_customers(NOW)
    fake.hand_in = lambda *_: False  # type: ignore[method-assign] # replaced meanwhile
    _, channel, caller, _ = called(DAY, NIGHT, "1", LISTEN, SILENCE, customers=fake)
    assert "readings.not_kept" in channel.heard
    assert ("readings", "readings", "unusable") in steps(caller)


@pytest.mark.parametrize("script", [keys("*0"), [*DAY, *NIGHT, "0"], [SILENCE, SILENCE]])
def test_an_agent_from_everywhere(script: list[str]) -> None:
    outcome, _, _, fake = called(script, SILENCE)
    assert isinstance(outcome, ToQueue)
    assert fake.handed_in == []


def test_an_account_without_a_meter() -> None:
    fake = demo_customers(NOW)
    fake.accounts[demo.TRUSTED.number].meters = ()
    _, channel, _, _ = called(LISTEN, SILENCE, customers=fake)
    assert "meters.none" in channel.heard


def test_the_second_call_of_a_day_replaces_the_first() -> None:
    fake = demo_customers(NOW)
    called(DAY, NIGHT, "1", LISTEN, SILENCE, customers=fake)
    called(keys("6101#"), NIGHT, "1", LISTEN, SILENCE, customers=fake)
    (meter,) = fake.meters_to_read(AccountNumber(demo.TRUSTED.number))
    assert [read.kwh for read in meter.history[1] if read.day == date(2026, 11, 23)] == [6101]
