"""Notices: their texts, their length as SMS, to whom none is sent."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingRules
from customers.money import Kopecks
from customers.notice_texts import (
    AppealText,
    CodeText,
    Content,
    NoticeKind,
    OutageOverText,
    OutageReportText,
    PaymentLinkText,
    ReceiptText,
    subject_of,
    text_of,
)
from customers.notices import (
    EmailAddress,
    NoticeId,
    NoticeRules,
    NotTaken,
    Way,
    address_refusal,
    count_refusal,
    is_email_address,
    masked_address,
    notice_of,
)
from customers.sms import MOST_PARTS, Alphabet, TooLong, encoded

NOW = Instant(1_795_424_400_000)
PHONE = PhoneNumber("+79123456789")
BOTH = NoticeRules(frozenset(Way))
CONTENTS: tuple[Content, ...] = (
    CodeText("048213", 5),
    ReceiptText(Kopecks(123_456), "7-000123", date(2026, 12, 1)),
    ReceiptText(Kopecks(123_456), "7-000123", date(2026, 12, 1), "https://check.example/a1b2c3"),
    PaymentLinkText(Kopecks(123_450), "https://pay.example/a1b2c3d4"),
    AppealText("2026-000123", date(2026, 12, 31)),
    OutageReportText("2026-000123"),
    OutageOverText("ул. Садовая, 15"),
)


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: type(content).__name__)
@pytest.mark.parametrize("language", list(Language))
def test_a_notice_takes_one_sms_or_two(content: Content, language: Language) -> None:
    sms = encoded(text_of(content, language))
    assert len(sms.parts) <= (1 if isinstance(content, CodeText | AppealText) else 2)
    assert sms.alphabet is (Alphabet.UCS2 if language is Language.RU else Alphabet.GSM) or "ул." in str(content)


def test_the_texts_say_sums_days_and_numbers_as_on_a_bill() -> None:
    russian, english = (text_of(CONTENTS[1], language) for language in (Language.RU, Language.EN))
    assert russian == "Оплата 1 234,56 руб. принята 01.12.2026, квитанция 7-000123. Энергосбыт"
    assert english == "Your payment of 1,234.56 RUB was received on 01.12.2026, receipt 7-000123. Energosbyt"
    with pytest.raises(ValueError, match="below nothing"):
        text_of(PaymentLinkText(Kopecks(-1), "x"), Language.RU)


def test_every_kind_has_a_text_a_subject_and_a_life() -> None:
    assert {content.kind for content in CONTENTS} == set(NoticeKind)
    for content in CONTENTS:
        notice = notice_of(NoticeId("a"), PHONE, content, Language.RU, NOW)
        assert notice.expires_at > NOW
        assert notice.secret == (notice.kind is NoticeKind.CODE)
        assert subject_of(notice.kind, Language.RU) != subject_of(notice.kind, Language.EN)
        assert "048213" not in subject_of(notice.kind, Language.RU)
    assert notice_of(NoticeId("a"), PHONE, CONTENTS[0], Language.EN, NOW).expires_at == after(NOW, 300)


def test_the_way_follows_from_the_address() -> None:
    mail = notice_of(NoticeId("a"), EmailAddress("ivanova@example.org"), CONTENTS[1], Language.RU, NOW)
    assert mail.way is Way.MAIL
    assert notice_of(NoticeId("b"), PHONE, CONTENTS[1], Language.RU, NOW).way is Way.SMS
    assert masked_address(mail.to) == "…@example.org"
    assert masked_address(PHONE) == "…89"


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b.c", "a@b", "a@b..c", "a..b@c.de", "a b@c.de", "a@b.c\r\nBcc: x@y.z", 'a"@b.c', "a@b@c.de",
     "a@[127.0.0.1]", "а@пример.рф", "a@-_.de", "a" * 250 + "@b.de", "x@y.z\0"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_email_address(text)
    assert address_refusal(text, BOTH) is NotTaken.NO_ADDRESS


@given(st.text(max_size=300))
def test_no_text_breaks_the_check_of_an_address(text: str) -> None:
    is_email_address(text)
    address_refusal(text, BOTH)


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        (PHONE, None),
        ("bills@example.co.uk", None),
        ("+442079460018", NotTaken.FOREIGN),
        ("+78095551234", NotTaken.COSTLY),
        ("+7912", NotTaken.NO_ADDRESS),
    ],
)
def test_only_ordinary_numbers_of_our_countries_get_sms(to: str, refusal: NotTaken | None) -> None:
    assert address_refusal(to, BOTH) is refusal


def test_what_has_no_gateway_is_not_taken() -> None:
    mail_only = NoticeRules(frozenset({Way.MAIL}), OutgoingRules())
    assert address_refusal(PHONE, mail_only) is NotTaken.NO_WAY
    assert address_refusal("a@example.org", NoticeRules(frozenset())) is NotTaken.NO_WAY


def test_an_hour_has_room_for_so_many() -> None:
    rules = NoticeRules(frozenset(Way), per_number=2, per_hour=5)
    assert count_refusal(1, 4, rules) is None
    assert count_refusal(2, 4, rules) is NotTaken.NUMBER_LIMIT
    assert count_refusal(0, 5, rules) is NotTaken.HOUR_LIMIT


# --- length as SMS
@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("", Alphabet.GSM, 1),
        ("a" * 160, Alphabet.GSM, 1),
        ("a" * 161, Alphabet.GSM, 2),
        ("a" * 306, Alphabet.GSM, 2),
        ("a" * 307, Alphabet.GSM, 3),
        ("€" * 80, Alphabet.GSM, 1),
        ("€" * 81, Alphabet.GSM, 2),
        ("Ж" * 70, Alphabet.UCS2, 1),
        ("Ж" * 71, Alphabet.UCS2, 2),
        ("Ж" * 134, Alphabet.UCS2, 2),
        ("Ж" * 135, Alphabet.UCS2, 3),
        ("🔌" * 35, Alphabet.UCS2, 1),
        ("🔌" * 36, Alphabet.UCS2, 2),
        ("`", Alphabet.UCS2, 1),
    ],
)
def test_length_and_alphabet(text: str, alphabet: Alphabet, parts: int) -> None:
    sms = encoded(text)
    assert (sms.alphabet, len(sms.parts)) == (alphabet, parts)


def test_no_cut_falls_inside_a_letter() -> None:
    escaped = encoded("a" * 152 + "€" + "b" * 100)
    assert escaped.parts[0] == b"a" * 152
    assert escaped.parts[1].startswith(b"\x1be")
    pairs = encoded("Ж" * 66 + "🔌" + "Ж" * 10)
    assert [part.decode("utf-16-be") for part in pairs.parts] == ["Ж" * 66, "🔌" + "Ж" * 10]


def test_what_is_too_long_is_told() -> None:
    with pytest.raises(TooLong):
        encoded("Ж" * (67 * MOST_PARTS + 1))


@given(st.text(alphabet=st.characters(codec="utf-16-be"), max_size=400))
def test_what_is_cut_is_whole_again(text: str) -> None:
    sms = encoded(text)
    assert all(len(part) <= 160 for part in sms.parts)
    if sms.alphabet is Alphabet.UCS2:
        assert "".join(part.decode("utf-16-be") for part in sms.parts) == text
    if len(sms.parts) > 1:
        assert all(len(part) <= (153 if sms.alphabet is Alphabet.GSM else 134) for part in sms.parts)
