"""How money, dates, times and numbers look on screens (design: screens.md, section 5). Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from calls.clock import Instant, as_datetime
from calls.journey import Language
from customers.money import Kopecks

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def money(amount: Kopecks, language: Language, *, sign: bool = True) -> str:
    """`1 234,56 ₽` with no-break spaces, or `RUB 1,234.56`; the minus is U+2212. Without `sign`: the absolute value."""
    roubles, kopecks = divmod(abs(amount), 100)
    minus = MINUS if sign and amount < 0 else ""
    if language is Language.EN:
        return f"{minus}RUB{NO_BREAK}{roubles:,}.{kopecks:02d}"
    thousands = f"{roubles:,}".replace(",", NO_BREAK)
    return f"{minus}{thousands},{kopecks:02d}{NO_BREAK}₽"


def rate(microroubles: int, language: Language) -> str:
    """Roubles a kilowatt-hour with two decimals or as many as it has: `5,41 ₽`, `5,4321 ₽`, `RUB 5.41`."""
    roubles, part = divmod(microroubles, 1_000_000)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    if language is Language.EN:
        return f"RUB{NO_BREAK}{roubles:,}.{decimals}"
    return f"{whole(roubles, language)},{decimals}{NO_BREAK}₽"


def whole(number: int, language: Language) -> str:
    """A count with its thousands apart: `12 340` or `12,340`."""
    grouped = f"{abs(number):,}" if language is Language.EN else f"{abs(number):,}".replace(",", NO_BREAK)
    return (MINUS if number < 0 else "") + grouped


def duration(seconds: float) -> str:
    """`0:42`, `12:05`, `1:04:10`; never negative."""
    whole_s = max(0, int(seconds))
    hours, rest = divmod(whole_s, 3600)
    minutes, s = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{s:02d}" if hours else f"{minutes}:{s:02d}"


def day(of: date, language: Language) -> str:
    """As in tables: `23.11.2026` or `23 Nov 2026`."""
    if language is Language.EN:
        return format_date(of, "d MMM y", locale="en")
    return of.strftime("%d.%m.%Y")


def moment(instant: Instant, now: Instant, zone: ZoneInfo, language: Language, own: ZoneInfo) -> str:
    """`14:05` today, on another day with its date: `24.11.2026 14:05`; with `UTC+5` where clocks differ from `own`."""
    local = as_datetime(instant).astimezone(zone)
    shown = f"{local:%H:%M}"
    if local.utcoffset() != local.astimezone(own).utcoffset():
        shown += NO_BREAK + _offset(local)
    if local.date() == as_datetime(now).astimezone(zone).date():
        return shown
    return f"{day(local.date(), language)} {shown}"


def _offset(local: datetime) -> str:
    """`UTC+5`, `UTC+5:30`."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{MINUS if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def hotline(number: str) -> str:
    """Our own number as people write it, `8 800 000-00-00`; another form stays as it is."""
    if len(number) != 11 or not number.isascii() or not number.isdigit():
        return number
    return f"{number[0]} {number[1:4]} {number[4:7]}-{number[7:9]}-{number[9:]}"
