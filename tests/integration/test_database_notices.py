"""The outbox of notices: one contract for the fake and both databases, then what its sender needs of the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.money import Kopecks
from customers.notice_texts import CodeText, Content, PaymentLinkText, ReceiptText
from customers.notices import EmailAddress, Notice, NoticeId, NoticeRules, Notices, NotTaken, Way, notice_of
from customers.ports import CustomersUnavailable
from database.engine import Engine, open_engine, reading
from database.migrations import migrate
from database.notice_tables import NoticeRow
from database.notices import CLAIM_S, KEPT_S, DatabaseNotices, Delivery
from database.post_box import SHOWN, DatabasePostBox
from tests.kit.databases import KINDS, NOW, PATIENT, new_address
from tests.kit.fake_notices import FakeNotices

RULES = NoticeRules(frozenset(Way), per_number=3, per_hour=5)
PHONE = PhoneNumber("+79123456789")
RECEIPT = ReceiptText(Kopecks(123_456), "7-000123", date(2026, 12, 1))
CODE = CodeText("048213", 5)
HOUR_S = 3600


def a_notice(
    name: str = "a", to: PhoneNumber | EmailAddress = PHONE, at: Instant = NOW, content: Content = RECEIPT
) -> Notice:
    return notice_of(NoticeId(name), to, content, Language.RU, at)


# --- the contract
@pytest.fixture(params=["fake", *KINDS])
def notices(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notices]:
    if request.param == "fake":
        yield FakeNotices(RULES)
        return
    engine = fresh(request, tmp_path_factory)
    yield DatabaseNotices(engine, RULES)
    engine.dispose()


def fresh(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Engine:
    engine = open_engine(new_address(str(request.param), request, folders), PATIENT)
    migrate(engine)
    return engine


def test_a_number_gets_so_many_within_any_hour(notices: Notices) -> None:
    for name in "abc":
        assert notices.send(a_notice(name)) is None
    assert notices.send(a_notice("d")) is NotTaken.NUMBER_LIMIT
    assert notices.send(a_notice("e", PhoneNumber("+79123456780"))) is None
    assert notices.send(a_notice("f", at=after(NOW, HOUR_S))) is None


def test_all_together_get_so_many_within_any_hour(notices: Notices) -> None:
    for last in range(5):
        assert notices.send(a_notice(str(last), PhoneNumber(f"+7912345678{last}"))) is None
    assert notices.send(a_notice("x", EmailAddress("a@example.org"))) is NotTaken.HOUR_LIMIT
    assert notices.send(a_notice("x", EmailAddress("a@example.org"), after(NOW, HOUR_S))) is None


def test_the_same_id_again_changes_nothing(notices: Notices) -> None:
    for _ in range(10):
        assert notices.send(a_notice()) is None
    for name in "bc":
        assert notices.send(a_notice(name)) is None


def test_what_may_not_be_sent_is_not_taken(notices: Notices) -> None:
    assert notices.ways() == frozenset(Way)
    assert notices.send(a_notice("a", PhoneNumber("+442079460018"))) is NotTaken.FOREIGN
    assert notices.send(a_notice("b", PhoneNumber("+78095551234"))) is NotTaken.COSTLY
    assert notices.send(a_notice("c", EmailAddress("nobody"))) is NotTaken.NO_ADDRESS


# --- the sender's side, on both databases
def outbox(engine: Engine) -> DatabaseNotices:
    return DatabaseNotices(engine, RULES)


def stored(engine: Engine, name: str = "a") -> tuple[str, str, int]:
    """State, text and attempts."""
    query = select(NoticeRow.state, NoticeRow.text, NoticeRow.attempts).where(NoticeRow.notice_id == name)
    with reading(engine, CustomersUnavailable) as connection:
        state, text, attempts = connection.execute(query).one()
    return state, text, attempts


def test_one_is_claimed_by_one_sender_and_again_when_that_was_killed(engine: Engine) -> None:
    box = outbox(engine)
    notice = a_notice()
    box.send(notice)
    claimed = box.claim(Way.SMS, NOW)
    assert claimed is not None
    assert claimed.notice == notice
    assert box.claim(Way.SMS, after(NOW, CLAIM_S - 1)) is None
    again = box.claim(Way.SMS, after(NOW, CLAIM_S))
    assert again is not None
    assert again.notice == notice
    box.not_sent(claimed, "late", None, after(NOW, CLAIM_S))
    assert stored(engine)[0] == "waiting", "who lost the claim says nothing about it any more"
    box.sent(again, "gw-1", after(NOW, CLAIM_S))
    box.sent(claimed, None, after(NOW, CLAIM_S))
    assert box.claim(Way.SMS, after(NOW, 10 * CLAIM_S)) is None
    assert stored(engine) == ("sent", notice.text, 0)


def test_each_way_has_its_own_order_and_codes_go_first(engine: Engine) -> None:
    box = outbox(engine)
    box.send(a_notice("mail", EmailAddress("a@example.org")))
    box.send(a_notice("second", at=after(NOW, 1)))
    box.send(a_notice("first"))
    box.send(a_notice("code", at=after(NOW, 2), content=CODE))
    taken = [box.claim(Way.SMS, after(NOW, 3)) for _ in range(4)]
    assert [one.notice.notice_id for one in taken if one] == ["code", "first", "second"]
    mail = box.claim(Way.MAIL, NOW)
    assert mail is not None
    assert mail.notice.to == "a@example.org"


def test_many_senders_never_claim_one_twice(engine: Engine) -> None:
    wide = DatabaseNotices(engine, replace(RULES, per_number=100, per_hour=100))
    for count in range(20):
        wide.send(a_notice(f"n{count}"))
    with ThreadPoolExecutor(4) as threads:
        claims = list(threads.map(lambda _: outbox(engine).claim(Way.SMS, NOW), range(40)))
    taken = [claim.notice.notice_id for claim in claims if claim]
    assert len(taken) == len(set(taken))
    assert len(taken) <= 20
    while (claim := wide.claim(Way.SMS, NOW)) is not None:
        taken.append(claim.notice.notice_id)
    assert sorted(taken) == sorted(f"n{count}" for count in range(20))


def test_of_many_at_once_no_more_than_the_limit_are_taken(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda count: outbox(engine).send(a_notice(f"n{count}")), range(8)))
    assert answers.count(None) == 3
    assert answers.count(NotTaken.NUMBER_LIMIT) == 5


def test_what_failed_comes_again_when_it_is_due(engine: Engine) -> None:
    box = outbox(engine)
    box.send(a_notice())
    claimed = box.claim(Way.SMS, NOW)
    assert claimed is not None
    box.not_sent(claimed, "The gateway is away.\0", after(NOW, 10), NOW)
    assert box.claim(Way.SMS, after(NOW, 9)) is None
    again = box.claim(Way.SMS, after(NOW, 10))
    assert again is not None
    assert again.attempts == 1
    box.not_sent(again, "Refused for ever.", None, NOW)
    assert stored(engine)[0::2] == ("failed", 2)
    assert box.oldest_waiting() is None


@pytest.mark.parametrize("end", ["sent", "failed", "expired", "expired while it was sent"])
def test_a_secret_is_erased_whatever_its_end(engine: Engine, end: str) -> None:
    box = outbox(engine)
    box.send(a_notice(content=CODE))
    assert "048213" in stored(engine)[1]
    claimed = None if end == "expired" else box.claim(Way.SMS, NOW)
    late = after(NOW, 5 * 60)
    if end.startswith("expired"):
        assert box.claim(Way.MAIL, late) is None
        assert stored(engine)[:2] == ("expired", "")
    if claimed is not None and end == "failed":
        box.not_sent(claimed, "no", None, NOW)
    elif claimed is not None:
        box.sent(claimed, "gw-1", late)
    assert stored(engine)[:2] == ("sent" if end.endswith("was sent") else end, "")


def test_an_expired_notice_is_never_sent(engine: Engine) -> None:
    box = outbox(engine)
    notice = a_notice(content=PaymentLinkText(Kopecks(100), "https://pay.example/a"))
    box.send(notice)
    assert box.oldest_waiting() == NOW
    assert box.claim(Way.SMS, notice.expires_at) is None
    assert stored(engine)[:2] == ("expired", notice.text)


def test_what_the_gateway_tells_later_is_kept(engine: Engine) -> None:
    box = outbox(engine)
    box.send(a_notice())
    claimed = box.claim(Way.SMS, NOW)
    assert claimed is not None
    box.sent(claimed, "gw-1", NOW)
    box.delivered("not ours", Delivery.NOT_DELIVERED)
    box.delivered("gw-1", Delivery.DELIVERED)
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalar(select(NoticeRow.delivery)) == "delivered"


def test_old_ones_are_forgotten_and_waiting_ones_not(engine: Engine) -> None:
    box = outbox(engine)
    box.send(a_notice("done"))
    claimed = box.claim(Way.SMS, NOW)
    assert claimed is not None
    box.sent(claimed, None, NOW)
    box.send(a_notice("new", at=after(NOW, KEPT_S)))
    box.forget_old(after(NOW, KEPT_S + 1))
    with reading(engine, CustomersUnavailable) as connection:
        assert connection.scalars(select(NoticeRow.notice_id)).all() == ["new"]


@pytest.mark.parametrize("name", ["", "x" * 121, "a\0b"])
def test_an_id_that_is_none_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(ValueError, match="id"):
        outbox(engine).send(a_notice(name))


def test_without_the_database_it_is_said() -> None:
    away = DatabaseNotices(open_engine("sqlite:////nowhere/at/all.db"), RULES)
    for ask in (lambda: away.send(a_notice()), lambda: away.claim(Way.SMS, NOW), lambda: away.forget_old(NOW)):
        with pytest.raises(CustomersUnavailable):
            ask()


# --- the demo's post box
def test_the_post_box_shows_a_numbers_newest_first_once(engine: Engine) -> None:
    box = DatabasePostBox(engine)
    for count in range(SHOWN + 5):
        box.put(a_notice(f"n{count:02}"), after(NOW, count))
    box.put(a_notice("n24"), after(NOW, 99))
    box.put(a_notice("other", PhoneNumber("+79123456780")), NOW)
    shown = box.of(PHONE, after(NOW, 100))
    assert [one.notice_id for one in shown] == [f"n{count:02}" for count in range(SHOWN + 4, 4, -1)]


def test_a_secret_is_gone_from_the_post_box_when_it_has_expired(engine: Engine) -> None:
    box = DatabasePostBox(engine)
    notice = a_notice(content=CODE)
    box.put(notice, NOW)
    assert [one.text for one in box.of(PHONE, after(NOW, 299))] == [notice.text]
    assert box.of(PHONE, notice.expires_at) == ()
    box.forget_old(notice.expires_at)
    assert box.of(PHONE, NOW) == ()
