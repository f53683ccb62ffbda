"""The words of the sandbox acquirer's page, in both languages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from calls.journey import Language
from customers.payments import DeclineReason


@dataclass(frozen=True, slots=True)
class PageTexts:
    """`other`: the other language's own name. `ends`: what became of a link, by its status or the reason it ended for.

    `group` and `point`: how this language writes 1 234,50.
    """

    title: str
    other: str
    number: str
    month: str
    cvv: str
    pay: str
    sandbox: str
    wrong: str
    declined: Mapping[DeclineReason, str]
    ends: Mapping[str, str]
    group: str
    point: str
    unit: str

    def money(self, kopecks: int) -> str:
        roubles, rest = divmod(kopecks, 100)
        return f"{roubles:,}".replace(",", self.group) + f"{self.point}{rest:02d} {self.unit}"


def _reasons(words: dict[DeclineReason, str], other: str) -> Mapping[DeclineReason, str]:
    return MappingProxyType({reason: words.get(reason, other) for reason in DeclineReason})


_R: Final = DeclineReason
_RUSSIAN: Final = PageTexts(
    title="Оплата электроэнергии",
    other="English",
    number="Номер карты",
    month="Действует до, месяц и год",
    cvv="Три цифры на обороте",
    pay="Оплатить",
    sandbox="Учебный банк: настоящие карты не принимаются, деньги не списываются. Тестовая карта:",
    wrong="Проверьте номер карты, срок и три цифры и наберите их ещё раз.",
    declined=_reasons(
        {
            _R.INSUFFICIENT_FUNDS: "На карте не хватает денег. Можно заплатить другой картой.",
            _R.CARD_EXPIRED: "Срок действия карты истёк. Можно заплатить другой картой.",
            _R.WRONG_CVV: "Не подошли три цифры с обратной стороны карты.",
            _R.WRONG_CARD: "Такой карты банк не знает. Можно заплатить другой картой.",
            _R.LIMIT: "Превышен лимит по карте. Можно заплатить другой картой.",
            _R.BLOCKED: "Этой картой сейчас платить нельзя. Позвоните в свой банк.",
        },
        "Банк отклонил платёж и не назвал причину. Можно заплатить другой картой.",
    ),
    ends=MappingProxyType(
        {
            "held": "Карта принята. Деньги спишутся, как только мы зачислим платёж: обычно в течение минуты.",
            "charged": "Оплачено. Спасибо!",
            "reversed": "Платёж возвращён на карту.",
            "paid_otherwise": "Счёт уже оплачен другим способом, поэтому по этой ссылке деньги не списаны.",
            "link_expired": "Срок ссылки истёк. Деньги не списаны. Новую можно получить по телефону.",
            "unknown": "Такой ссылки нет. Проверьте адрес.",
            "refused": "По этой ссылке заплатить нельзя. Деньги не списаны.",
        }
    ),
    group="\N{NO-BREAK SPACE}",
    point=",",
    unit="\N{RUBLE SIGN}",
)
_ENGLISH: Final = PageTexts(
    title="Pay for electricity",
    other="Русский",
    number="Card number",
    month="Valid until, month and year",
    cvv="Three digits on the back",
    pay="Pay",
    sandbox="A practice bank: real cards are not taken, no money moves. Test card:",
    wrong="Check the card number, the date and the three digits, then key them in again.",
    declined=_reasons(
        {
            _R.INSUFFICIENT_FUNDS: "There is not enough money on the card. You can pay with another one.",
            _R.CARD_EXPIRED: "The card has expired. You can pay with another one.",
            _R.WRONG_CVV: "The three digits on the back of the card were not right.",
            _R.WRONG_CARD: "The bank does not know this card. You can pay with another one.",
            _R.LIMIT: "This is over the card's limit. You can pay with another one.",
            _R.BLOCKED: "This card cannot be used now. Please call your bank.",
        },
        "The bank declined the payment and gave no reason. You can pay with another card.",
    ),
    ends=MappingProxyType(
        {
            "held": "Your card was accepted. It is charged once the payment is credited, mostly within a minute.",
            "charged": "Paid. Thank you!",
            "reversed": "The payment was returned to the card.",
            "paid_otherwise": "The bill was paid in another way, so nothing was charged by this link.",
            "link_expired": "This link has expired. Nothing was charged. You can get a new one by telephone.",
            "unknown": "There is no such link. Check the address.",
            "refused": "You cannot pay by this link. Nothing was charged.",
        }
    ),
    group=",",
    point=".",
    unit="RUB",
)
TEXTS: Final[Mapping[Language, PageTexts]] = MappingProxyType({Language.RU: _RUSSIAN, Language.EN: _ENGLISH})
