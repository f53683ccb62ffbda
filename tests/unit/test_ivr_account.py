"""What is told of an account after the balance: the last payments, the meters with their readings, and whose."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from calls.journey import Language
from customers import demo
from customers.accounts import AccountNumber, EntryKind, LedgerEntry, Meter, Reading
from customers.money import Kopecks
from customers.ports import CustomersUnavailable
from customers.tariffs import MICROROUBLES_A_KOPECK, OwnTariff, Price, Tariff, TariffChange, TariffCode
from ivr.flows import charges, meters, tariff, waiting, welcome
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.reading import load_reading
from ivr.visit import MOST_TURNS, Visit
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.scripted_channel import LISTEN, SILENCE, ScriptedChannel, catalogue, keys
from tests.kit.visits import NOW, visit

PAYMENTS, METERS, CHARGES = ("2", "1"), ("2", "2"), ("2", "4")
"""The keys after the balance that lead there."""
TODAY = demo.today_of(NOW)
METER = Meter("20000036", "Меркурий 201.8", 1, date(2031, 6, 30), (Reading(1, 5980, date(2026, 10, 23)),))


def asked(*script: str, customers: FakeCustomers | None = None) -> tuple[Outcome, ScriptedChannel, Visit]:
    """A trusted number asks for its balance and goes on; each answer is heard to its end."""
    channel = ScriptedChannel("1", *(step for key in script for step in (LISTEN, key)), LISTEN)
    caller = visit(channel, demo.TRUSTED.phone, customers)
    return welcome.answer(caller), channel, caller


def steps(caller: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in caller.facts.journey]


def told(channel: ScriptedChannel, first: str) -> list[str]:
    """The sentences from the first one with this id up to the choices that follow it."""
    at = channel.heard.index(first)
    return channel.sentences[at : channel.heard.index("account.after", at)]


def said_of(*installed: Meter, language: Language = Language.RU) -> list[str]:
    return [catalogue().text(phrase, language) for phrase in meters.sentences(installed, TODAY)]


def test_the_last_payments_the_newest_first() -> None:
    outcome, channel, caller = asked(*PAYMENTS, SILENCE)
    assert isinstance(outcome, SelfServed)
    assert told(channel, "payments.last") == [
        "Последние платежи.",
        "Пятнадцатого октября две тысячи двадцать шестого года: одна тысяча рублей ровно.",
        "Пятнадцатого сентября две тысячи двадцать шестого года: "
        "одна тысяча двести шестьдесят девять рублей девяносто копеек.",
        "Пятнадцатого августа две тысячи двадцать шестого года: "
        "одна тысяча двести шестьдесят девять рублей девяносто копеек.",
    ]
    assert steps(caller)[-2] == ("payments", "payments", "told")


def test_an_account_without_payments() -> None:
    customers = demo_customers(NOW)
    customers.accounts[demo.TRUSTED.number].ledger = ()
    _, channel, caller = asked(*PAYMENTS, SILENCE, customers=customers)
    assert channel.heard.count("balance.no_payments") == 2, "with the balance, and when asked for"
    assert steps(caller)[-2] == ("payments", "payments", "none")


def test_a_meter_of_two_zones_with_its_verification_and_readings() -> None:
    _, channel, caller = asked(*METERS, SILENCE)
    assert told(channel, "meters.meter") == [
        "Счётчик номер ноль, двенадцать, двадцать, тридцать один, одиннадцать, двухтарифный.",
        "Поверка действительна до тридцатого июня две тысячи тридцать первого года.",
        "Последние показания сняты двадцать третьего октября две тысячи двадцать шестого года.",
        "День: пять тысяч девятьсот восемьдесят киловатт-часов.",
        "Ночь: две тысячи девятьсот девяносто киловатт-часов.",
    ]
    assert steps(caller)[-2] == ("meters", "meters", "told")


def test_one_zone_is_the_whole_day() -> None:
    assert said_of(METER)[-1] == "На счётчике пять тысяч девятьсот восемьдесят киловатт-часов."


def test_zones_that_were_read_on_different_days_each_have_their_day() -> None:
    first, later = date(2026, 10, 1), date(2026, 11, 1)
    three = replace(METER, zones=3, readings=(Reading(1, 5, first), Reading(2, 1, first), Reading(3, 7, later)))
    assert said_of(three, language=Language.EN)[2:] == [
        "It was last read on the first of October, twenty twenty-six.",
        "Peak: five kilowatt hours.",
        "Night: one kilowatt hour.",
        "It was last read on the first of November, twenty twenty-six.",
        "Half-peak: seven kilowatt hours.",
    ]


def test_a_meter_whose_verification_is_over_and_that_was_never_read() -> None:
    last_day, day_after = replace(METER, verified_until=TODAY), replace(METER, verified_until=TODAY - timedelta(1))
    assert "Поверка действительна" in said_of(last_day)[1]
    assert "Срок поверки истёк двадцать второго ноября" in said_of(day_after)[1]
    assert said_of(replace(METER, readings=()))[2:] == ["Показаний по нему ещё не было."]


def test_a_meter_with_more_zones_than_tariffs_have_is_told_all_the_same() -> None:
    strange = replace(METER, zones=5, readings=(Reading(4, 21, TODAY),))
    assert said_of(strange)[0].endswith("многотарифный.")
    assert said_of(strange)[-1] == "Зона четыре: двадцать один киловатт-час."


def test_of_many_meters_three_are_told_and_the_agent_knows_the_others() -> None:
    assert len([text for text in said_of(*[METER] * 3) if text.startswith("Счётчик")]) == 3
    many = said_of(*[METER] * 4)
    assert len([text for text in many if text.startswith("Счётчик")]) == 3
    assert many[-1] == "Об остальных счётчиках скажет оператор."


def test_an_account_without_a_meter() -> None:
    customers = demo_customers(NOW)
    customers.accounts[demo.TRUSTED.number].meters = ()
    _, channel, caller = asked(*METERS, SILENCE, customers=customers)
    assert "meters.none" in channel.heard
    assert steps(caller)[-2] == ("meters", "meters", "none")


def charge(kopecks: int, zone: int | None = None, kwh: int | None = None) -> LedgerEntry:
    day = date(2026, 10, 1)
    return LedgerEntry(demo.TRUSTED.number, day, EntryKind.CHARGE, Kopecks(-kopecks), "Начислено", zone, kwh)


def charged(*entries: LedgerEntry, zones: int, language: Language = Language.RU) -> list[str]:
    phrases = charges.sentences(entries, (replace(METER, zones=zones),))
    return [catalogue().text(phrase, language) for phrase in phrases]


def test_the_charges_of_the_month_zone_by_zone() -> None:
    _, channel, caller = asked(*CHARGES, SILENCE)
    assert told(channel, "charges.month") == [
        "За октябрь две тысячи двадцать шестого года начислено: "
        "одна тысяча двести шестьдесят девять рублей девяносто копеек.",
        "День: сто восемьдесят киловатт-часов, девятьсот семьдесят три рубля восемьдесят копеек.",
        "Ночь: девяносто киловатт-часов, двести девяносто шесть рублей десять копеек.",
    ]
    assert steps(caller)[-2] == ("charges", "charges", "told")


def test_nothing_charged_yet_is_said() -> None:
    customers = demo_customers(NOW)
    customers.accounts[demo.TRUSTED.number].ledger = ()
    _, channel, caller = asked(*CHARGES, SILENCE, customers=customers)
    assert told(channel, "charges.none") == ["По этому счёту ещё ничего не начислено."]
    assert steps(caller)[-2] == ("charges", "charges", "none")


def test_of_one_zone_the_sum_and_the_energy() -> None:
    assert charged(charge(146_070, 1, 270), zones=1, language=Language.EN) == [
        "For October, twenty twenty-six, you were charged "
        "one thousand four hundred and sixty roubles and seventy kopecks.",
        "You used two hundred and seventy kilowatt hours.",
    ]


def test_a_charge_that_says_no_energy_is_the_sum_alone() -> None:
    assert len(charged(charge(96_215), zones=1)) == 1
    assert len(charged(charge(96_215, 1), charge(100, 2), zones=2)) == 1


def test_several_charges_of_a_zone_are_one_and_all_others_are_the_rest() -> None:
    said = charged(charge(50_00, 2, 5), charge(1_00, 1, 10), charge(20_00), charge(-2_00, 2, 4), zones=3)
    assert said[0].endswith("начислено: шестьдесят девять рублей ровно.")
    assert said[1:] == [
        "Пик: десять киловатт-часов, один рубль ровно.",
        "Ночь: девять киловатт-часов, сорок восемь рублей ровно.",
        "Остальные начисления: двадцать рублей ровно.",
    ]


def test_zones_are_named_as_at_the_meter_and_a_fourth_by_its_number() -> None:
    assert charged(charge(3_00, 3, 1), zones=3)[1].startswith("Полупик: один киловатт-час")
    assert charged(charge(3_00, 1, 1), zones=2)[1].startswith("День: один киловатт-час")
    assert charged(charge(3_00, 4, 1), zones=2)[1].startswith("Зона четыре: один киловатт-час")


def test_a_month_of_credits_is_less_than_nothing() -> None:
    assert charged(charge(-1_00), zones=1)[0].endswith("начислено: минус один рубль ровно.")


TARIFF = ("2", "5")


def priced(*kopecks: int) -> tuple[Price, ...]:
    return tuple(Price(one * MICROROUBLES_A_KOPECK) for one in kopecks)


def tariff_said(own: OwnTariff, *names: str, language: Language = Language.RU) -> list[str]:
    return [catalogue().text(phrase, language) for phrase in tariff.sentences(own, *names)]


def test_the_own_tariff_its_prices_and_the_next_change() -> None:
    _, channel, caller = asked(*TARIFF, SILENCE)
    assert told(channel, "tariff.own") == [
        "Ваш тариф: Население города, день и ночь.",
        "Цены за киловатт-час.",
        "День: пять рублей сорок одна копейка.",
        "Ночь: три рубля двадцать девять копеек.",
        "С первого июля две тысячи двадцать седьмого года цена изменится.",
        "Цены за киловатт-час.",
        "День: пять рублей девяносто пять копеек.",
        "Ночь: три рубля шестьдесят одна копейка.",
    ]
    assert steps(caller)[-2] == ("tariff", "tariff", "told")


def test_without_the_voice_the_prices_are_told_without_the_name() -> None:
    def mute(phrase: Phrase) -> None:
        if phrase.prompt_id == "tariff.own":
            raise SpeechUnavailableError("The voice is away.")

    channel = ScriptedChannel("1", LISTEN, "2", LISTEN, "5", LISTEN, SILENCE, LISTEN, mute=mute)
    caller = visit(channel, demo.TRUSTED.phone)
    welcome.answer(caller)
    assert "tariff.own" not in channel.heard
    assert told(channel, "tariff.prices")[1:3] == [
        "День: пять рублей сорок одна копейка.",
        "Ночь: три рубля двадцать девять копеек.",
    ]
    assert steps(caller).count(("tariff", "tariff", "told")) == 1


def test_no_tariff_is_said() -> None:
    customers = demo_customers(NOW)
    customers.accounts[demo.TRUSTED.number].tariffs = ()
    _, channel, caller = asked(*TARIFF, SILENCE, customers=customers)
    assert told(channel, "tariff.none") == ["Какой у вас тариф, здесь не записано. Об этом скажет оператор."]
    assert steps(caller)[-2] == ("tariff", "tariff", "none")


def test_one_price_three_prices_and_another_tariff() -> None:
    one, three = Tariff(TariffCode("1"), "Один", "", 1), Tariff(TariffCode("3"), "Три", "", 3)
    own = OwnTariff(one, priced(470), TariffChange(date(2027, 1, 1), three, priced(611, 329, 470)))
    assert tariff_said(own, "один", "три")[1:] == [
        "Цена киловатт-часа: четыре рубля семьдесят копеек.",
        "С первого января две тысячи двадцать седьмого года у вас будет другой тариф.",
        "Новый тариф: три.",
        "Цены за киловатт-час.",
        "Пик: шесть рублей одиннадцать копеек.",
        "Полупик: четыре рубля семьдесят копеек.",
        "Ночь: три рубля двадцать девять копеек.",
    ]
    assert tariff_said(own, language=Language.EN)[:2] == [
        "A kilowatt hour costs four roubles and seventy kopecks.",
        "From the first of January, twenty twenty-seven, you will have another tariff.",
    ]


def test_a_name_that_cannot_be_spoken_in_the_language_is_left_out() -> None:
    named = Tariff(TariffCode("1"), "Население, 2 тарифа", "", 1)
    assert tariff.name_of(named, load_reading(), Language.RU) == "Население, два тарифа"
    assert tariff.name_of(named, load_reading(), Language.EN) == ""
    assert tariff.name_of(replace(named, name="Тариф XYZ-7/b"), load_reading(), Language.RU) == ""


def test_repeat_says_the_last_answer_again_and_star_leads_to_the_menu() -> None:
    _, channel, _ = asked(*PAYMENTS, "9", "*", SILENCE, SILENCE)
    assert channel.heard.count("payments.last") == 2
    assert channel.heard.count("balance.debt") == 1
    assert channel.heard.count("menu.main") == 2, "twice for who keeps silent"


def test_another_account_after_the_meters_begins_with_its_balance() -> None:
    other = demo.OVERPAID
    _, channel, _ = asked(*METERS, "3", *keys(f"{other.number}#{other.pin}#"), SILENCE)
    assert channel.heard.index("meters.meter") < channel.heard.index("balance.overpaid")


def test_the_records_away_after_the_balance() -> None:
    customers = demo_customers(NOW)

    def away(number: AccountNumber) -> tuple[LedgerEntry, ...]:
        raise CustomersUnavailable(number)

    customers.payments = away  # type: ignore[method-assign] # away from here on
    outcome, channel, caller = asked(*PAYMENTS, "0", customers=customers)
    assert isinstance(outcome, ToQueue)
    assert "identify.unavailable" in channel.heard
    assert ("balance", "customers", "unavailable") in steps(caller)


def test_questions_without_end_lead_to_an_agent() -> None:
    outcome, channel, caller = asked(*[*PAYMENTS, *METERS] * MOST_TURNS)
    assert isinstance(outcome, ToQueue)
    assert channel.heard.count("payments.last") + channel.heard.count("meters.meter") < MOST_TURNS
    assert ("balance", "too_long", "to_agent") in steps(caller)


@pytest.mark.parametrize(
    ("choice", "prompt_id"),
    [("1", "payments.last"), ("2", "meters.meter"), ("4", "charges.month"), ("5", "tariff.own")],
)
def test_a_waiting_caller_hears_it_too_and_keeps_the_place(choice: str, prompt_id: str) -> None:
    channel = ScriptedChannel("1", LISTEN, "2", LISTEN, choice, LISTEN, SILENCE, LISTEN)
    assert waiting.menu(visit(channel, demo.TRUSTED.phone, enqueued_at=NOW)) is None
    assert prompt_id in channel.heard
    assert channel.heard[-1] == "queue.back"


def test_back_from_the_details_is_the_balance() -> None:
    _, channel, _ = asked("2", "*", SILENCE)
    assert channel.heard[-5:] == ["account.details", "balance.debt", "balance.last_payment", "account.after", "goodbye"]


@pytest.mark.parametrize(("script", "outcome"), [(["2", "0"], ToQueue), (["2", "7", "7", "7"], ToQueue)])
def test_who_is_lost_in_the_details_gets_an_agent(script: list[str], outcome: type[Outcome]) -> None:
    assert isinstance(asked(*script)[0], outcome)
