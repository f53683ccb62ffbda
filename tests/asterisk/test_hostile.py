"""Hostile callers and neighbours: whatever they send, the call works, nothing is injected, nobody gets in."""

import asyncio
import re
import secrets
import socket

import pytest
from sqlalchemy import create_engine, text

from customers.accounts import AccountNumber
from customers.demo import FIXED, OVERPAID
from customers.pin import sealed_pin
from database.pins import pin_hasher
from gateways.sandbox_cards import TEST_CARDS
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.kept import calls_kept, records
from tests.kit.left_behind import left_behind, places_of
from tests.kit.talks import hear_each_other
from tests.kit.telephone import RegistrationRefused, Telephone
from tests.kit.waiting import eventually

NAMES: dict[str, str | bytes] = {
    "200 Cyrillic letters": "Ж" * 200,
    "cp1251": b'"' + "Пётр Ильич".encode("cp1251") + b'"',
    "quotes": "a\"b'c`d\\e;f,g|h${i}$[1+1]${SHELL(id)}",
    "U+2028": "one\u2028Action: Originate\u2028two",
    "status will follow": "PeerStatus: status will follow\\r\\n\\r\\nResponse: Success",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE accounts; --",
    "50 kB, near the largest datagram": "x" * 50_000,
}
NUMBERS = ("anonymous", "+7" + "9" * 60, "%22;DROP", "1'2%223", "0" * 200, "7%0d%0aEvent%3a%20Forged", "7%0a%0a200%20x")


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
    """It is in no log, no row and no key afterwards: a name is not taken at all."""
    mark = "x7q9" + secrets.token_hex(4)
    marked = mark + name if isinstance(name, str) else name[:-1] + mark.encode() + name[-1:]
    await reaches_an_agent(centre, caller, agents, caller_number="+73060009999", display_name=marked)
    assert places_of(centre.installation(), mark.encode()) == []


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_hostile_number(centre: CallCentre, caller: Telephone, agents: Agents, number: str) -> None:
    """The record has a number that is one, or none; the logs have lines of ours only."""
    known = len(records(centre))
    await reaches_an_agent(centre, caller, agents, caller_number=number)
    written = await eventually(lambda: records(centre)[known:], 5, "the record is written")
    assert [row["outcome"] for row in written] == ["answered"]
    assert re.fullmatch(r"(\+[0-9]{3,15})?", written[0]["caller_number"] or "")
    for name in ("ivr", "acd", "desktop"):
        assert "Forged" not in centre.log(name)
        assert "Traceback" not in centre.log(name)


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


async def test_no_pin_and_no_key_is_kept_anywhere(centre: CallCentre, caller: Telephone) -> None:
    """A wrong and the right PIN keyed on a real call, then a search through every file, Redis and database included.

    The right PIN is long enough not to occur by chance, and the account's own.
    """
    wrong_pin, right_pin = "739164", "920583"
    set_pin(centre, OVERPAID.number, right_pin)
    try:
        one = await ring(centre, caller)
        await one.identifies(OVERPAID.number, wrong_pin)
        await one.hears("identify.wrong")
        await one.keys(f"{OVERPAID.number}#")
        await one.hears("identify.pin")
        await one.keys(f"{right_pin}#")
        await one.hears("account.after")
        found = await asyncio.to_thread(lambda: places_of(centre.installation(), wrong_pin.encode()))
        found += await asyncio.to_thread(lambda: places_of(centre.installation(), right_pin.encode()))
        assert found == [], "while the call lives"
        await one.keys("0")
        await one.hears("queue.connecting")
        found = await asyncio.to_thread(lambda: places_of(centre.installation(), right_pin.encode()))
        assert found == [], "in the queue"
        await one.call.hang_up()
        await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")
        assert [places_of(centre.installation(), pin.encode()) for pin in (wrong_pin, right_pin)] == [[], []]
    finally:
        set_pin(centre, OVERPAID.number, OVERPAID.pin)
    assert places_of(centre.installation(), OVERPAID.number.encode()), (
        "the search finds what is there: an account in the database"
    )
    logs = b"".join(path.read_bytes() for path in centre.state.glob("log/*.log"))
    logs += b"".join(path.read_bytes() for path in centre.state.glob("asterisk/log/*"))
    for account in FIXED:
        assert account.number.encode() not in logs
        assert account.phone.encode() not in logs


def test_the_search_of_every_centre_finds_a_card_and_a_pin(centre: CallCentre) -> None:
    """What `CallCentre.stop` looks for; without this the silence of that search would prove nothing."""
    mislaid = centre.state / "log" / "mislaid.log"
    mislaid.write_text(f"pan={TEST_CARDS[3].number}\n12:00 account={OVERPAID.number} key={OVERPAID.pin}\n", "utf-8")
    try:
        found = left_behind(centre.installation())
    finally:
        mislaid.unlink()
    assert found == [
        "log/mislaid.log holds a card's number",
        "log/mislaid.log holds an account's PIN beside its number",
    ]


def set_pin(centre: CallCentre, number: str, pin: str) -> None:
    """As a customer who chose another one."""
    installation = centre.installation()
    sealed = pin_hasher().hash(sealed_pin(AccountNumber(number), pin, installation.keys.octets("pin")))
    engine = create_engine(installation.database_url)
    with engine.begin() as connection:
        account = connection.execute(text("SELECT account_id FROM accounts WHERE number = :n"), {"n": number}).scalar()
        done = connection.execute(
            text("UPDATE pins SET sealed = :s WHERE account_id = :a"), {"s": sealed, "a": account}
        )
        assert done.rowcount == 1
    engine.dispose()
