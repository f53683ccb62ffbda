"""The reference system as callers go through it: by section, by key, one after another, and when something is away."""

from dataclasses import replace
from datetime import date

import pytest

from calls.journey import Language
from customers.reference import PageContent, PageText, Section
from customers.reference_demo import PAGES
from ivr.channel import CallerHungUp
from ivr.flows import reference, waiting, welcome
from ivr.flows.account import Next
from ivr.outcome import SelfServed, ToQueue
from ivr.visit import Visit
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_reference import SOMEBODY, FakeReference, demo_reference
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel
from tests.kit.visits import NOW, visit


def page(title: str, key: str = "", section: Section = Section.TARIFFS, english: str = "") -> PageContent:
    texts = {Language.RU: PageText(title, f"{title} до 10 числа.")}
    if english:
        texts[Language.EN] = PageText(english, "By the 10th.")
    return PageContent(section, texts, key=key)


def asks(*script: str, pages: FakeReference | None = None, language: Language = Language.RU) -> tuple[Next, Visit]:
    caller = visit(ScriptedChannel(*script, language=language), reference=pages or demo_reference())
    return reference.tell(caller), caller


def heard(caller: Visit) -> list[str]:
    assert isinstance(caller.channel, ScriptedChannel)
    return caller.channel.heard


def sentences(caller: Visit) -> list[str]:
    assert isinstance(caller.channel, ScriptedChannel)
    return caller.channel.sentences


def steps(caller: Visit) -> list[tuple[str, str]]:
    return [(step.choice, step.outcome) for step in caller.facts.journey]


def test_from_the_main_menu_to_a_page_and_back() -> None:
    channel = ScriptedChannel(LISTEN, "5", "1", "2", "*", "*", "*", "0", LISTEN)
    caller = visit(channel, reference=demo_reference())
    outcome = welcome.answer(caller)
    assert isinstance(outcome, ToQueue)
    assert channel.heard[:3] == ["welcome", "menu.danger", "menu.account"]
    assert channel.sentences.count("Тарифы для села.") == 1
    assert "Один тариф: три рубля двадцать девять копеек за киловатт-час." in channel.sentences
    assert steps(caller)[0] == ("tariffs", "told")
    assert outcome.facts.topic == "agent"


def test_silence_after_a_page_is_a_goodbye() -> None:
    caller = visit(ScriptedChannel("5", "5", "2", SILENCE, LISTEN), reference=demo_reference())
    assert isinstance(welcome.answer(caller), SelfServed)
    assert heard(caller)[-1] == "goodbye"
    assert caller.served


def test_silence_in_the_menu_of_sections_leads_back() -> None:
    following, caller = asks(SILENCE, SILENCE)
    assert following is Next.SILENT
    assert not caller.served


@pytest.mark.parametrize(("key", "following"), [("0", Next.AGENT), ("*", Next.BACK)])
def test_the_common_keys_in_the_menu_of_sections(key: str, following: Next) -> None:
    assert asks(key)[0] is following


def test_an_agent_from_a_page() -> None:
    following, caller = asks("2", "1", "0")
    assert following is Next.AGENT
    assert sentences(caller)[-1].startswith("Прослушать ещё раз")


def test_nine_says_the_page_again() -> None:
    _, caller = asks("5", "2", "9", "0")
    assert sentences(caller).count("До какого числа платить.") == 2


def test_pages_without_a_key_follow_one_another() -> None:
    """Silence goes on to the next one; a key does so at once."""
    following, caller = asks("3", SILENCE, "1", "*", "*")
    assert following is Next.BACK
    told = [words for words in sentences(caller) if words.startswith("Шаг")]
    assert [words.split(":")[0] for words in told] == ["Шаг первый", "Шаг второй", "Шаг третий"]
    assert steps(caller) == [("connection", "told")] * 3


def test_pages_without_a_key_come_before_those_on_keys() -> None:
    pages = FakeReference([page("На клавише", "4"), page("Сначала")])
    _, caller = asks("1", "1", "4", "0", pages=pages)
    told = sentences(caller)
    assert told.index("Сначала.") < told.index("На клавише: нажмите четыре.") < told.index("На клавише.")


def test_the_only_page_of_a_section_is_told_at_once() -> None:
    _, caller = asks("1", "0", pages=FakeReference([page("Одна", "1")]))
    assert "reference.choice" not in heard(caller)
    assert "Одна." in sentences(caller)


def test_an_empty_section_is_not_offered_and_the_others_keep_their_keys() -> None:
    pages = FakeReference([page("Офис", "1", Section.OFFICES), page("Вопрос", "1", Section.QUESTIONS)])
    _, caller = asks("1", "2", "0", pages=pages)
    assert heard(caller)[:3] == ["reference.offices", "reference.questions", "reference.keys"]
    assert "menu.wrong_key" in heard(caller)
    assert "Офис." in sentences(caller)


def test_english_callers_are_offered_what_has_an_english_text() -> None:
    pages = FakeReference([page("Русская", "1"), page("Обе", "2", Section.OFFICES, "Both")])
    _, caller = asks("2", "0", pages=pages, language=Language.EN)
    assert heard(caller)[0] == "reference.offices"
    assert sentences(caller)[-3:] == [
        "Both.", "By the tenth.", "To hear this again, press nine. For an agent, zero. To go back, star.",
    ]  # fmt: skip


def test_expired_and_future_pages_are_not_offered() -> None:
    past = replace(page("Прошлая", "1"), valid_until=date(2026, 11, 22))
    future = replace(page("Будущая", "2"), valid_from=date(2026, 11, 24))
    now = replace(page("Нынешняя", "3"), valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 23))
    _, caller = asks("1", "0", pages=FakeReference([past, future, now]))
    assert "Нынешняя." in sentences(caller)
    assert not [words for words in sentences(caller) if words.startswith(("Прошлая", "Будущая"))]


def test_a_page_that_was_withdrawn_meanwhile_is_not_offered_again() -> None:
    pages = FakeReference([page("Первая", "1"), page("Вторая", "2")])

    class Withdrawing(ScriptedChannel):
        def wait_key(self, timeout_s: float) -> str:
            if "Первая." in self.sentences:
                for each in pages.pages():
                    pages.withdraw(each.page_id, each.newest.version, SOMEBODY, NOW)
            return super().wait_key(timeout_s)

    caller = visit(Withdrawing("1", "1", LISTEN, "*", "*"), reference=pages)
    assert reference.tell(caller) is Next.BACK
    assert heard(caller)[-1] == "reference.none"
    assert "Вторая." not in sentences(caller)


def test_without_pages_the_caller_is_told_so() -> None:
    following, caller = asks("*", pages=FakeReference())
    assert (following, heard(caller)) == (Next.BACK, ["reference.none"])
    assert steps(caller) == [("reference", "none")]


@pytest.mark.parametrize(("key", "following"), [("*", Next.BACK), ("0", Next.AGENT), (SILENCE, Next.BACK)])
def test_with_the_database_away_the_caller_is_told_kindly_and_goes_on(key: str, following: Next) -> None:
    pages = demo_reference()
    pages.down = True
    result, caller = asks(key, pages=pages)
    assert (result, heard(caller)) == (following, ["reference.unavailable"])
    assert steps(caller) == [("customers", "unavailable")]


def test_without_the_voice_the_caller_is_told_kindly_and_goes_on() -> None:
    def mute(phrase: Phrase) -> None:
        if phrase.prompt_id == "reference.sentence":
            raise SpeechUnavailableError("The voice was taken down by the test.")

    caller = visit(ScriptedChannel("1", "1", "*", "*", "*", mute=mute), reference=demo_reference())
    assert reference.tell(caller) is Next.BACK
    assert "reference.unavailable" in heard(caller)
    assert not caller.served
    assert steps(caller) == [("tariffs", "unavailable")]


def test_a_caller_who_listens_for_ever_gets_an_agent() -> None:
    following, _ = asks(*["1", "1", "*", "*"] * 30)
    assert following is Next.LOST


def test_ringing_off_in_a_page() -> None:
    with pytest.raises(CallerHungUp):
        asks("1", "1", HANG_UP)


def test_a_waiting_caller_hears_it_and_keeps_the_place() -> None:
    caller = visit(ScriptedChannel("3", "1", "1", SILENCE, LISTEN), enqueued_at=NOW, reference=demo_reference())
    assert waiting.menu(caller) is None
    assert heard(caller)[:2] == ["queue.self_service", "queue.reference"]
    assert heard(caller)[-1] == "queue.back"


def test_every_page_of_the_demo_is_within_the_rules() -> None:
    assert len(PAGES) == 15
    assert {content.section for content in PAGES} == set(Section)
    assert all(content.said_in(language) for content in PAGES for language in Language)
