"""A report by telephone in both languages: its number is heard, sent, and good for asking how far it is."""

import pytest
from sqlalchemy import select

from calls.clock import Instant, as_datetime
from calls.journey import Language
from calls.zones import zone
from customers.appeals import DUE_S, AppealKind
from customers.ports import CustomersUnavailable
from database.appeal_tables import AppealRow
from database.engine import open_engine, reading
from database.notice_tables import NoticeRow
from prompts.phrase import say
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.databases import PATIENT
from tests.kit.kept import installed
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

PHONES = {Language.RU: "+73060009996", Language.EN: "+73060009997"}
"""Of nobody, and the demo's own, so that its post box takes what is sent there."""


@pytest.mark.parametrize("language", Language)
async def test_a_report_is_filed_sent_and_asked_for(centre: CallCentre, caller: Telephone, language: Language) -> None:
    installation = installed(centre)
    engine = open_engine(installation.database_url, PATIENT)
    phone = PHONES[language]

    def filed() -> tuple[str, int] | None:
        with reading(engine, CustomersUnavailable) as connection:
            query = select(AppealRow.number, AppealRow.created_at).where(AppealRow.phone == phone)
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.number, row.created_at)

    def sent() -> str | None:
        with reading(engine, CustomersUnavailable) as connection:
            return connection.scalar(select(NoticeRow.text).where(NoticeRow.address == phone))

    try:
        one = await ring(centre, caller, phone)
        await one.hears("welcome")
        if language is Language.EN:
            await one.keys("2")
            await one.hears("menu.main", language)
        await one.keys("6")
        await one.hears("appeal.menu", language)
        await one.keys("2")
        await one.hears("outage.code", language)
        await one.keys("105#")
        number, created_at = await eventually(filed, 10, "the appeal is kept")
        await one.hears_sentence(say("appeal.number", number=number), language)
        where = zone(installation.settings.supplier.zone)
        due = as_datetime(Instant(created_at + DUE_S[AppealKind.QUALITY] * 1000)).astimezone(where).date()
        await one.hears_sentence(say("appeal.answer_by", day=due), language)
        await one.hears("appeal.sent", language)
        assert number in await eventually(sent, 10, "the notice is in the outbox")
        await one.hears("appeal.after", language)
        await one.keys("*")
        await one.hears("menu.danger", language)
        await one.keys("6")
        await one.hears("appeal.menu", language)
        await one.keys("5")
        await one.hears("appeal.key", language)
        await one.keys(f"{number}#")
        day = as_datetime(Instant(created_at)).astimezone(where).date()
        await one.hears_sentence(say("appeal.state_new", day=day), language)
        await one.call.hang_up()
    finally:
        engine.dispose()
