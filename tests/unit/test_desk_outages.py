"""The page of outages: entered, mended, ended; refused with a sentence; hostile words stay words."""

from datetime import timedelta

import httpx

from calls.clock import as_datetime
from customers import demo, demo_places
from customers.outages import Watched
from tests.kit.desk_client import HTML, signed_in
from tests.kit.fake_desk import FakeDesk

SADOVAYA = demo_places.street_id(demo.SADOVAYA)
ENTRY = {"kind": "emergency", "cause": "tree_down", "until": "", "places": [{"street_id": SADOVAYA, "house": "14 A"}]}


async def test_an_entry_is_there_at_once_and_recorded() -> None:
    desk = FakeDesk()
    async with signed_in(desk, "volkova") as client:
        answer = await client.post("/outages", json=ENTRY)
        assert answer.status_code == 201
        outage_id = answer.json()["outage_id"]
        page = await client.get("/outages", headers=HTML)
        assert f'data-outage="{outage_id}"' in page.text
        assert "г. Заозёрск, ул. Садовая, 14а" in page.text
        assert (await client.post(f"/outages/{outage_id}/end")).status_code == 200
        assert (await client.post(f"/outages/{outage_id}/end")).status_code == 404
    assert desk.outages.acts == [("volkova", "outage_entered", outage_id), ("volkova", "outage_ended", outage_id)]


async def test_staff_see_who_watches_and_take_up_again_what_was_ended_by_mistake() -> None:
    desk = FakeDesk()
    desk.outages.watched[1] = Watched(text=12, ring=3, told=9, not_reached=2)
    async with signed_in(desk, "volkova") as client:
        page = (await client.get("/outages", headers=HTML)).text
        assert "сообщение: 12" in page
        assert "звонок: 3" in page
        assert 'id="ended"' not in page
        assert (await client.post("/outages/1/end")).status_code == 200
        page = (await client.get("/outages", headers=HTML)).text
        assert "9 / 15" in page
        assert "не дозвонились: 2" in page
        assert (await client.post("/outages/1/reopen")).status_code == 200
        assert (await client.post("/outages/1/reopen")).status_code == 404
    assert [act for _, act, _ in desk.outages.acts] == ["outage_ended", "outage_reopened"]


async def refusal(client: httpx.AsyncClient, **spoilt: object) -> tuple[int, str]:
    answer = await client.post("/outages", json=ENTRY | spoilt)
    return answer.status_code, answer.json().get("fault", "")


async def test_what_cannot_be_is_refused_with_a_sentence() -> None:
    desk = FakeDesk()
    async with signed_in(desk, "volkova") as client:
        assert await refusal(client, places=[]) == (422, "no_place")
        assert await refusal(client, places=[{"street_id": SADOVAYA, "house": "<b>"}]) == (422, "house")
        assert await refusal(client, until="2020-01-01T00:00") == (422, "until")
        assert await refusal(client, until="2020-13-01T00:00") == (422, "until")
        assert await refusal(client, kind="planned") == (422, "until")
        assert await refusal(client, cause="") == (422, "cause")
        assert await refusal(client, kind="other") == (422, "")
        assert await refusal(client, until="tomorrow") == (422, "")
        assert await refusal(client, places=[{"street_id": 2**60}]) == (422, "")
        answer = await client.post("/outages/1/expect", json={"until": "2020-01-01T00:00"})
        assert (answer.status_code, answer.json()["fault"]) == (422, "until")
        assert "позже" in answer.json()["error"]
        assert (await client.post("/outages/99999/expect", json={"until": ""})).status_code == 404
    assert desk.outages.acts == []


async def test_the_time_is_the_suppliers() -> None:
    desk = FakeDesk()
    async with signed_in(desk, "volkova") as client:
        outage_id = (await client.post("/outages", json=ENTRY | {"until": _local(desk, 2)})).json()["outage_id"]
    until = next(
        one.outage.until for one in desk.outages.known(desk.floor.clock.now()) if one.outage.outage_id == outage_id
    )
    assert until is not None
    assert 3_540_000 < until - desk.floor.clock.now() - 3_600_000 <= 3_600_000


def _local(desk: FakeDesk, hours: int) -> str:

    moment = as_datetime(desk.floor.clock.now()).astimezone(demo.ZONE) + timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:%M")


async def test_streets_are_offered() -> None:
    async with signed_in(FakeDesk(), "volkova") as client:
        found = (await client.get("/outages/streets", params={"text": "ключ наб"})).json()["streets"]
        assert found == [{"id": demo_places.street_id(demo.NABEREZHNAYA), "text": "с. Ключи, ул. Набережная"}]
        assert (await client.get("/outages/streets", params={"text": "я" * 81})).status_code == 422


async def test_a_hostile_cause_stays_text() -> None:
    async with signed_in(FakeDesk(), "volkova") as client:
        await client.post("/outages", json=ENTRY | {"cause": "<script>alert(1)</script>"})
        page = await client.get("/outages", headers=HTML)
        assert "<script>alert(1)" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text


async def test_the_records_away_are_said() -> None:
    desk = FakeDesk()
    desk.outages.down = True
    async with signed_in(desk, "volkova") as client:
        assert (await client.get("/outages", headers=HTML)).status_code == 503
        assert (await client.post("/outages", json=ENTRY)).status_code == 503
