"""English words for money, counts, dates, times and digits, as a voice on the telephone says them."""

from dataclasses import dataclass
from datetime import date, time

from prompts.digits import digits_of, groups, split_money, split_price
from prompts.numerals import cardinal_en, ordinal_en, year_en


@dataclass(frozen=True, slots=True)
class Noun:
    """A counted thing: the forms after 1 and after any other number."""

    one: str
    many: str


ROUBLE = Noun("rouble", "roubles")
KOPECK = Noun("kopeck", "kopecks")
KILOWATT_HOUR = Noun("kilowatt hour", "kilowatt hours")
SECOND = Noun("second", "seconds")
MINUTE = Noun("minute", "minutes")
HOUR = Noun("hour", "hours")
DAY = Noun("day", "days")
PERSON = Noun("person", "people")
ATTEMPT = Noun("attempt", "attempts")

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_RATES = {1: "single-rate", 2: "two-rate", 3: "three-rate"}
_KEYS = {"*": "star", "#": "hash"}


def count(number: int, noun: Noun) -> str:
    """As in "twenty-one minutes"."""
    return f"{cardinal_en(number)} {noun.one if number == 1 else noun.many}"


def money(kopecks: int) -> str:
    """As in "two thousand one hundred and twenty-one roubles and thirty-two kopecks"; below zero with "minus"."""
    roubles, rest = split_money(abs(kopecks))
    parts = [count(roubles, ROUBLE)] if roubles or not rest else []
    if rest:
        parts.append(count(rest, KOPECK))
    return ("minus " if kopecks < 0 else "") + " and ".join(parts)


def price(microroubles: int) -> str:
    """As in "five roubles and forty-three point two one kopecks"."""
    roubles, kopecks, part = split_price(microroubles)
    if not part:
        return money(100 * roubles + kopecks)
    words = [count(roubles, ROUBLE)] if roubles else []
    after = " ".join(cardinal_en(int(digit)) for digit in part)
    return " and ".join([*words, f"{cardinal_en(kopecks)} point {after} {KOPECK.many}"])


def day(moment: date) -> str:
    """As in "the twenty-third of November, twenty twenty-six"."""
    return f"the {ordinal_en(moment.day)} of {MONTHS[moment.month - 1]}, {year_en(moment.year)}"


def month(moment: date) -> str:
    """As in "October, twenty twenty-six"."""
    return f"{MONTHS[moment.month - 1]}, {year_en(moment.year)}"


def clock(moment: time) -> str:
    """As in "fourteen thirty", "ten o'clock", "nine oh five": an hour of the day."""
    hour = cardinal_en(moment.hour)
    if not moment.minute:
        return f"{hour} o'clock"
    return f"{hour} {'oh ' if moment.minute < 10 else ''}{cardinal_en(moment.minute)}"


def time_span(start: time, end: time) -> str:
    """As in "from ten o'clock to fourteen thirty"."""
    return f"from {clock(start)} to {clock(end)}"


def digit_pairs(text: str) -> str:
    """As in "zero four, two zero": digits one by one, in pairs; of an odd count the first stands alone."""
    digits = digits_of(text)
    return _spoken(groups(digits, first=len(digits) % 2, then=(2,)))


def phone(text: str) -> str:
    """As in "plus seven, nine one two, three four five, six seven, eight nine" for E.164."""
    digits = digits_of(text)
    national = len(digits) == 11 and digits[0] in "78"
    parts = groups(digits, first=1, then=(3, 3, 2, 2)) if national else groups(digits, first=len(digits) % 2, then=(2,))
    return ("plus " if text.strip().startswith("+") else "") + _spoken(parts)


def digits(text: str) -> str:
    """ "plus, seven, nine, one, two": each digit alone, to be compared by the listener."""
    plus = ["plus"] if text.strip().startswith("+") else []
    return ", ".join([*plus, *(cardinal_en(int(digit)) for digit in digits_of(text))])


def key(name: str) -> str:
    """A key of the telephone: "one", "star"."""
    return _KEYS.get(name) or cardinal_en(int(name))


def tariffs(zones: int) -> str:
    """As in "two-rate": a meter by the count of its tariff zones."""
    return _RATES.get(zones, "multi-rate")


def position(place: int) -> str:
    """As in "third": the place in the queue."""
    return ordinal_en(place)


def _spoken(parts: list[str]) -> str:
    return ", ".join(" ".join(cardinal_en(int(digit)) for digit in part) for part in parts)
