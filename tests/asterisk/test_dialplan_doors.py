"""Who gets in and what is loaded, on a real Asterisk: start, unknown senders, AMI rights, live SIP accounts."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from dialplan.modules import MODULES
from dialplan.softphones import close_account, open_account
from tests.kit.asterisk import AsteriskNode
from tests.kit.bare_ami import bare_ami
from tests.kit.digest import Credentials, authorization
from tests.kit.sip import parse
from tests.kit.telephone import RegistrationRefused, Telephone
from tests.kit.timeline import CallFailed
from tests.kit.waiting import eventually

NODE, TRUNK, AGENT, STRANGER = "127.32.1.1", "127.32.1.11", "127.32.1.21", "127.32.1.66"
FIRST, SECOND = "first-secret-0123456789", "second-secret-0123456789"


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    with AsteriskNode.fresh(NODE, trunk=TRUNK, rtp_first=41000, rtp_last=41199) as running:
        yield running


def test_boots_soon_and_says_nothing_bad() -> None:
    begun = time.monotonic()
    with AsteriskNode.fresh("127.32.1.2", rtp_first=41200, rtp_last=41299) as other:
        taken_s = time.monotonic() - begun
        assert taken_s < 5.0
        complaints = [line for line in other.log().splitlines() if "WARNING[" in line or "ERROR[" in line]
        assert complaints == []


def test_only_what_a_call_needs_is_loaded(node: AsteriskNode) -> None:
    listed = node.rx("module show").splitlines()
    loaded = {line.split(".so")[0] for line in listed if ".so " in line}
    assert loaded == set(MODULES)
    for application in ("System", "TrySystem", "ExternalIVR", "MixMonitor", "Originate"):
        assert "not registered" in node.rx(f"core show application {application}")
    for function in ("SHELL", "CURL", "FILE"):
        assert "No function by that name" in node.rx(f"core show function {function}")


def test_secrets_are_readable_by_the_owner_alone(node: AsteriskNode) -> None:
    assert node.config.state.stat().st_mode & 0o077 == 0
    for file in (
        *node.config.file.parent.iterdir(),
        node.config.state / "db" / "astdb.sqlite3",
        node.config.control_socket,
    ):
        assert file.stat().st_mode & 0o077 == 0, file


@pytest.mark.parametrize("claimed", ["79001112233", "trunk", "agent-known", "demo-phone"])
async def test_an_invite_from_an_unknown_address_is_refused(node: AsteriskNode, claimed: str) -> None:
    async with bare_ami(node.config) as ami:
        assert await ami.originate(open_account("agent-known", FIRST))
    async with Telephone(STRANGER) as stranger:
        call = await stranger.call(node.server, "88000000000", caller_number=claimed)
        with pytest.raises(CallFailed):
            await call.answered(timeout_s=5)
        assert call.end is not None
        assert call.end.status == 401


async def test_the_trunk_address_reaches_the_hotline_with_any_number(node: AsteriskNode) -> None:
    async with Telephone(TRUNK) as line:
        for claimed in ("79001112233", "agent-known", "nobody", "+420"):
            call = await line.call(node.server, "88000000000", caller_number=claimed)
            await call.answered(timeout_s=5)
            await call.hang_up()


async def test_ami_may_do_what_the_engine_needs_and_no_more(node: AsteriskNode) -> None:
    async with bare_ami(node.config) as ami:
        for action, headers in (
            ("Command", {"Command": "core show version"}),
            ("DBPut", {"Family": "softphone", "Key": "auth/x", "Val": "x"}),
            ("ModuleLoad", {"Module": "app_system.so", "LoadType": "load"}),
            ("Reload", {}),
            ("GetConfig", {"Filename": "manager.conf"}),
            ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
            ("DialplanExtensionAdd", {"Context": "hotline", "Extension": "1", "Priority": "1", "Application": "NoOp"}),
        ):
            answer = await ami.act(action, headers)
            assert answer["Response"] == "Error", action
            assert answer["Message"] in {"Permission denied", "Invalid/unknown command"}, action
        written = await ami.act("Setvar", {"Variable": "DB(softphone/auth/x)", "Value": "x"})
        assert written["Response"] == "Error"
        for action, headers in (
            ("Setvar", {"Variable": "ACD_BEAT", "Value": str(int(time.time()))}),
            ("CoreShowChannels", {}),
            ("Status", {}),
            ("QueueAdd", {"Queue": "rescue", "Interface": "PJSIP/agent-x", "Paused": "true"}),
            ("QueuePause", {"Queue": "rescue", "Interface": "PJSIP/agent-x", "Paused": "false"}),
            ("QueueRemove", {"Queue": "rescue", "Interface": "PJSIP/agent-x"}),
            ("QueueStatus", {"Queue": "rescue"}),
            ("Ping", {}),
        ):
            answer = await ami.act(action, headers)
            assert answer["Response"] == "Success", (action, answer)


async def test_ami_refuses_a_program_by_originate_and_a_wrong_secret(node: AsteriskNode) -> None:
    async with bare_ami(node.config) as ami:
        place = {"Channel": "Local/s@nowhere", "Application": "AGI", "Data": "/bin/true"}
        answer = await ami.act("Originate", place)
        assert answer["Message"] == "Originate Access Forbidden: app or data blacklisted"
    async with bare_ami(node.config, secret="wrong") as stranger:
        assert stranger.welcome["Message"] == "Authentication failed"


async def test_keys_never_reach_ami_nor_the_log(node: AsteriskNode) -> None:
    async with bare_ami(node.config) as ami, Telephone(TRUNK) as line:
        call = await line.call(node.server, "88000000000")
        await call.answered(timeout_s=5)
        await call.press("4111")
        await call.hang_up()
        await ami.event(lambda e: e["Event"] == "Hangup", 5, "the hangup is told")
        assert not [e for e in ami.events if "DTMF" in e["Event"] or "Digit" in e]
    assert "DTMF" not in node.log()


async def test_an_account_opens_rotates_and_closes_live(node: AsteriskNode) -> None:
    async with bare_ami(node.config) as ami, Telephone(AGENT) as phone:
        with pytest.raises(RegistrationRefused):
            await phone.register(node.server, "agent-new", FIRST)
        assert await ami.originate(open_account("agent-new", FIRST))
        await phone.register(node.server, "agent-new", FIRST)
        assert await ami.originate(open_account("agent-new", SECOND))
        with pytest.raises(RegistrationRefused):
            await phone.register(node.server, "agent-new", FIRST)
        await phone.register(node.server, "agent-new", SECOND)
        ringing = {"Channel": "PJSIP/agent-new", "Context": "nowhere", "Exten": "s", "Priority": "1", "Async": "true"}
        await ami.act("Originate", ringing)
        call = await phone.incoming(timeout_s=5)
        await call.ringing(timeout_s=5)
        call.reject(486)
        await call.ended(timeout_s=5)
        assert await ami.originate(close_account("agent-new"))
        with pytest.raises(RegistrationRefused):
            await phone.register(node.server, "agent-new", SECOND)
        answer = await ami.act("Originate", {**ringing, "Async": "false"})
        assert answer["Response"] == "Error"
        assert "agent-new" not in node.rx("pjsip show endpoints")


async def test_accounts_live_through_a_restart_of_asterisk() -> None:
    with AsteriskNode.fresh("127.32.1.3", rtp_first=41300, rtp_last=41399) as other:
        async with bare_ami(other.config) as ami:
            assert await ami.originate(open_account("agent-stays", FIRST))
            added = {"Queue": "rescue", "Interface": "PJSIP/agent-stays", "Paused": "true"}
            await ami.act("QueueAdd", added)
        kept = other.config.state / "db" / "astdb.sqlite3"
        await eventually(lambda: b"softphone/endpoint/agent-stays" in _everything(kept), 15, "the account is on disk")
        other.kill()
        other.start()
        async with Telephone("127.32.1.23") as phone:
            await phone.register(other.server, "agent-stays", FIRST)
        assert "PJSIP/agent-stays" in other.rx("queue show rescue")


def _everything(database: Path) -> bytes:
    """What is committed: Asterisk writes its database once a second."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return b" ".join(str(row[0]).encode() for row in connection.execute("SELECT key FROM astdb"))


async def test_a_softphone_reaches_the_echo_and_not_the_hotline(node: AsteriskNode) -> None:
    async with bare_ami(node.config) as ami, Telephone(AGENT) as phone:
        assert await ami.originate(open_account("agent-echo", FIRST))
        await phone.register(node.server, "agent-echo", FIRST)
        for number in ("88000000000", "s", "open", "rescue"):
            call = await phone.call(node.server, number)
            with pytest.raises(CallFailed):
                await call.answered(timeout_s=5)
        call = await phone.call(node.server, "echo")
        await call.answered(timeout_s=5)
        await call.hang_up()


async def test_http_serves_the_websocket_of_sip_and_nothing_else(node: AsteriskNode) -> None:
    """The desktop's proxy speaks to it; whoever reaches it finds no page, no status, no ARI, no AMI."""
    where = f"{node.config.control}:{node.config.http_port}"
    async with httpx.AsyncClient(timeout=5) as client:
        for path in ("/", "/httpstatus", "/static/index.html", "/ari/asterisk/info", "/metrics", "/rawman", "/manager"):
            assert (await client.get(f"http://{where}{path}")).status_code in {403, 404}, path
    async with connect(f"ws://{where}/ws", subprotocols=[Subprotocol("sip")], proxy=None) as socket:
        assert socket.subprotocol == "sip"


async def test_a_closed_websocket_takes_its_registration_with_it() -> None:
    """Also after the account was closed: the next sign-in must not ring a page that has gone."""
    with AsteriskNode.fresh("127.32.1.4", telephones="browser", rtp_first=41400, rtp_last=41499) as other:
        where = f"{other.config.control}:{other.config.http_port}"
        async with bare_ami(other.config) as ami:
            assert await ami.originate(open_account("agent-web", FIRST))
            async with connect(f"ws://{where}/ws", subprotocols=[Subprotocol("sip")], proxy=None) as socket:
                assert await _register_over(socket, "agent-web", FIRST) == 200
                await ami.event(lambda e: e.get("AOR") == "agent-web", 5, "the contact is told")
                assert await ami.originate(close_account("agent-web"))
            await ami.event(lambda e: e.get("ContactStatus") == "Removed", 5, "the contact is gone")
            assert "agent-web" not in other.rx("pjsip show contacts")


async def test_the_demo_telephone_rings_the_hotline_with_its_secret_only() -> None:
    with AsteriskNode.fresh("127.32.1.5", demo=True, demo_secret=SECOND, rtp_first=41500, rtp_last=41599) as other:
        async with Telephone("127.32.1.25") as phone:
            with pytest.raises(RegistrationRefused):
                await phone.register(other.server, "demo-phone", FIRST)
            await phone.register(other.server, "demo-phone", SECOND)
            call = await phone.call(other.server, "88000000000")
            await call.answered(timeout_s=5)
            await call.hang_up()
            for number in ("echo", "open", "s"):
                call = await phone.call(other.server, number)
                with pytest.raises(CallFailed):
                    await call.answered(timeout_s=5)


async def _register_over(socket: ClientConnection, user: str, secret: str) -> int:
    """The status of a registration over a WebSocket (RFC 7118), a challenge answered."""
    uri, more = b"sip:callcentre", b""
    for number in (1, 2):
        await socket.send(
            b"REGISTER %s SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\n"
            b"From: <sip:%s@callcentre>;tag=a\r\nTo: <sip:%s@callcentre>\r\nCall-ID: ws\r\nCSeq: %d REGISTER\r\n"
            b"Contact: <sip:%s@x.invalid;transport=ws>\r\nExpires: 60\r\n%sContent-Length: 0\r\n\r\n"
            % (uri, number, user.encode(), user.encode(), number, user.encode(), more)
        )
        async with asyncio.timeout(5):
            text = await socket.recv()
        reply = parse(text.encode() if isinstance(text, str) else text)
        if reply.status != 401:
            break
        challenges = reply.all("WWW-Authenticate")
        more = b"Authorization: " + authorization(challenges, "REGISTER", uri, Credentials(user, secret)) + b"\r\n"
    return reply.status
