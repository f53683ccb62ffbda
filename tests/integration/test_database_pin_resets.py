"""PIN resets: one contract for the fake and both databases; two supervisors at once; a death in the middle."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, inspect, select

from calls.clock import after
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber, PinCheck
from customers.attempts import ACCOUNT_TRIES
from customers.codes import CodeCheck, CodeRules, Purpose
from customers.notices import NoticeRules, Way
from customers.outages import Author
from customers.pin_resets import APPROVED_S, ASKED_S, SHOWN_S, Checked, Decided, NewPinReset, ResetId, ResetState
from customers.ports import CustomersUnavailable, PinChoice
from database.audit import DatabaseAudit
from database.codes import DatabaseCodes
from database.demo_data import load_demo
from database.engine import Engine, open_engine, reading
from database.migrations import current, downgrade, migrate, newest
from database.notice_tables import NoticeRow
from database.pin_reset_tables import PinResetRow
from database.pin_resets import KEPT_S, DatabasePinResets, forget_old_resets, use
from database.pins import DatabasePins
from tests.integration.test_database_codes import told
from tests.kit.databases import KINDS, NOW, PATIENT, PIN_KEY, new_database, passwords
from tests.kit.fake_notices import FakeCodes, FakeNotices
from tests.kit.fake_pin_resets import FakePinResets

RULES = NoticeRules(frozenset({Way.SMS}), per_number=10)
ACCOUNT = AccountNumber("4401220170")
PHONE = PhoneNumber("+79123456789")
NEW = NewPinReset(ACCOUNT, PHONE, "телефон утерян", Checked.PAYMENTS, CallId("call-1"), Language.RU)
AGENT, KIM, LEE = Author("orlov", "127.0.0.1"), Author("kim", "127.0.0.1"), Author("lee", "127.0.0.1")
Kept = FakePinResets | DatabasePinResets


@pytest.fixture(params=["fake", *KINDS])
def resets(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    if request.param == "fake":
        yield FakePinResets(FakeCodes(FakeNotices(RULES)))
        return
    with new_database(str(request.param), request, tmp_path_factory) as engine:
        yield DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))


def asked(resets: Kept, new: NewPinReset = NEW, late_s: float = 0) -> ResetId:
    reset = resets.ask(new, AGENT, after(NOW, late_s))
    assert reset is not None
    return reset.reset_id


def states(resets: Kept, late_s: float = 0) -> list[ResetState]:
    return [one.state for one in resets.current(after(NOW, late_s))]


def test_what_is_asked_waits_as_it_was_asked(resets: Kept) -> None:
    reset = resets.ask(replace(NEW, reason="  телефон утерян\n"), AGENT, NOW)
    assert reset is not None
    (shown,) = resets.current(NOW)
    assert shown == replace(reset, new=NEW)
    assert (shown.asked_by, shown.asked_at, shown.expires_at) == ("orlov", NOW, after(NOW, ASKED_S))
    assert resets.approved(ACCOUNT, NOW) is None


def test_of_an_account_one_waits(resets: Kept) -> None:
    asked(resets)
    assert resets.ask(NEW, KIM, NOW) is None
    asked(resets, replace(NEW, account=AccountNumber("4401220188")))
    asked(resets, late_s=ASKED_S)
    assert states(resets, ASKED_S).count(ResetState.ASKED) == 1


def test_an_approval_names_who_and_why_and_holds_for_its_time(resets: Kept) -> None:
    reset_id = asked(resets)
    assert resets.approve(reset_id, " сверено ", KIM, after(NOW, 60), lift=True) is Decided.DONE
    (shown,) = resets.current(after(NOW, 60))
    assert (shown.state, shown.decided_by, shown.word, shown.lift) == (ResetState.APPROVED, "kim", "сверено", True)
    assert resets.approved(ACCOUNT, after(NOW, 60 + APPROVED_S - 1)) == shown
    assert resets.approved(ACCOUNT, after(NOW, 60 + APPROVED_S)) is None
    assert resets.approved(AccountNumber("4401220188"), after(NOW, 61)) is None


def test_who_asks_never_decides(resets: Kept) -> None:
    reset_id = asked(resets)
    assert resets.approve(reset_id, "я сам", AGENT, NOW, lift=False) is Decided.OWN
    assert resets.refuse(reset_id, "я сам", AGENT, NOW) is Decided.OWN
    assert states(resets) == [ResetState.ASKED]


def test_what_is_decided_or_over_is_decided_no_more(resets: Kept) -> None:
    refused, late = asked(resets), asked(resets, replace(NEW, account=AccountNumber("4401220188")))
    assert resets.refuse(refused, "не сверено", KIM, NOW) is Decided.DONE
    assert resets.approve(refused, "всё же", LEE, NOW, lift=False) is Decided.GONE
    assert resets.approve(late, "поздно", KIM, after(NOW, ASKED_S), lift=False) is Decided.GONE
    assert resets.refuse(ResetId("nobody's"), "нет", KIM, NOW) is Decided.GONE
    assert resets.approved(ACCOUNT, NOW) is None


def test_the_answer_is_shown_for_a_while(resets: Kept) -> None:
    reset_id = asked(resets)
    resets.refuse(reset_id, "не сверено", KIM, NOW)
    assert states(resets, SHOWN_S - 1) == [ResetState.REFUSED]
    assert states(resets, SHOWN_S) == []
    asked(resets, late_s=1)
    assert states(resets, 1 + ASKED_S) == [ResetState.EXPIRED], "nobody decided: that is an answer too"
    assert states(resets, 1 + ASKED_S + SHOWN_S) == []


def test_where_no_code_can_be_sent_nothing_is_approved(resets: Kept) -> None:
    fixed = asked(resets, replace(NEW, phone=PhoneNumber("+442079460018")))
    assert resets.approve(fixed, "сверено", KIM, NOW, lift=False) is Decided.NOT_SENT
    for count in range(3):
        account = AccountNumber(f"44012201{count}0")
        assert resets.approve(asked(resets, replace(NEW, account=account)), "да", KIM, NOW, lift=False) is Decided.DONE
    last = asked(resets, replace(NEW, account=AccountNumber("4401220190")))
    assert resets.approve(last, "да", KIM, NOW, lift=False) is Decided.TOO_MANY
    assert states(resets).count(ResetState.ASKED) == 2
    assert resets.refuse(fixed, "городской телефон", KIM, NOW) is Decided.DONE


def test_a_second_approval_ends_the_first(resets: Kept) -> None:
    resets.approve(asked(resets), "сверено", KIM, NOW, lift=True)
    other = replace(NEW, phone=PhoneNumber("+79123456780"))
    second = asked(resets, other)
    assert resets.approve(second, "номер с ошибкой", LEE, NOW, lift=False) is Decided.DONE
    approved = resets.approved(ACCOUNT, NOW)
    assert approved is not None
    assert (approved.reset_id, approved.new.phone, approved.lift) == (second, other.phone, False)
    assert sorted(states(resets)) == [ResetState.APPROVED, ResetState.EXPIRED]


@pytest.mark.parametrize("text", ["", "  \n", "х" * 301])
def test_a_word_is_needed_and_has_a_bound(resets: Kept, text: str) -> None:
    with pytest.raises(ValueError, match="1 to 300"):
        resets.ask(replace(NEW, reason=text), AGENT, NOW)
    reset_id = asked(resets)
    with pytest.raises(ValueError, match="1 to 300"):
        resets.approve(reset_id, text, KIM, NOW, lift=False)
    with pytest.raises(ValueError, match="1 to 300"):
        resets.refuse(reset_id, text, KIM, NOW)
    assert states(resets) == [ResetState.ASKED]


def test_hostile_words_are_kept_as_words(resets: Kept) -> None:
    asked(resets, replace(NEW, account=AccountNumber("'; --\0"), reason="<b>\0\ud800"))
    assert states(resets) == [ResetState.ASKED]
    assert resets.refuse(ResetId("\0"), "\0", KIM, NOW) is Decided.GONE
    assert resets.approved(AccountNumber("\ud800"), NOW) is None


# --- on both databases
@dataclass(frozen=True, slots=True)
class House:
    """A supplier with the demo's customers."""

    engine: Engine
    resets: DatabasePinResets
    codes: DatabaseCodes
    pins: DatabasePins

    def acts(self) -> list[tuple[str, str]]:
        entries = DatabaseAudit(self.engine).recent()
        return [(entry.actor, entry.act) for entry in reversed(entries) if entry.act.startswith("pin_")]


@pytest.fixture
def house(engine: Engine) -> Iterator[House]:
    load_demo(engine, 60, 1, PIN_KEY, passwords(), NOW, with_pin=3)
    codes = DatabaseCodes(engine, PIN_KEY, RULES)
    pins = DatabasePins(engine, PIN_KEY, answer_s=30)
    yield House(engine, DatabasePinResets(engine, codes), codes, pins)
    pins.close()


def test_from_the_question_to_the_new_pin(house: House) -> None:
    mine = demo.IN_DEBT
    house.resets.approve(asked(house.resets), "сверено", KIM, NOW, lift=False)
    digits = told(house.engine)
    with reading(house.engine, CustomersUnavailable) as connection:
        assert connection.scalars(select(NoticeRow.address)).all() == [PHONE]
    assert house.codes.check(ACCOUNT, Purpose.IDENTIFY, digits, NOW) is CodeCheck.NO_CODE, "for a new PIN only"
    assert house.codes.check(ACCOUNT, Purpose.PIN_RESET, digits, NOW) is CodeCheck.RIGHT
    assert house.pins.choose(ACCOUNT, "83061", PinChoice.APPROVED, NOW)
    assert house.pins.check(ACCOUNT, mine.pin, None, NOW).result is PinCheck.WRONG
    assert house.pins.check(ACCOUNT, "83061", None, NOW).result is PinCheck.RIGHT
    assert not house.pins.choose(ACCOUNT, "92746", PinChoice.APPROVED, NOW), "it is used up"
    assert states(house.resets) == [ResetState.USED]
    assert house.acts() == [("orlov", "pin_reset_asked"), ("kim", "pin_reset_approved"), ("caller", "pin_reset_used")]
    with reading(house.engine, CustomersUnavailable) as connection:
        kept = connection.execute(select(*PinResetRow.__table__.columns)).one()
    assert digits not in " ".join(str(value) for name, value in kept._mapping.items() if name != "reset_id")


@pytest.mark.parametrize("lift", [True, False])
def test_the_lock_ends_only_where_the_supervisor_said_so(house: House, lift: bool) -> None:
    for _ in range(ACCOUNT_TRIES):
        house.pins.check(ACCOUNT, "0000", None, NOW)
    house.resets.approve(asked(house.resets), "сверено", KIM, NOW, lift=lift)
    assert house.pins.check(ACCOUNT, demo.IN_DEBT.pin, None, NOW).result is PinCheck.LOCKED, "not before the new PIN"
    assert house.pins.choose(ACCOUNT, "83061", PinChoice.APPROVED, NOW)
    now = house.pins.check(ACCOUNT, "83061", None, NOW).result
    assert now is (PinCheck.RIGHT if lift else PinCheck.LOCKED)
    assert ("kim", "pin_reset_approved_with_lock_lifted" if lift else "pin_reset_approved") in house.acts()


def test_without_an_account_or_an_approval_nothing_is_used_or_changed(house: House) -> None:
    assert not house.pins.choose(ACCOUNT, "83061", PinChoice.APPROVED, NOW)
    nobody = replace(NEW, account=demo.UNKNOWN_ACCOUNT)
    house.resets.approve(asked(house.resets, nobody), "сверено", KIM, NOW, lift=False)
    assert not house.pins.choose(demo.UNKNOWN_ACCOUNT, "83061", PinChoice.APPROVED, NOW)
    assert house.resets.approved(demo.UNKNOWN_ACCOUNT, NOW) is not None
    assert house.pins.check(ACCOUNT, demo.IN_DEBT.pin, None, NOW).result is PinCheck.RIGHT


def test_of_two_supervisors_at_once_one_decides(engine: Engine) -> None:
    resets = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES, CodeRules(100, 100)))
    for late_s in range(6):
        reset_id = asked(resets, replace(NEW, account=AccountNumber(f"440122019{late_s}")))

        def decide(by: Author, which: ResetId = reset_id) -> Decided:
            if by is KIM:
                return resets.approve(which, "сверено", by, NOW, lift=False)
            return resets.refuse(which, "не сверено", by, NOW)

        with ThreadPoolExecutor(4) as threads:
            assert sorted(threads.map(decide, [KIM, LEE, KIM, LEE])) == [Decided.DONE, *[Decided.GONE] * 3]
    with reading(engine, CustomersUnavailable) as connection:
        approved = connection.scalar(select(func.count()).where(PinResetRow.state == "approved"))
        assert connection.scalar(select(func.count()).select_from(NoticeRow)) == approved


def test_of_many_asked_at_once_one_waits(engine: Engine) -> None:
    resets = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))
    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda _: resets.ask(NEW, AGENT, NOW), range(8)))
    assert sum(one is not None for one in kept) == 1


def test_of_two_calls_one_uses_the_approval(house: House) -> None:
    house.resets.approve(asked(house.resets), "сверено", KIM, NOW, lift=False)
    with ThreadPoolExecutor(2) as threads:
        chosen = list(
            threads.map(lambda pin: house.pins.choose(ACCOUNT, pin, PinChoice.APPROVED, NOW), ["83061", "92746"])
        )
    assert sorted(chosen) == [False, True]


DYING = """
import os, signal, sys
from calls.clock import Instant
from customers.notices import NoticeRules, Way
from customers.outages import Author
from customers.pin_resets import ResetId
import database.pin_resets as room
from database.codes import DatabaseCodes
from database.engine import open_engine
address, reset_id, place = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(room, place, die)
engine = open_engine(address)
codes = DatabaseCodes(engine, bytes(range(32)), NoticeRules(frozenset({Way.SMS})))
room.DatabasePinResets(engine, codes).approve(ResetId(reset_id), "сверено", Author("kim"), Instant(%d), lift=False)
"""


@pytest.mark.parametrize("place", ["_decide", "write_entry"])
def test_killed_in_the_middle_of_an_approval_nothing_is_half_done(database_address: str, place: str) -> None:
    """The code is in the outbox's transaction already: it must go with the approval."""
    engine = open_engine(database_address, PATIENT)
    migrate(engine)
    resets = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))
    reset_id = asked(resets)
    command = [sys.executable, "-c", DYING % NOW, database_address, reset_id, place]
    assert subprocess.run(command, timeout=60, check=False).returncode == -9
    assert states(resets) == [ResetState.ASKED]
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalar(select(func.count()).select_from(NoticeRow)) == 0
    assert [entry.act for entry in DatabaseAudit(engine).recent()] == ["pin_reset_asked"]
    assert resets.approve(reset_id, "сверено", LEE, NOW, lift=False) is Decided.DONE
    engine.dispose()


def test_what_ran_out_is_written_down_and_later_forgotten(engine: Engine) -> None:
    resets = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))
    asked(resets)
    resets.approve(asked(resets, replace(NEW, account=AccountNumber("4401220188"))), "да", KIM, NOW, lift=False)
    forget_old_resets(engine, after(NOW, APPROVED_S))
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalars(select(PinResetRow.state)).all() == ["expired", "expired"]
    acts = [(entry.actor, entry.act) for entry in DatabaseAudit(engine).recent()]
    assert acts.count(("clock", "pin_reset_expired")) == 2
    forget_old_resets(engine, after(NOW, APPROVED_S + KEPT_S + 1))
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalars(select(PinResetRow.state)).all() == []


def test_the_approval_goes_back_with_the_transaction_that_fails(engine: Engine) -> None:
    resets = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))
    resets.approve(asked(resets), "сверено", KIM, NOW, lift=True)
    with engine.begin() as connection:
        assert use(connection, ACCOUNT, NOW) is True
        connection.rollback()
    assert resets.approved(ACCOUNT, NOW) is not None


def test_a_step_down_takes_only_the_resets(engine: Engine) -> None:
    resets = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))
    asked(resets)
    downgrade(engine, "0023")
    with reading(engine, CustomersUnavailable) as connection:
        tables = set(inspect(connection).get_table_names())
    assert "pin_resets" not in tables
    assert "appeals" in tables
    migrate(engine)
    assert current(engine) == newest()
    asked(resets)


def test_without_the_database_it_is_said() -> None:
    engine = open_engine("sqlite:////nowhere/at/all.db")
    away = DatabasePinResets(engine, DatabaseCodes(engine, PIN_KEY, RULES))
    for question in (
        lambda: away.ask(NEW, AGENT, NOW),
        lambda: away.approve(ResetId("x"), "да", KIM, NOW, lift=False),
        lambda: away.refuse(ResetId("x"), "нет", KIM, NOW),
        lambda: away.current(NOW),
        lambda: away.approved(ACCOUNT, NOW),
    ):
        with pytest.raises(CustomersUnavailable):
            question()
