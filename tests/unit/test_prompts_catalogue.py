"""The catalogue that we ship is fit for the voices, and a broken one says everything that is wrong with it."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.journey import Language
from prompts.catalogue import Catalogue, load_catalogue
from prompts.errors import CatalogueError, SpellingError, UnknownPromptError
from prompts.lexicon import LONGEST_TEXT, Lexicon, load_lexicons
from prompts.phrase import Phrase, say


@pytest.fixture(scope="module")
def ours() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def russian() -> Lexicon:
    return load_lexicons()[Language.RU]


def write(folder: Path, russian: str, english: str) -> Path:
    (folder / "ru.yaml").write_text(russian, "utf-8")
    (folder / "en.yaml").write_text(english, "utf-8")
    return folder


def faults_of(folder: Path, russian: str, english: str) -> str:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(write(folder, russian, english))
    return "\n".join(caught.value.faults)


def test_the_debt_of_the_example(ours: Catalogue) -> None:
    text = ours.text(say("balance.debt", account="0420017005", amount=-212132), Language.RU)
    assert "долг" in text
    assert text.endswith("две тысячи сто двадцать один рубль тридцать две копейки.")


@given(st.integers(-99_999_999_999, 99_999_999_999), st.text("0123456789", min_size=1, max_size=20), st.dates())
def test_whatever_a_caller_owes_the_voice_can_say_it(ours: Catalogue, amount: int, account: str, day: date) -> None:
    for language in Language:
        for phrase in (
            say("balance.debt", account=account, amount=amount),
            say("balance.overpaid", account=account, amount=amount),
            say("balance.last_payment", paid_on=day, amount=amount),
        ):
            spoken = ours.utterance(phrase, language)
            assert ours.lexicons[language].faults(spoken.text) == []
            assert spoken.personal


def test_the_danger_to_life_comes_before_every_other_choice(ours: Catalogue) -> None:
    """The flow plays welcome, menu.danger, menu.main: nothing but the greeting stands before the danger."""
    assert "нажмите" not in ours.text(say("welcome"), Language.RU)
    assert "press" not in ours.text(say("welcome"), Language.EN)
    assert "нажмите три" in ours.text(say("menu.danger"), Language.RU)
    assert "press three" in ours.text(say("menu.danger"), Language.EN)


def test_the_other_language_is_offered_in_its_own_voice(ours: Catalogue) -> None:
    assert ours.utterance(say("menu.language"), Language.RU).language is Language.EN
    assert ours.utterance(say("menu.language"), Language.EN).language is Language.RU


PERSONAL = ("money}", "|account", "|date}", "|phone}", "|digits}", "|kilowatt_hours}")


def test_amounts_and_accounts_are_personal(ours: Catalogue) -> None:
    for prompt in ours:
        spoken = any(
            kind in prompt.text for kind in ("money}", "|account", "|date}", "|phone}", "|digits}", "|kilowatt_hours}")
        )
        everybodys = prompt.prompt_id in {
            "refusal.opens",
            "readings.not_now",
            "tariff.new_prices",
        } or prompt.prompt_id.startswith("outage.")
        spoken = spoken and not everybodys  # a day on which all may ring, a street where the light is out
        assert prompt.personal == spoken, prompt.prompt_id


def test_unknown_prompts_and_wrong_parameters_are_told(ours: Catalogue) -> None:
    with pytest.raises(UnknownPromptError, match=r"no\.such"):
        ours.text(say("no.such"), Language.RU)
    with pytest.raises(SpellingError, match="account, amount"):
        ours.text(say("balance.debt", amount=5), Language.RU)
    with pytest.raises(SpellingError, match=r"balance\.debt, parameter amount: A whole number") as caught:
        ours.text(Phrase("balance.debt", {"account": "0420017005", "amount": "17005"}), Language.RU)
    assert "0420017005" not in str(caught.value)


def test_all_faults_are_told_at_once_with_file_and_id(tmp_path: Path) -> None:
    found = faults_of(
        tmp_path,
        "digit: {text: 'Нажмите 1.'}\n"
        "latin: {text: 'Тариф Plus.'}\n"
        "shouted: {text: 'Это ЭСК.'}\n"
        "short: {text: 'Это стр дома.'}\n"
        "filter: {text: '{a|euros}', params: [a], samples: [{a: 1}]}\n"
        "params: {text: '{a|number}', params: [b], samples: [{b: 1}]}\n"
        "samples: {text: '{a|number}', params: [a]}\n"
        "sample: {text: '{a|number}', params: [a], samples: [{a: сто}]}\n"
        "braces: {text: 'Ваш {счёт}.'}\n"
        "empty: {}\n"
        "both: {text: 'Да.', tones: [[440, 100]]}\n"
        "unheard: {tones: [[44, 100]]}\n"
        "voice: {text: 'Да.', spoken_in: fr}\n"
        "typo: {txt: 'Да.'}\n"
        "Upper.Id: {text: 'Да.'}\n"
        "only_russian: {text: 'Да.'}\n",
        "short: {text: 'One.'}\n",
    )
    for told in (
        "ru.yaml: digit: the voice cannot say '1'",
        "ru.yaml: latin: the voice cannot say 'P'",
        "ru.yaml: shouted: ЭСК looks like an abbreviation",
        "ru.yaml: short: стр looks like an abbreviation",
        "ru.yaml: filter: a: no filter euros",
        "ru.yaml: params: params are not those of the text",
        "ru.yaml: samples: samples are for a text with parameters",
        "ru.yaml: sample: sample, parameter a: A whole number is wanted",
        "ru.yaml: braces: a parameter is written {name|filter}",
        "ru.yaml: empty: needs either a text or tones",
        "ru.yaml: both: needs either a text or tones",
        "ru.yaml: unheard: tones.0.0",
        "ru.yaml: voice: spoken_in is none of ru, en",
        "ru.yaml: typo: txt",
        "ru.yaml: Upper.Id: an id is small letters",
        "en.yaml: only_russian: is missing or broken",
    ):
        assert told in found


def test_languages_must_agree(tmp_path: Path) -> None:
    found = faults_of(
        tmp_path,
        "count: {text: 'Вас {a|people}.', params: [a], samples: [{a: 2}]}\nsecret: {text: 'Да.', personal: true}\n",
        "count: {text: 'You.'}\nsecret: {text: 'Yes.'}\n",
    )
    assert "count: other params than in ru.yaml" in found
    assert "secret: personal in one language only" in found


@pytest.mark.parametrize(
    ("russian", "told"),
    [
        ("a: {text: 'Да.'}\na: {text: 'Нет.'}\n", "ru.yaml: cannot be read: stands twice: a"),
        ("- a\n- b\n", "ru.yaml: is not a table of ids"),
        ("a: [", "ru.yaml: cannot be read"),
        ("a: !!python/object/apply:os.getcwd []", "ru.yaml: cannot be read"),
        ("a: 5\n", "ru.yaml: a: "),
    ],
)
def test_a_file_that_is_no_catalogue(tmp_path: Path, russian: str, told: str) -> None:
    assert told in faults_of(tmp_path, russian, "{}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"en\.yaml: cannot be read"):
        load_catalogue(tmp_path)


def test_abbreviations_and_stress(russian: Lexicon) -> None:
    said = russian.apply("ПАО «Энергосбыт»:  ул. Мира, д. Пять,\n кв. Два, пр-т Ленина")
    assert said == ("публичное акционерное общество «Энергосб+ыт»: улица Мира, дом Пять, квартира Два, проспект Ленина")
    assert russian.faults(said) == []


def test_short_words_that_are_no_abbreviations(russian: Lexicon) -> None:
    assert russian.faults("В доме, к вам с ответом: как бы ж оно б ни было.") == []


def test_every_entry_of_the_lexicons_can_be_said() -> None:
    for lexicon in load_lexicons().values():
        for short, full in {**lexicon.abbreviations, **lexicon.words}.items():
            assert lexicon.faults(lexicon.apply(full)) == [], short


def test_a_text_without_end_is_refused(russian: Lexicon) -> None:
    assert "too long" in russian.faults("да " * LONGEST_TEXT)[0]


def test_the_version_of_a_lexicon_follows_its_entries(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.yaml"
    plain = "ru: {words: {}, abbreviations: {}}\nen: {words: {}, abbreviations: {}}\n"
    file.write_text(plain, "utf-8")
    before = load_lexicons(file)
    file.write_text(plain.replace("ru: {words: {}", "ru: {words: {дом: д+ом}"), "utf-8")
    after = load_lexicons(file)
    assert before[Language.RU].version != after[Language.RU].version
    assert before[Language.EN].version == after[Language.EN].version


def test_a_broken_lexicon_says_so(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.yaml"
    file.write_text("ru: {words: {Дом: д+ом}, abbreviations: {}}\nen: {words: [a]}\n", "utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_lexicons(file)
    assert len(caught.value.faults) == 2
