"""Numbers that are no numbers, on a real Asterisk: nothing of them reaches an event of AMI or a header of AGI.

SIP writes CR LF in a number as %0d%0a; Asterisk unescapes it and prints it as it is, so that an event or an AGI header
could be forged by a caller's number.
"""

from collections.abc import Iterator

import pytest

from dialplan.render import EVENTS
from tests.kit.asterisk import AsteriskNode
from tests.kit.bare_agi import BareAgiSession, bare_agi
from tests.kit.bare_ami import BareAmi, bare_ami
from tests.kit.telephone import Telephone

NODE, TRUNK = "127.32.4.1", "127.32.4.11"
HOTLINE = "88000000000"
EVENT = "7%0d%0a%0d%0aEvent%3a%20Forged%0d%0aX%3a%201"
HEADERS = "7900%0d%0aUniqueid%3a%20offer-x%0d%0aChanVariable%3a%20CC_CALL=forged"
REPLY = "7%0a%0a200%20result=1%20(forged)"
RETURN = "7900%0d"
NUMBERS = {"an event": EVENT, "headers": HEADERS, "an AGI reply": REPLY, "a line's end": RETURN}


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    with AsteriskNode.fresh(NODE, trunk=TRUNK, rtp_first=41800, rtp_last=41899, agi_port=24574) as running:
        yield running


async def to_goodbye(session: BareAgiSession) -> None:
    """Sees what a number can do to a session: is the first answer really the answer?"""
    assert await session.value("CALLERID(dnid)") == HOTLINE
    assert len(await session.value("CC_CALL")) == 36
    await session.say('SET VARIABLE IVR_NEXT "bye"')


async def arrived(
    node: AsteriskNode, ami: BareAmi, **call: str | bytes | tuple[tuple[str, bytes], ...]
) -> dict[str, str]:
    """Ring, be answered and served; what the AGI session was told."""
    async with bare_agi(node.config, {"ivr": to_goodbye}) as sessions, Telephone(TRUNK) as line:
        incoming = await line.call(node.server, HOTLINE, **call)  # type: ignore[arg-type]  # the names of one test
        await incoming.answered(timeout_s=5)
        await incoming.ended(timeout_s=5)
        await ami.event(lambda e: e["Event"] == "Hangup", 5, "the hangup is told")
        (session,) = sessions
        assert session.heard[-1] == "200 result=1", session.heard
        return dict(session.facts)


def nothing_forged(ami: BareAmi) -> None:
    assert {event["Event"] for event in ami.events} <= set(EVENTS)
    for event in ami.events:
        assert not any("\n" in value for name, value in event.items() if name not in {"", "ChanVariable"}), event
        assert "orged" not in str(event)
        assert "offer-x" not in str(event)


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
async def test_a_forged_callers_number(node: AsteriskNode, number: str) -> None:
    async with bare_ami(node.config) as ami:
        facts = await arrived(node, ami, caller_number=number)
        nothing_forged(ami)
    assert set(facts["agi_callerid"]) <= set("+0123456789")


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
async def test_a_forged_asserted_identity(node: AsteriskNode, number: str) -> None:
    asserted = (("P-Asserted-Identity", f"<sip:{number}@127.0.0.1>".encode()),)
    async with bare_ami(node.config) as ami:
        facts = await arrived(node, ami, headers=asserted)
        nothing_forged(ami)
    assert set(facts["agi_callerid"]) <= set("+0123456789")


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
async def test_a_forged_dialled_number_is_no_number_of_ours(node: AsteriskNode, number: str) -> None:
    async with bare_ami(node.config) as ami, Telephone(TRUNK) as line:
        call = await line.call(node.server, number, caller_number="79001112233")
        assert (await call.ended(timeout_s=5)).status == 404
        nothing_forged(ami)
        assert not [event for event in ami.events if event["Event"] == "Newchannel"]


@pytest.mark.parametrize("name", [b'"Ivanov, Ivan (Omsk)"', b'"' + "Пётр".encode("cp1251") + b'"', b""])
async def test_whatever_the_name_the_number_is_found(node: AsteriskNode, name: bytes) -> None:
    async with bare_ami(node.config) as ami:
        facts = await arrived(node, ami, caller_number="+79001112233", display_name=name)
        nothing_forged(ami)
    assert facts["agi_callerid"] == "+79001112233"
    assert facts["agi_calleridname"] == "unknown", "no name is taken at all"


async def test_a_name_that_looks_like_a_number_costs_the_caller_the_number_at_most(node: AsteriskNode) -> None:
    async with bare_ami(node.config) as ami:
        facts = await arrived(node, ami, caller_number="+79001112233", display_name=b'"<sip:1@x>; a=b"')
        nothing_forged(ami)
    assert facts["agi_callerid"] in {"+79001112233", "unknown"}


async def test_the_providers_word_goes_before_the_callers_own(node: AsteriskNode) -> None:
    asserted = (("P-Asserted-Identity", b"<sip:+79005556677@127.0.0.1>"),)
    async with bare_ami(node.config) as ami:
        facts = await arrived(node, ami, caller_number="+79001112233", headers=asserted)
    assert facts["agi_callerid"] == "+79005556677"
