"""The desk on a real socket: live streams and the telephone's WebSocket proxy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from acd.events import AgentLegEnded, AgentReady, AgentSignedIn, CallerLeft, LegEnd
from acd.model import Presence
from agent_desktop.signalling import LONGEST_FRAME
from calls.ids import AgentId
from calls.journey import CallFacts
from customers import demo
from staff.roles import Role
from staff.skills import skilled
from tests.kit.desk_server import serving
from tests.kit.fake_desk import PASSWORD, FakeDesk
from tests.kit.fake_floor import GENERAL
from tests.kit.fake_registrar import FakeRegistrar
from tests.kit.live_stream import SOON_S, streaming
from tests.kit.waiting import eventually

ORLOV = AgentId("orlov")
FACTS = CallFacts(demo.IN_DEBT.phone, account=demo.IN_DEBT.number, accounts=(demo.IN_DEBT.number,))
REGISTER = (
    "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@127.0.0.1>;tag=1\r\n"
    "To: <sip:a@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContact: <sip:a@x.invalid;transport=ws>\r\n"
    "Content-Length: 0\r\n\r\n"
)


@asynccontextmanager
async def signed_in(url: str, login: str = "orlov") -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=SOON_S) as client:
        assert (await client.post("/sign-in", data={"login": login, "password": PASSWORD})).status_code == 303
        yield client


def ready(desk: FakeDesk) -> None:
    desk.floor.tell(AgentSignedIn(ORLOV, "Орлов", skilled("general", "ru")))
    desk.floor.reachable(ORLOV)
    desk.floor.tell(AgentReady(ORLOV))


# --- streams
async def test_an_offer_reaches_the_page_at_once_and_the_card_after_it() -> None:
    desk = FakeDesk()
    ready(desk)
    async with serving(desk) as url, signed_in(url) as client, streaming(client, "/desk/events") as stream:
        first = await stream.next("state")
        assert (first["presence"], first["duty"], first["call"]) == ("ready", "idle", None)
        call = desk.floor.call(FACTS, GENERAL, 3)
        state = await stream.next("state")
        assert (state["duty"], state["call"]["call_id"], state["call"]["queue"]) == ("offered", call, "Общая")
        card = await stream.next("card")
        assert card["call_id"] == call
        assert card["who"] == demo.IN_DEBT.name
        assert "Долг" in card["html"]
        desk.floor.tell(CallerLeft(call))
        assert (await stream.next("state"))["call"] is None


async def test_another_agents_day_is_not_this_agents_business() -> None:
    desk = FakeDesk(beat_s=0.3)
    ready(desk)
    async with serving(desk) as url, signed_in(url) as client, streaming(client, "/desk/events") as stream:
        await stream.next("state")
        desk.floor.tell(AgentSignedIn(AgentId("kim"), "Ким", skilled("billing")))
        name, _ = await stream.any()
        assert name == "beat"


async def test_a_quiet_stream_beats_and_a_dropped_one_ends() -> None:
    desk = FakeDesk(beat_s=0.1)
    async with serving(desk) as url, signed_in(url) as client:
        async with streaming(client, "/desk/events") as stream:
            one, two = await stream.next("beat"), await stream.next("beat")
            assert two["at"] > one["at"]
            desk.floor.drop_listeners()
            assert await stream.ended()
        async with streaming(client, "/desk/events") as again:
            assert (await again.next("state"))["version"] == desk.floor.floor.version


@pytest.mark.parametrize(("login", "path"), [("orlov", "/desk/events"), ("volkova", "/floor/events")])
async def test_a_stream_ends_with_its_sign_in(login: str, path: str) -> None:
    desk = FakeDesk(beat_s=0.1)
    async with serving(desk) as url, signed_in(url, login) as client, streaming(client, path) as stream:
        await stream.next("beat")
        desk.staff.tokens.clear()
        await stream.next("signed_out")
        assert await stream.ended()


async def test_the_floor_gets_everything_and_then_bundled_changes() -> None:
    desk = FakeDesk()
    ready(desk)
    async with serving(desk) as url, signed_in(url, "volkova") as client, streaming(client, "/floor/events") as stream:
        first = await stream.next("rows")
        assert {name for name, table in first["tables"].items() if table["rows"]} == {"queues", "agents"}
        calls = [desk.floor.call(FACTS, GENERAL, 1) for _ in range(20)]
        more = await stream.next("rows")
        assert set(more["tables"]["waiting"]["rows"]) == set(calls), "one message for twenty changes"
        assert set(more["tables"]["waiting"]["order"]) == set(calls)


# --- the telephone's socket
def sip(url: str, client: httpx.AsyncClient, path: str, **changed: Any) -> connect:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    settings: dict[str, Any] = {
        "subprotocols": [Subprotocol("sip")],
        "origin": Origin(url),
        "additional_headers": {"Cookie": cookies},
        "proxy": None,
    }
    return connect(url.replace("http", "ws") + path, **(settings | changed))


async def closes(socket: ClientConnection) -> int:
    async with asyncio.timeout(SOON_S):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            assert socket.close_code is not None
            return socket.close_code


async def line_of(client: httpx.AsyncClient) -> str:
    answer = (await client.post("/desk/telephone")).json()
    return f"/sip?line={answer['line']}"


@asynccontextmanager
async def telephone_desk() -> AsyncIterator[tuple[FakeDesk, FakeRegistrar, str]]:
    async with FakeRegistrar.listening("127.0.0.1") as switch:
        desk = FakeDesk(sip_upstream=switch.url)
        async with serving(desk) as url:
            yield desk, switch, url


async def test_frames_pass_both_ways() -> None:
    async with (
        telephone_desk() as (_, switch, url),
        signed_in(url) as client,
        sip(url, client, await line_of(client)) as socket,
    ):
        assert socket.subprotocol == "sip"
        await socket.send(REGISTER)
        assert "SIP/2.0 200" in str(await asyncio.wait_for(socket.recv(), SOON_S))
        assert switch.registered == {"a": 1}


async def test_strangers_foreign_pages_and_other_roles_get_no_socket() -> None:
    async with telephone_desk() as (_, switch, url), signed_in(url) as client:
        path = await line_of(client)
        async with signed_in(url, "auditor") as auditor:
            for who, changed in (
                (client, {"origin": Origin("https://evil.test")}),
                (client, {"origin": None}),
                (client, {"additional_headers": {}}),
                (auditor, {}),
            ):
                with pytest.raises(InvalidStatus) as refused:
                    await sip(url, who, path, **changed)
                assert refused.value.response.status_code == 403
        with pytest.raises(InvalidStatus):
            await sip(url, client, path, subprotocols=None)
        with pytest.raises(InvalidStatus):
            await sip(url, client, "/sip?line=another")
        assert not switch.heard


async def test_a_sign_out_closes_the_socket() -> None:
    async with (
        telephone_desk() as (_, _, url),
        signed_in(url) as client,
        sip(url, client, await line_of(client)) as socket,
    ):
        await client.post("/sign-out")
        assert await closes(socket) == 1001


@pytest.mark.parametrize("how", ["ended", "deactivated", "another role"])
async def test_the_socket_closes_when_its_sign_in_does_not_hold_any_more(how: str) -> None:
    async with FakeRegistrar.listening("127.0.0.1") as switch:
        desk = FakeDesk(sip_upstream=switch.url, beat_s=0.1)
        async with serving(desk) as url, signed_in(url) as client, sip(url, client, await line_of(client)) as socket:
            await socket.send(REGISTER)
            await asyncio.wait_for(socket.recv(), SOON_S)
            user = desk.staff.users[ORLOV]
            if how == "ended":
                desk.staff.tokens.clear()
            elif how == "deactivated":
                desk.staff.users[ORLOV] = replace(user, active=False)
            else:
                desk.staff.users[ORLOV] = replace(user, role=Role.QUALITY)
            assert await closes(socket) == 1008


async def test_a_talk_is_not_cut_by_the_end_of_its_sign_in() -> None:
    async with FakeRegistrar.listening("127.0.0.1") as switch:
        desk = FakeDesk(sip_upstream=switch.url, beat_s=0.05, shifts_s=0.05)
        async with (
            serving(desk) as url,
            signed_in(url) as client,
            sip(url, client, await line_of(client)) as socket,
            streaming(client, "/desk/events") as stream,
        ):
            ready(desk)
            call = desk.floor.call(FACTS, GENERAL, 1)
            desk.floor.answered(call)
            desk.staff.tokens.clear()
            for _ in range(4):
                await stream.next("beat")
            await socket.send(REGISTER)
            assert "200" in str(await asyncio.wait_for(socket.recv(), SOON_S))
            desk.floor.tell(AgentLegEnded(desk.floor.offers[-1].offer_id, LegEnd.HUNG_UP))
            desk.floor.tell(CallerLeft(call))
            assert await closes(socket) in {1001, 1008}
            await stream.next("signed_out")
            await eventually(lambda: not desk.softphones.secrets, SOON_S, "the telephone's secret is revoked")
            agents = desk.floor.floor.agents
            await eventually(lambda: agents[ORLOV].presence is Presence.SIGNED_OUT, SOON_S, "the shift is ended")


async def test_the_newer_page_closes_the_older_pages_socket() -> None:
    async with (
        telephone_desk() as (_, _, url),
        signed_in(url) as client,
        sip(url, client, await line_of(client)) as old,
        sip(url, client, await line_of(client)) as new,
    ):
        assert await closes(old) == 1001
        await new.send(REGISTER)
        assert "200" in str(await asyncio.wait_for(new.recv(), SOON_S))


async def test_a_frame_that_is_too_long_ends_the_socket() -> None:
    async with (
        telephone_desk() as (_, switch, url),
        signed_in(url) as client,
        sip(url, client, await line_of(client)) as socket,
    ):
        await socket.send("x" * (LONGEST_FRAME + 1))
        assert await closes(socket) in {1001, 1009}
        assert not switch.heard


async def test_when_the_switch_goes_the_page_is_told() -> None:
    async with (
        telephone_desk() as (_, switch, url),
        signed_in(url) as client,
        sip(url, client, await line_of(client)) as socket,
    ):
        await socket.send(REGISTER)
        await asyncio.wait_for(socket.recv(), SOON_S)
        await switch.cut("a")
        assert await closes(socket) == 1001


async def test_without_a_switch_the_socket_does_not_open() -> None:
    desk = FakeDesk(sip_upstream="ws://127.0.0.1:9/ws")
    async with serving(desk) as url, signed_in(url) as client:
        with pytest.raises(InvalidStatus):
            await sip(url, client, await line_of(client))


async def test_the_booth_rings_without_a_sign_in_but_only_from_its_own_page() -> None:
    async with telephone_desk() as (_, switch, url), httpx.AsyncClient() as anybody:
        async with sip(url, anybody, "/phone/sip") as socket:
            await socket.send(REGISTER)
            assert "200" in str(await asyncio.wait_for(socket.recv(), SOON_S))
        with pytest.raises(InvalidStatus):
            await sip(url, anybody, "/phone/sip", origin=Origin("https://evil.test"))
        assert switch.registered == {"a": 1}
