"""A report by telephone in both languages: its number is heard, sent, and good for asking how far it is."""

from pathlib import Path

import pytest
from sqlalchemy import select

from callcentre.message_files import EXTENSION, MessageFiles
from calls.clock import Instant, as_datetime
from calls.journey import Language
from calls.zones import zone
from customers.appeals import DUE_S, AppealKind
from customers.ports import CustomersUnavailable
from customers.voice_messages import BYTES_A_SECOND
from database.appeal_tables import AppealRow
from database.engine import open_engine, reading
from database.notice_tables import NoticeRow
from prompts.phrase import say
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.databases import PATIENT
from tests.kit.g711 import decode
from tests.kit.telephone import Telephone
from tests.kit.tone import touch_tones
from tests.kit.waiting import eventually

PHONES = {Language.RU: "+73060009996", Language.EN: "+73060009997"}
"""Of nobody, and the demo's own, so that its post box takes what is sent there."""


@pytest.mark.parametrize("language", Language)
async def test_a_report_is_filed_sent_and_asked_for(centre: CallCentre, caller: Telephone, language: Language) -> None:
    installation = centre.installation()
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
        await one.greeted(language)
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


@pytest.mark.parametrize("language", Language)
async def test_an_anonymous_report_of_theft_in_the_callers_own_words(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    """What the caller says is a file of the appeal, without the tone of the key that ends it."""
    files = MessageFiles(centre.installation().places.messages)
    before = files.numbers()
    one = await ring(centre, caller, PHONES[language])
    await one.greeted(language)
    await one.keys("6")
    await one.hears("appeal.menu", language)
    await one.keys("3")
    await one.hears("appeal.theft", language)
    await one.keys("2")
    await one.hears("outage.code", language)
    await one.keys("105#")
    await one.hears("appeal.words", language)
    await one.keys("1")
    spoken = await one.hears("appeal.speak", language)
    await eventually(lambda: recording(files, 2), 20, "two seconds are recorded")
    await one.keys("#")
    await one.hears("appeal.words_kept", language, after=spoken.at_s)
    (number,) = files.numbers() - before
    await one.hears_sentence(say("appeal.number", number=number), language)
    await one.hears("appeal.anonymous", language)
    await one.call.hang_up()
    sound = files.sound(number)
    assert sound is not None
    assert len(sound) >= 2 * BYTES_A_SECOND
    assert touch_tones(decode(sound)) == ""
    kept = centre.installation().places.messages / f"{number}{EXTENSION}"
    assert kept.stat().st_mtime % 3600 == 0, "of an anonymous one the hour and no more"


def recording(files: MessageFiles, seconds: float) -> bool:
    """Whether the newest part is so long."""
    place = files.place()
    assert place is not None
    parts = Path(place).parent.glob("part-*")
    return any(part.stat().st_size >= seconds * BYTES_A_SECOND for part in parts)
