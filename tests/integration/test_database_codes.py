"""One-time codes: one contract for the fake and both databases; what stands in the database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from calls.clock import after
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.codes import LIFE_S, CodeCheck, Issued, OneTimeCodes, Purpose
from customers.notices import NoticeRules, Way
from customers.ports import CustomersUnavailable
from database.code_tables import CodeRow
from database.codes import KEPT_S, DatabaseCodes
from database.engine import Engine, open_engine, reading
from database.migrations import migrate
from database.notice_tables import NoticeRow
from tests.kit.databases import KINDS, NOW, PATIENT, PIN_KEY, new_address
from tests.kit.fake_notices import FakeCodes, FakeNotices

ACCOUNT, OTHER = AccountNumber("4401220170"), AccountNumber("4401220188")
PHONE = PhoneNumber("+79123456789")
RULES = NoticeRules(frozenset({Way.SMS}), per_number=10)


@dataclass(frozen=True, slots=True)
class Rig:
    codes: OneTimeCodes
    newest: Callable[[], str]

    def issue(self, account: AccountNumber = ACCOUNT, phone: PhoneNumber = PHONE, late_s: float = 0) -> Issued:
        return self.codes.issue(account, phone, Purpose.IDENTIFY, Language.RU, after(NOW, late_s))

    def check(self, digits: str, purpose: Purpose = Purpose.IDENTIFY, late_s: float = 0) -> CodeCheck:
        return self.codes.check(ACCOUNT, purpose, digits, after(NOW, late_s))


@pytest.fixture(params=["fake", *KINDS])
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    if request.param == "fake":
        fake = FakeCodes(FakeNotices(RULES))
        yield Rig(fake, lambda: fake.newest)
        return
    engine = open_engine(new_address(str(request.param), request, tmp_path_factory), PATIENT)
    migrate(engine)
    yield Rig(DatabaseCodes(engine, PIN_KEY, RULES), lambda: told(engine))
    engine.dispose()


def told(engine: Engine) -> str:
    """The digits of the newest notice."""
    query = select(NoticeRow.text).order_by(NoticeRow.notice_id.desc()).limit(1)
    with reading(engine, CustomersUnavailable) as connection:
        return str(connection.scalar(query)).removeprefix("Код ")[:6]


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def test_a_code_is_right_once(rig: Rig) -> None:
    assert rig.issue() is Issued.SENT
    digits = rig.newest()
    assert rig.check(digits) is CodeCheck.RIGHT
    assert rig.check(digits) is CodeCheck.NO_CODE


def test_three_wrong_tries_end_it(rig: Rig) -> None:
    rig.issue()
    wrong = other_than(rig.newest())
    assert [rig.check(text) for text in (wrong, "no code\0", wrong)] == [
        CodeCheck.WRONG,
        CodeCheck.WRONG,
        CodeCheck.NO_TRIES,
    ]
    assert rig.check(rig.newest()) is CodeCheck.NO_CODE


def test_two_wrong_tries_and_a_right_one(rig: Rig) -> None:
    rig.issue()
    for _ in range(2):
        assert rig.check(other_than(rig.newest())) is CodeCheck.WRONG
    assert rig.check(rig.newest()) is CodeCheck.RIGHT


def test_it_lives_five_minutes(rig: Rig) -> None:
    rig.issue()
    assert rig.check(rig.newest(), late_s=LIFE_S) is CodeCheck.EXPIRED
    assert rig.check(rig.newest()) is CodeCheck.NO_CODE
    rig.issue()
    assert rig.check(rig.newest(), late_s=LIFE_S - 0.001) is CodeCheck.RIGHT


def test_a_newer_one_makes_the_older_one_void(rig: Rig) -> None:
    rig.issue()
    older = rig.newest()
    rig.issue(late_s=1)
    if older != rig.newest():
        assert rig.check(older) is CodeCheck.WRONG
    assert rig.check(rig.newest()) is CodeCheck.RIGHT


def test_it_is_good_for_its_account_and_purpose_only(rig: Rig) -> None:
    rig.issue()
    assert rig.check(rig.newest(), Purpose.PIN_RESET) is CodeCheck.NO_CODE
    assert rig.codes.check(OTHER, Purpose.IDENTIFY, rig.newest(), NOW) is CodeCheck.NO_CODE
    assert rig.check(rig.newest()) is CodeCheck.RIGHT


def test_a_number_and_an_account_get_so_many_within_an_hour(rig: Rig) -> None:
    for count in range(3):
        assert rig.issue(late_s=count) is Issued.SENT
    assert rig.issue(OTHER) is Issued.TOO_MANY
    for count in range(2):
        assert rig.issue(phone=PhoneNumber(f"+7912345678{count}")) is Issued.SENT
    assert rig.issue(phone=PhoneNumber("+79123456785")) is Issued.TOO_MANY
    digits = rig.newest()
    assert rig.issue(late_s=3 + 3600) is Issued.SENT
    assert rig.newest() != digits or rig.check(digits, late_s=3 + 3600) is CodeCheck.RIGHT


def test_where_no_sms_goes_no_code_is_made(rig: Rig) -> None:
    assert rig.issue(phone=PhoneNumber("+442079460018")) is Issued.NOT_SENT
    assert rig.check("000000") is CodeCheck.NO_CODE


# --- on both databases
def test_no_digit_of_a_code_stands_beside_its_notice(engine: Engine) -> None:
    codes = DatabaseCodes(engine, PIN_KEY, RULES)
    codes.issue(ACCOUNT, PHONE, Purpose.IDENTIFY, Language.RU, NOW)
    digits = told(engine)
    with reading(engine, CustomersUnavailable) as connection:
        row = connection.execute(select(*CodeRow.__table__.columns)).one()
    assert len(row.sealed) == 64
    assert digits not in " ".join(str(value) for value in row if value != row.sealed)
    assert codes.check(ACCOUNT, Purpose.IDENTIFY, digits, NOW) is CodeCheck.RIGHT
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.execute(select(CodeRow.sealed, CodeRow.state)).one() == ("", "used")


def test_of_two_calls_with_the_right_code_one_is_let_in(engine: Engine) -> None:
    codes = DatabaseCodes(engine, PIN_KEY, RULES)
    codes.issue(ACCOUNT, PHONE, Purpose.IDENTIFY, Language.RU, NOW)
    digits = told(engine)
    with ThreadPoolExecutor(4) as threads:
        checks = list(threads.map(lambda _: codes.check(ACCOUNT, Purpose.IDENTIFY, digits, NOW), range(8)))
    assert checks.count(CodeCheck.RIGHT) == 1
    assert checks.count(CodeCheck.NO_CODE) == 7


def test_of_many_asked_for_at_once_no_more_than_the_limit_are_issued(engine: Engine) -> None:
    codes = DatabaseCodes(engine, PIN_KEY, RULES)

    def issue(_: int) -> Issued:
        return codes.issue(ACCOUNT, PHONE, Purpose.IDENTIFY, Language.RU, NOW)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(issue, range(6))) == [Issued.SENT] * 3 + [Issued.TOO_MANY] * 3
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalars(select(CodeRow.state)).all().count("living") == 1


def test_what_is_old_is_forgotten(engine: Engine) -> None:
    codes = DatabaseCodes(engine, PIN_KEY, RULES)
    codes.issue(ACCOUNT, PHONE, Purpose.IDENTIFY, Language.RU, NOW)
    codes.forget_old(after(NOW, LIFE_S))
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.execute(select(CodeRow.sealed, CodeRow.state)).one() == ("", "expired")
    codes.forget_old(after(NOW, KEPT_S + 1))
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalars(select(CodeRow.code_id)).all() == []


def test_without_the_database_it_is_said() -> None:
    away = DatabaseCodes(open_engine("sqlite:////nowhere/at/all.db"), PIN_KEY, RULES)
    with pytest.raises(CustomersUnavailable):
        away.issue(ACCOUNT, PHONE, Purpose.IDENTIFY, Language.RU, NOW)
    with pytest.raises(CustomersUnavailable):
        away.check(ACCOUNT, Purpose.IDENTIFY, "000000", NOW)
