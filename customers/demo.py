"""The demo's fixed accounts: those that the README, the tests and the browser telephone name. Everything is invented.

Their balances are exact; their days follow from the day the demo is loaded on. The telephone numbers are of area code
306, which the Russian numbering plan gives to nobody.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from calls.clock import Instant, after, as_datetime, as_instant
from calls.numbers import PhoneNumber
from calls.zones import SUPPLIER_ZONE, zone
from customers import demo_tariffs
from customers.accounts import (
    Account,
    AccountNumber,
    CustomerId,
    CustomerKind,
    EntryKind,
    LedgerEntry,
    Meter,
    Outage,
    OutageKind,
    Reading,
)
from customers.addresses import Street, address
from customers.money import Kopecks
from customers.tariffs import MICROROUBLES_A_KOPECK, Assignment, TariffCode

ZONE = zone(SUPPLIER_ZONE)
"""Unless the settings name another for the supplier."""
MONTHS = 12
MODELS = {1: "Меркурий 201.8", 2: "Меркурий 200.02"}
"""By the count of tariff zones."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One fixed account. The last payment is made on `paid_day` of the month before the load.

    `word` says in one word what it shows; the desk has a label for each.
    """

    word: str
    number: AccountNumber
    customer_id: CustomerId
    name: str
    kind: CustomerKind
    street: Street
    house: str
    flat: str
    phone: PhoneNumber
    pin: str
    balance: Kopecks
    last_payment: Kopecks
    paid_day: int
    monthly: Kopecks
    meters: int = 1
    zones: int = 1
    may_hear: bool = False
    """The owner allowed `phone` to hear the balance without a PIN."""

    @property
    def account(self) -> Account:
        return Account(self.number, self.customer_id, self.name, self.kind, address(self.street, self.house, self.flat))


LESNAYA = Street("пос. Берёзовка", "ул. Лесная")
SADOVAYA = Street("г. Заозёрск", "ул. Садовая")
ZAVODSKAYA = Street("г. Заозёрск", "ул. Заводская")
NABEREZHNAYA = Street("с. Ключи", "ул. Набережная")
"""The street of the emergency outage."""

_HOME, _FIRM = CustomerKind.HOUSEHOLD, CustomerKind.FIRM

IN_DEBT = DemoAccount(
    "in_debt", AccountNumber("4401220170"), CustomerId(1), "Иванова Мария Петровна", _HOME,
    LESNAYA, "5", "12", PhoneNumber("+73060000170"), "4821", Kopecks(-212_132), Kopecks(150_000), 12, Kopecks(118_640),
)  # fmt: skip
OVERPAID = DemoAccount(
    "overpaid", AccountNumber("4401220188"), CustomerId(2), "Соколов Пётр Андреевич", _HOME,
    SADOVAYA, "14", "3", PhoneNumber("+73060000188"), "3957", Kopecks(34_850), Kopecks(200_000), 20, Kopecks(96_215),
)  # fmt: skip
FIRM = DemoAccount(
    "firm", AccountNumber("4401500034"), CustomerId(3), "ООО «Заозёрская мельница»", _FIRM,
    ZAVODSKAYA, "2", "", PhoneNumber("+73060000034"), "7064", Kopecks(-1_845_210), Kopecks(12_000_000), 25,
    Kopecks(11_430_905), meters=3,
)  # fmt: skip
IN_OUTAGE = DemoAccount(
    "in_outage", AccountNumber("4401220253"), CustomerId(4), "Кузнецова Алёна Игоревна", _HOME,
    NABEREZHNAYA, "31", "", PhoneNumber("+73060000253"), "6138", Kopecks(-51_240), Kopecks(80_000), 8, Kopecks(74_310),
)  # fmt: skip
TRUSTED = DemoAccount(
    "trusted", AccountNumber("4401220311"), CustomerId(5), "Фёдоров Семён Ильич", _HOME,
    SADOVAYA, "27", "41", PhoneNumber("+73060000311"), "5290", Kopecks(-89_005), Kopecks(100_000), 15, Kopecks(126_990),
    zones=2, may_hear=True,
)  # fmt: skip
SHARED_FIRST = DemoAccount(
    "shared_first", AccountNumber("4401220406"), CustomerId(6), "Морозова Вера Николаевна", _HOME,
    LESNAYA, "18", "", PhoneNumber("+73060000406"), "8413", Kopecks(0), Kopecks(64_000), 5, Kopecks(64_000),
)  # fmt: skip
SHARED_SECOND = DemoAccount(
    "shared_second", AccountNumber("4401220414"), CustomerId(7), "Морозов Артём Олегович", _HOME,
    SADOVAYA, "9", "60", PhoneNumber("+73060000406"), "1746", Kopecks(-30_570), Kopecks(55_000), 10, Kopecks(58_125),
)  # fmt: skip

FIXED = (IN_DEBT, OVERPAID, FIRM, IN_OUTAGE, TRUSTED, SHARED_FIRST, SHARED_SECOND)
UNKNOWN_ACCOUNT = AccountNumber("4409999999")
"""Well-formed, and nobody's."""


def demo_pin(number: AccountNumber) -> str:
    """The PIN of an account that the demo gives one to and that is not fixed: for load tests, which ring as many."""
    return str(1000 + int(number) * 7919 % 9000)


def today_of(now: Instant, where: ZoneInfo = ZONE) -> date:
    """The supplier's calendar day."""
    return as_datetime(now).astimezone(where).date()


def month_start(today: date, months_ago: int) -> date:
    """The first day of the month so many months before today's."""
    count = today.year * 12 + today.month - 1 - months_ago
    return date(count // 12, count % 12 + 1, 1)


def last_payment_on(demo: DemoAccount, today: date) -> date:
    return month_start(today, 1) + timedelta(days=demo.paid_day - 1)


def ledger_of(demo: DemoAccount, today: date) -> tuple[LedgerEntry, ...]:
    """Twelve months of charges and payments, oldest first, whose sum is the account's balance.

    The opening correction carries what is left over.
    """
    entries: list[LedgerEntry] = []
    for ago in range(MONTHS, 0, -1):
        start = month_start(today, ago)
        paid = demo.last_payment if ago == 1 else demo.monthly
        entries.extend(_charged(demo, start, today))
        day = start + timedelta(days=demo.paid_day - 1)
        entries.append(LedgerEntry(demo.number, day, EntryKind.PAYMENT, paid, "Оплата"))
    left = Kopecks(demo.balance - sum(entry.amount for entry in entries))
    opened = month_start(today, MONTHS) - timedelta(days=1)
    return (LedgerEntry(demo.number, opened, EntryKind.CORRECTION, left, "Входящий остаток"), *entries)


def tariff_of(demo: DemoAccount) -> TariffCode:
    return demo_tariffs.code_of(demo.kind, demo.street.settlement, demo.zones)


def tariff_history(demo: DemoAccount, today: date) -> tuple[Assignment, ...]:
    return demo_tariffs.history(tariff_of(demo), today)


def _charged(demo: DemoAccount, day: date, today: date) -> tuple[LedgerEntry, ...]:
    """One month's charges: of two zones each by its use, in whole kilowatt-hours, at its price of the day."""
    whole = LedgerEntry(demo.number, day, EntryKind.CHARGE, Kopecks(-demo.monthly), "Начислено")
    if demo.zones == 1:
        return (whole,)
    used = [(_shown(0, 1) - _shown(0, 0)) // zone for zone in range(1, demo.zones + 1)]
    prices = demo_tariffs.kopecks_on(tariff_of(demo), day, today)
    return tuple(
        replace(whole, amount=Kopecks(-kwh * kopecks), zone=zone, kwh=kwh, rate=kopecks * MICROROUBLES_A_KOPECK)
        for zone, (kwh, kopecks) in enumerate(zip(used, prices, strict=True), start=1)
    )


def readings_of(demo: DemoAccount, today: date) -> tuple[tuple[int, Reading], ...]:
    """(place of the meter, reading) of twelve months, oldest first; at night half as much is used as in the day."""
    return tuple(
        (place, Reading(zone, _shown(place, MONTHS - ago) // zone, month_start(today, ago) + timedelta(days=22)))
        for place in range(demo.meters)
        for ago in range(MONTHS, 0, -1)
        for zone in range(1, demo.zones + 1)
    )


def _shown(place: int, month: int) -> int:
    return 4000 + 700 * place + month * (180 + 15 * place)


def meters_of(demo: DemoAccount, today: date) -> tuple[Meter, ...]:
    readings = readings_of(demo, today)
    return tuple(
        Meter(
            serial=f"{demo.number[2:]}{place + 1}",
            model=MODELS[demo.zones],
            zones=demo.zones,
            verified_until=date(today.year + 5, 6, 30),
            readings=tuple(reading for at, reading in readings if at == place)[-demo.zones :],
        )
        for place in range(demo.meters)
    )


def emergency(now: Instant) -> Outage:
    """The outage in NABEREZHNAYA: since 40 minutes, restored at the next half hour that is over two hours away."""
    until = as_datetime(after(now, 2.5 * 3600))
    until = until.replace(minute=until.minute // 30 * 30, second=0, microsecond=0, tzinfo=UTC)
    return Outage(1, OutageKind.EMERGENCY, "wire_down", after(now, -40 * 60), as_instant(until))


def planned(now: Instant, where: ZoneInfo = ZONE) -> Outage:
    """Work in ZAVODSKAYA, from 10 to 14 o'clock in three days."""
    day = today_of(now, where) + timedelta(days=3)
    start, end = (as_instant(datetime(day.year, day.month, day.day, hour, tzinfo=where)) for hour in (10, 14))
    return Outage(2, OutageKind.PLANNED, "poles_replaced", start, end)


def outages_at(street: Street, now: Instant) -> tuple[Outage, ...]:
    return {NABEREZHNAYA: (emergency(now),), ZAVODSKAYA: (planned(now),)}.get(street, ())
