"""The page of appeals: the open ones with their deadline, moved by who may, hostile words stay words."""

from calls.clock import after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.appeals import ANSWER_S, AppealKind, AppealState, NewAppeal
from tests.kit.desk_client import HTML, signed_in
from tests.kit.fake_desk import FakeDesk

REPORT = NewAppeal(AppealKind.QUALITY, "call-1", AccountNumber("4401220170"), PhoneNumber("+79123456789"))


async def test_an_agent_takes_an_appeal_and_answers_it() -> None:
    desk = FakeDesk()
    appeal = desk.appeals.file(REPORT, desk.floor.clock.now())
    async with signed_in(desk) as client:
        page = await client.get("/appeals", headers=HTML)
        assert appeal.number in page.text
        assert "+79123456789" in page.text
        assert "просрочено" not in page.text
        for state in (AppealState.IN_WORK, AppealState.ANSWERED):
            moved = await client.post(f"/appeals/{appeal.number}", data={"state": state.value})
            assert (moved.status_code, moved.headers["location"]) == (303, "/appeals")
        assert appeal.number not in (await client.get("/appeals", headers=HTML)).text
    assert desk.appeals.moved == [
        ("orlov", appeal.number, AppealState.IN_WORK),
        ("orlov", appeal.number, AppealState.ANSWERED),
    ]


async def test_what_is_overdue_says_so_in_words() -> None:
    desk = FakeDesk()
    desk.appeals.file(REPORT, after(desk.floor.clock.now(), -ANSWER_S - 60))
    async with signed_in(desk) as client:
        assert "просрочено" in (await client.get("/appeals", headers=HTML)).text


async def test_of_an_anonymous_one_nobody_is_named() -> None:
    desk = FakeDesk()
    desk.appeals.file(NewAppeal(AppealKind.THEFT, "a word"), desk.floor.clock.now())
    async with signed_in(desk) as client:
        page = (await client.get("/appeals", headers=HTML)).text
    assert "анонимно" in page
    assert "a word" not in page


async def test_a_move_that_cannot_be_is_refused() -> None:
    desk = FakeDesk()
    appeal = desk.appeals.file(REPORT, desk.floor.clock.now())
    async with signed_in(desk) as client:
        for number, state in (
            (appeal.number, "answered"),
            ("10000004", "closed"),
            ("%3Cb%3E", "closed"),
        ):
            told = {"state": state, "word": "сделано"}
            assert (await client.post(f"/appeals/{number}", data=told)).status_code == 404
        for state in ("", "new-state"):
            assert (await client.post(f"/appeals/{appeal.number}", data={"state": state})).status_code == 422
    assert desk.appeals.moved == []


async def test_the_records_away_are_said() -> None:
    desk = FakeDesk()
    desk.appeals.down = True
    async with signed_in(desk) as client:
        assert (await client.get("/appeals", headers=HTML)).status_code == 503


async def test_an_appeal_is_closed_with_a_word_and_taken_back() -> None:
    desk = FakeDesk()
    appeal = desk.appeals.file(REPORT, desk.floor.clock.now())
    async with signed_in(desk) as client:
        for word in ("", " ", "х" * 301):
            answer = await client.post(f"/appeals/{appeal.number}", data={"state": "closed", "word": word})
            assert answer.status_code == 422
        told = {"state": "closed", "word": "<b>выезд был</b>"}
        assert (await client.post(f"/appeals/{appeal.number}", data=told)).status_code == 303
        page = (await client.get("/appeals", headers=HTML)).text
        assert "&lt;b&gt;выезд был" in page
        assert "<b>выезд" not in page
        assert (await client.post(f"/appeals/{appeal.number}/take-back")).status_code == 303
        assert (await client.post(f"/appeals/{appeal.number}/take-back")).status_code == 404
        assert (await client.post("/appeals/%3Cb%3E/take-back")).status_code == 404
        assert "Закрыты только что" not in (await client.get("/appeals", headers=HTML)).text
    assert [state for _, _, state in desk.appeals.moved] == [AppealState.CLOSED, AppealState.NEW]


async def test_what_comes_near_its_deadline_says_so_in_words() -> None:
    desk = FakeDesk()
    desk.appeals.file(REPORT, after(desk.floor.clock.now(), -ANSWER_S * 7 / 8 - 60))
    async with signed_in(desk) as client:
        page = (await client.get("/appeals", headers=HTML)).text
    assert "скоро срок" in page
    assert "просрочено" not in page


async def test_a_message_is_listened_to_and_that_is_recorded() -> None:
    desk = FakeDesk()
    appeal = desk.appeals.file(REPORT, desk.floor.clock.now())
    other = desk.appeals.file(NewAppeal(AppealKind.THEFT, "a word"), desk.floor.clock.now())
    desk.messages.kept[appeal.number] = b"\xd5" * 8000
    async with signed_in(desk) as client:
        page = (await client.get("/appeals", headers=HTML)).text
        assert f"/appeals/{appeal.number}/message" in page
        assert f"/appeals/{other.number}/message" not in page
        heard = await client.get(f"/appeals/{appeal.number}/message")
        assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
        assert heard.content.startswith(b"RIFF")
        assert len(heard.content) == 44 + 2 * 8000
        for number in (other.number, "..%2F..%2Fetc", "%00"):
            assert (await client.get(f"/appeals/{number}/message")).status_code == 404
    heard_acts = [entry for entry in desk.staff.acts() if entry[1] == "appeal_message_heard"]
    assert heard_acts == [("orlov", "appeal_message_heard", f"appeal {appeal.number}")]


async def test_without_the_audit_nobody_listens() -> None:
    desk = FakeDesk()
    appeal = desk.appeals.file(REPORT, desk.floor.clock.now())
    desk.messages.kept[appeal.number] = b"\xd5" * 8000
    async with signed_in(desk, "orlov") as client:
        desk.staff.down = True
        assert (await client.get(f"/appeals/{appeal.number}/message")).status_code == 503
