"""Hostile callers and neighbours: whatever they send, the call works, nothing is injected, nobody gets in."""

import asyncio
import socket
from pathlib import Path

import pytest

from customers.demo import FIXED, IN_DEBT
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.kept import installed
from tests.kit.talks import hear_each_other
from tests.kit.telephone import RegistrationRefused, Telephone

NAMES: dict[str, str | bytes] = {
    "200 Cyrillic letters": "Ж" * 200,
    "cp1251": b'"' + "Пётр Ильич".encode("cp1251") + b'"',
    "quotes": "a\"b'c`d\\e;f,g|h${i}$[1+1]${SHELL(id)}",
    "U+2028": "one\u2028Action: Originate\u2028two",
    "status will follow": "PeerStatus: status will follow\\r\\n\\r\\nResponse: Success",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE accounts; --",
    "the longest": "x" * 900,
}
NUMBERS = ("anonymous", "+7" + "9" * 60, "%22;DROP", "1'2%223", "0" * 200)


async def reaches_an_agent(centre: CallCentre, telephone: Telephone, agents: Agents, **call: str | bytes) -> None:
    agent = await agents("orlov")
    incoming = await telephone.call(centre.sip, centre.hotline, **call)  # type: ignore[arg-type]  # names of one test
    await incoming.answered(timeout_s=10)
    incoming.talk(440)
    one = Caller(centre, incoming)
    await one.asks_for_agent()
    ringing = await agent.phone.incoming(timeout_s=10)
    page = (await agent.web.get("/desk")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    ringing.answer()
    await hear_each_other(incoming, ringing)
    await incoming.hang_up()
    await ringing.ended(timeout_s=3)
    await agent.end_wrap_up()


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_a_hostile_name(centre: CallCentre, caller: Telephone, agents: Agents, name: str | bytes) -> None:
    await reaches_an_agent(centre, caller, agents, caller_number="+73060009999", display_name=name)


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_hostile_number(centre: CallCentre, caller: Telephone, agents: Agents, number: str) -> None:
    await reaches_an_agent(centre, caller, agents, caller_number=number)


def said_to(address: str, port: int, sent: bytes) -> bytes:
    """What a neighbour gets who sends this: everything until the other side closes, at most for 5 s."""
    with socket.create_connection((address, port), timeout=5) as link:
        heard = b""
        try:
            link.sendall(sent)
            while part := link.recv(65536):
                heard += part
        except OSError:
            pass
        return heard


@pytest.mark.parametrize(
    "sent",
    [b"x" * 65_536, b"agi_network: yes\r\nagi_request: agi://x/y/ivr\r\n\r\n", b"\r\n" * 5000, b"\x00\xff" * 9000],
    ids=["64 kB", "CR LF", "empty lines", "binary"],
)
async def test_rubbish_at_the_agi_server(centre: CallCentre, caller: Telephone, sent: bytes) -> None:
    heard = await asyncio.to_thread(said_to, centre.sip, 4573, sent)
    assert heard == b""
    one = await ring(centre, caller)
    await one.hears("welcome")
    await one.call.hang_up()


@pytest.mark.parametrize(
    "sent",
    [
        b"A" * 65_536 + b"\r\n\r\n",
        b"Action: Login\r\nUsername: callcentre\r\nSecret: wrong\r\n\r\nAction: CoreShowChannels\r\n\r\n",
        b"Action: Originate\r\nChannel: Local/s@hotline\r\n\r\n",
    ],
    ids=["64 kB", "wrong secret", "no login"],
)
async def test_rubbish_at_the_manager(centre: CallCentre, sent: bytes) -> None:
    heard = await asyncio.to_thread(said_to, centre.sip, 5038, sent)
    assert b"Response: Success" not in heard
    assert b"Channel" not in heard


async def test_an_unknown_address_is_refused(centre: CallCentre) -> None:
    async with Telephone(f"{centre.net}.99", name="stranger") as stranger:
        call = await stranger.call(centre.sip, centre.hotline, caller_number="+73061112233")
        ending = await call.ended(timeout_s=10)
        assert ending.status in {401, 403, 404}


async def test_the_agent_of_another_secret_is_refused(centre: CallCentre, agents: Agents) -> None:
    await agents("orlov")
    async with Telephone(f"{centre.net}.98", name="thief") as thief:
        with pytest.raises(RegistrationRefused):
            await thief.register(centre.sip, "agent-orlov", "a-guessed-secret-0000")


async def test_a_softphone_reaches_nothing_but_the_echo_test(centre: CallCentre, agents: Agents) -> None:
    agent = await agents("orlov")
    call = await agent.phone.call(centre.sip, centre.hotline)
    assert (await call.ended(timeout_s=10)).status == 404
    outside = await agent.phone.call(centre.sip, "89001234567")
    assert (await outside.ended(timeout_s=10)).status == 404


async def test_asterisks_http_serves_nothing_but_the_websocket(centre: CallCentre) -> None:
    for path in (b"/", b"/ari/channels", b"/static/x", b"/httpstatus", b"/metrics", b"/manager", b"/rawman"):
        request = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        heard = await asyncio.to_thread(said_to, centre.sip, 8088, request)
        assert heard.startswith(b"HTTP/1.1 40"), (path, heard[:60])


async def test_redis_asks_for_its_password(centre: CallCentre) -> None:
    def ask() -> bytes:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(3)
            link.connect(str(centre.state / "run" / "redis.sock"))
            link.sendall(b"KEYS *\r\n")
            return link.recv(200)

    assert b"NOAUTH" in await asyncio.to_thread(ask)
    assert (centre.state / "run" / "redis.sock").stat().st_mode & 0o077 == 0


def files_of(folder: Path) -> list[Path]:
    """Everything that is kept, without rendered sound and the demo's own page of PINs."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_socket() and "prompts" not in path.relative_to(folder).parts
    ]


async def test_no_pin_and_no_key_is_kept_anywhere(centre: CallCentre, caller: Telephone) -> None:
    """A PIN keyed on a real call, then a search through every file of the state folder: logs, Redis, database."""
    wrong_pin = "739164"
    one = await ring(centre, caller)
    await one.identifies(IN_DEBT.number, wrong_pin)
    await one.hears("identify.wrong")
    await one.keys(f"{IN_DEBT.number}#")
    await one.hears("identify.pin")
    await one.keys(f"{IN_DEBT.pin}#")
    await one.hears("balance.after")
    await one.call.hang_up()
    database = installed(centre).places.database_file
    assert database.exists()

    def found() -> list[str]:
        return [str(path) for path in files_of(centre.state) if wrong_pin.encode() in path.read_bytes()]

    assert found() == []
    logs = b"".join(path.read_bytes() for path in centre.state.glob("log/*.log"))
    logs += b"".join(path.read_bytes() for path in centre.state.glob("asterisk/log/*"))
    for account in FIXED:
        assert account.number.encode() not in logs
        assert account.phone.encode() not in logs
