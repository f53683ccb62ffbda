"""`--listen ADDRESS`: agents at another machine get https, wss and voice, and reach nothing else."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import expect

from callcentre.settings import Settings
from dialplan import private_tree
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.chromium import chromium, new_page
from tests.kit.other_machine import OtherMachine, other_machine
from tests.kit.pages import desk_of, ends_by_itself, media_flows, ring_from_booth

REMOTE_WORDS = "() => window.peers.map((peer) => peer.remoteDescription.sdp).join('')"
VISIT = """
import http.client, json, socket, ssl, sys
address, authority, closed = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
context = ssl.create_default_context(cafile=authority)
context.verify_flags |= ssl.VERIFY_X509_STRICT

def status(method, path, **headers):
    link = http.client.HTTPSConnection(address, 8000, context=context, timeout=10)
    link.request(method, path, headers=headers)
    return link.getresponse().status

def is_open(port):
    with socket.socket() as trial:
        trial.settimeout(3)
        return trial.connect_ex((address, port)) == 0

def upgrade(origin):
    return status("GET", "/phone/sip", **{
        "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "sip"})

own, foreign = f"https://{address}:8000", "https://elsewhere.example"
print(json.dumps({
    "page": status("GET", "/sign-in"),
    "own post": status("POST", "/phone/account", Origin=own),
    "foreign post": status("POST", "/phone/account", Origin=foreign),
    "own socket": upgrade(own),
    "foreign socket": upgrade(foreign),
    "http's origin": status("POST", "/phone/account", Origin=own.replace("https", "http")),
    "open": [port for port in closed if is_open(port)],
}))
"""


@pytest.fixture(scope="module")
def other() -> Iterator[OtherMachine]:
    with other_machine() as machine:
        yield machine


@pytest.fixture(scope="module")
def centre(other: OtherMachine) -> Iterator[CallCentre]:
    inside = own_net(1)
    with CallCentre.fresh(inside, telephones="browser", listen=other.here) as running:
        yield running


def authority(centre: CallCentre) -> Path:
    return centre.state / "keys" / "tls" / "authority.pem"


def fingerprint(certificate: Path) -> str:
    """What Chromium calls an SPKI hash: of the authority that its user has imported."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()


def test_another_machine_gets_the_pages_and_nothing_else(centre: CallCentre, other: OtherMachine) -> None:
    settings = Settings()
    closed = [settings.asterisk.ami_port, settings.asterisk.http_port, settings.ivr.port, 6379]
    words = (other.here, str(authority(centre)), json.dumps(closed))
    visit = subprocess.run(
        other.command(sys.executable, "-c", VISIT, *words), capture_output=True, text=True, timeout=60, check=False
    )
    assert visit.returncode == 0, visit.stderr
    found: dict[str, Any] = json.loads(visit.stdout)
    assert found == {
        "page": 200,
        "own post": 200,
        "foreign post": 403,
        "own socket": 101,
        "foreign socket": 403,
        "http's origin": 403,
        "open": [],
    }


def test_whoever_asks_again_is_told_the_served_address(centre: CallCentre) -> None:
    """The second start reads the file, which names another address."""
    command = [str(Path(sys.executable).with_name("callcentre")), "run"]
    second = subprocess.run(command, env=centre.environment, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert centre.desk in second.stderr


async def test_a_call_between_two_browsers_of_another_machine(
    centre: CallCentre, other: OtherMachine, tmp_path: Path
) -> None:
    faults: list[str] = []
    flag = f"--ignore-certificate-errors-spki-list={fingerprint(authority(centre))}"
    launcher = other.launcher(private_tree.testing_tree().chromium, tmp_path)
    async with chromium(flag, launcher=launcher) as browser:
        desk = await desk_of(centre, browser, faults, "orlov")
        assert await desk.evaluate("() => [location.protocol, window.isSecureContext]") == ["https:", True]
        booth = await new_page(browser, faults)
        await ring_from_booth(booth, centre)
        await media_flows(booth)
        await booth.keyboard.press("0")
        await expect(desk.locator("#answer")).to_be_enabled(timeout=15_000)
        await desk.keyboard.press("F2")
        await expect(desk.locator("#telephone")).to_have_attribute("data-phone", "on_call", timeout=10_000)
        await media_flows(desk)
        await media_flows(booth)
        for page in (desk, booth):
            offered = re.findall(r"a=candidate:\S+ \d+ \S+ \d+ (\S+)", await page.evaluate(REMOTE_WORDS))
            assert set(offered) == {other.here}
        await desk.keyboard.press("Shift+F2")
        await ends_by_itself(booth)
    assert faults == []
