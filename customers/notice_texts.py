"""The words of notices in both languages: written, not spoken, so digits and abbreviations are as on a bill. Pure.

An SMS in Russian has 70 signs, its parts 67 (customers.sms): every text here is as short as is still polite.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from calls.journey import Language
from customers.money import Kopecks


class NoticeKind(StrEnum):
    CODE = "code"
    RECEIPT = "receipt"
    PAYMENT_LINK = "payment_link"
    APPEAL = "appeal"
    OUTAGE_REPORT = "outage_report"
    OUTAGE_OVER = "outage_over"


@dataclass(frozen=True, slots=True)
class CodeText:
    """A one-time code and for how many minutes it is good."""

    digits: str
    minutes: int
    kind = NoticeKind.CODE


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """A payment that is posted. `link`: where the fiscal receipt is, if there is one."""

    amount: Kopecks
    receipt: str
    day: date
    link: str = ""
    kind = NoticeKind.RECEIPT


@dataclass(frozen=True, slots=True)
class PaymentLinkText:
    amount: Kopecks
    link: str
    kind = NoticeKind.PAYMENT_LINK


@dataclass(frozen=True, slots=True)
class AppealText:
    """`answer_by`: the day until which an answer is promised."""

    number: str
    answer_by: date
    kind = NoticeKind.APPEAL


@dataclass(frozen=True, slots=True)
class OutageReportText:
    number: str
    kind = NoticeKind.OUTAGE_REPORT


@dataclass(frozen=True, slots=True)
class OutageOverText:
    """`place`: street and house as people write them."""

    place: str
    kind = NoticeKind.OUTAGE_OVER


Content = CodeText | ReceiptText | PaymentLinkText | AppealText | OutageReportText | OutageOverText


def text_of(content: Content, language: Language) -> str:
    """The whole text of a notice."""
    return _russian(content) if language is Language.RU else _english(content)


def subject_of(kind: NoticeKind, language: Language) -> str:
    """The subject of the same as an e-mail: nothing in it that only its reader should know."""
    return _SUBJECTS[kind][0 if language is Language.RU else 1]


def _russian(content: Content) -> str:
    match content:
        case CodeText(digits, minutes):
            return f"Код {digits}, действует {minutes} мин. Никому его не называйте. Энергосбыт"
        case ReceiptText(amount, receipt, day, link):
            said = f"Оплата {_money(amount, ',')} руб. принята {day:%d.%m.%Y}, квитанция {receipt}."
            return f"{said} Чек: {link}" if link else f"{said} Энергосбыт"
        case PaymentLinkText(amount, link):
            return f"Оплатить {_money(amount, ',')} руб. за электроэнергию: {link} Ссылка действует 1 час."
        case AppealText(number, answer_by):
            return f"Обращение {number} принято. Ответим до {answer_by:%d.%m.%Y}. Энергосбыт"
        case OutageReportText(number):
            return f"Сообщение об отключении {number} принято. Энергосбыт"
        case OutageOverText(place):
            return f"Свет есть: {place}. Если у вас его нет, позвоните нам. Энергосбыт"
        case _:
            assert_never(content)


def _english(content: Content) -> str:
    match content:
        case CodeText(digits, minutes):
            return f"Your code is {digits}, valid for {minutes} min. Never tell it to anybody. Energosbyt"
        case ReceiptText(amount, receipt, day, link):
            said = f"Your payment of {_money(amount, '.')} RUB was received on {day:%d.%m.%Y}, receipt {receipt}."
            return f"{said} Fiscal receipt: {link}" if link else f"{said} Energosbyt"
        case PaymentLinkText(amount, link):
            return f"Pay {_money(amount, '.')} RUB for electricity: {link} The link is valid for 1 hour."
        case AppealText(number, answer_by):
            return f"Your request {number} is registered. We will answer by {answer_by:%d.%m.%Y}. Energosbyt"
        case OutageReportText(number):
            return f"Your outage report {number} is registered. Energosbyt"
        case OutageOverText(place):
            return f"Power is back: {place}. If yours is not, please call us. Energosbyt"
        case _:
            assert_never(content)


def _money(amount: Kopecks, point: str) -> str:
    """1 234,50 or 1,234.50. Raises ValueError below nothing."""
    if amount < 0:
        raise ValueError("A notice tells an amount that was or is to be paid, never one below nothing.")
    roubles, kopecks = divmod(amount, 100)
    group = " " if point == "," else ","
    return f"{roubles:,}".replace(",", group) + f"{point}{kopecks:02d}"


_SUBJECTS = {
    NoticeKind.CODE: ("Код подтверждения", "Your code"),
    NoticeKind.RECEIPT: ("Оплата принята", "Payment received"),
    NoticeKind.PAYMENT_LINK: ("Ссылка для оплаты", "Payment link"),
    NoticeKind.APPEAL: ("Обращение принято", "Request registered"),
    NoticeKind.OUTAGE_REPORT: ("Сообщение об отключении принято", "Outage report registered"),
    NoticeKind.OUTAGE_OVER: ("Электроснабжение восстановлено", "Power is back"),
}
