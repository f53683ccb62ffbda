"""The SMS on the demo's telephone: only to its own numbers, only where no gateway sends them."""

from urllib.parse import quote

from agent_desktop.app import create_app
from agent_desktop.booth import FRESH_S
from agent_desktop.ports import BoothMessage
from calls.clock import Instant
from calls.numbers import spoken_form
from customers.demo import FIRM, IN_DEBT
from tests.kit.desk_client import HTML, visiting
from tests.kit.fake_desk import FakeDesk

AT = Instant(1_795_424_400_000)
MINE = spoken_form(IN_DEBT.phone)
SAID = BoothMessage("n1", "Код 048213 </script><b>", AT)


async def test_the_sms_of_the_callers_number_are_shown_to_the_page_alone() -> None:
    desk = FakeDesk()
    desk.phone_booth.box = {MINE: [SAID]}
    async with visiting(create_app(desk.services())) as client:
        assert 'id="messages"' in (await client.get("/phone", headers=HTML)).text
        answer = await client.get(f"/phone/messages?number={quote(MINE)}")
        assert answer.json() == {"messages": [{"id": "n1", "text": SAID.text, "at": AT}]}
        assert answer.headers["cache-control"] == "no-store"
        other = await client.get(f"/phone/messages?number={quote(spoken_form(FIRM.phone))}")
        assert other.json() == {"messages": []}


async def test_of_no_other_number_anything_is_told() -> None:
    async with visiting(create_app(FakeDesk().services())) as client:
        for number in ("", "+7 912 345-67-89", IN_DEBT.phone, "x" * 5000):
            assert (await client.get("/phone/messages", params={"number": number})).status_code == 404


async def test_many_pages_cost_one_look_a_second() -> None:
    desk = FakeDesk()
    async with visiting(create_app(desk.services())) as client:
        for _ in range(20):
            assert (await client.get("/phone/messages", params={"number": MINE})).status_code == 200
    assert FRESH_S >= 1
    assert desk.phone_booth.asked < 20


async def test_with_a_gateway_the_page_has_no_post_box() -> None:
    desk = FakeDesk()
    desk.phone_booth.box = None
    async with visiting(create_app(desk.services())) as client:
        page = await client.get("/phone", headers=HTML)
        assert page.status_code == 200
        assert 'id="messages"' not in page.text
        assert (await client.get("/phone/messages", params={"number": MINE})).status_code == 404
