"""Settings of trunks and of calls to the outside: what they become, and every fault with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcentre.settings_file import SettingsError, load_settings
from calls.number_formats import NumberFormat
from dialplan.peers import Peer
from dialplan.trunks import Line, Trunk, outgoing

SECRET = "hush-hush-1"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "alpha.secret"
    path.write_text(f"{SECRET}\n", "utf-8")
    path.chmod(0o600)
    return path


def settings_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "callcentre.toml"
    path.write_text(text, "utf-8")
    return path


def faults_of(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(settings_of(tmp_path, text))
    return caught.value.faults


def test_a_whole_trunk(tmp_path: Path, secret: Path) -> None:
    text = f"""
[trunk]
hotline = "88001234567"
[trunks.alpha]
server = "sip.provider.example"
addresses = ["192.0.2.10", "198.51.100.0/24"]
user = "74950000000"
secret_file = "{secret}"
codecs = ["alaw"]
numbers = "national"
most_in = 30
most_out = 10
order = 1
from_number = "+78001234567"
[[trunks.alpha.lines]]
number = "+78001234567"
[[trunks.alpha.lines]]
number = "+78007654321"
language = "en"
queue = "billing"
[trunks.beta]
addresses = ["203.0.113.5"]
[outgoing]
countries = ["RU", "BY"]
duty = ["+79161234567"]
"""
    settings = load_settings(settings_of(tmp_path, text))
    assert settings.trunks["alpha"].rendered("alpha") == Trunk(
        name="alpha",
        addresses=("192.0.2.10", "198.51.100.0/24"),
        server="sip.provider.example",
        user="74950000000",
        secret=SECRET,
        codecs=("alaw",),
        numbers=NumberFormat.NATIONAL,
        most_in=30,
        most_out=10,
        order=1,
        from_number="+78001234567",
        lines=(Line("+78001234567"), Line("+78007654321", "en", "billing")),
    )
    beta = settings.trunks["beta"].rendered("beta")
    assert (beta.addresses, beta.server, beta.endpoint, beta.context) == (
        ("203.0.113.5",), "", "trunk-beta", "from-beta",
    )  # fmt: skip
    assert SECRET not in repr(settings) + repr(settings.trunks["alpha"].rendered("alpha"))
    assert settings.outgoing.rules().duty == {"+79161234567"}


ALPHA = '[trunks.alpha]\nserver = "192.0.2.10"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[trunk]\naddresses = ["192.0.2.1"]\n' + ALPHA, 2, "Write them as addresses of a trunk with a name"),
        ('[trunks.alpha]\nserver = "sip.provider.example"', 1, "trunks.alpha has no addresses"),
        ("[trunks.alpha]\nmost_in = 5", 1, "trunks.alpha has no addresses"),
        ('[trunks.alpha]\naddresses = ["192.0.2.1"]\nuser = "u"\nsecret_file = "relative"', 4, "the whole path"),
        (ALPHA + 'user = "u"', 3, "has no secret. Write the password into a file, chmod 600 it"),
        (ALPHA + 'user = "u\\nv"', 3, "trunks.alpha.user"),
        (ALPHA + 'secret_file = "/nowhere/secret"', 3, "it cannot be read"),
        (ALPHA + "order = 1", 3, "cannot dial out. Write its server, from_number and numbers"),
        (ALPHA + 'numbers = "roman"', 3, "trunks.alpha.numbers"),
        (ALPHA + 'codecs = ["g729"]', 3, "trunks.alpha.codecs.0"),
        (ALPHA + "codecs = []", 3, "Name codecs"),
        (ALPHA + 'from_number = "88001234567"', 3, "the whole number with plus"),
        (ALPHA + "most_out = -1", 3, "greater than or equal to 0"),
        (ALPHA + 'adresses = ["192.0.2.1"]', 3, "trunks.alpha.adresses is not a setting"),
        (ALPHA + 'addresses = ["0.0.0.0/0"]', 3, "so many addresses are no provider's"),
        (ALPHA + 'addresses = ["::1"]', 3, "IPv6 is not served"),
        ('[trunks.Alpha]\nserver = "192.0.2.10"', 1, "small Latin letters"),
        (ALPHA + '[[trunks.alpha.lines]]\nnumber = "1"', 4, "trunks.alpha.lines.0.number"),
        (ALPHA + '[trunks.beta]\naddresses = ["192.0.2.0/24"]', 3, "both take calls from 192.0.2.10"),
        ('[outgoing]\ncountries = ["Russia"]', 2, "outgoing.countries.0"),
        ('[outgoing]\nduty = ["112"]', 2, "outgoing.duty.0"),
        ("[outgoing]\nring_s = 5", 2, "greater than or equal to 10"),
    ],
)
def test_what_cannot_work_is_a_fault_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    [fault] = faults_of(tmp_path, text)
    assert fault.startswith(f"line {line}: ")
    assert said in fault


def node(name: str, secret: Path, address: str = "192.0.2.20", ami: str = "127.1.0.2") -> str:
    return f'[nodes.{name}]\naddress = "{address}"\nami_address = "{ami}"\nsecret_file = "{secret}"\n'


def test_other_nodes_are_told_to_asterisk_and_to_the_engine(tmp_path: Path, secret: Path) -> None:
    settings = load_settings(settings_of(tmp_path, node("two", secret)))
    assert settings.nodes["two"].peer("two") == Peer("two", "192.0.2.20")


@pytest.mark.parametrize(
    ("name", "address", "ami", "more", "said"),
    [
        ("one", "192.0.2.20", "127.1.0.2", "", "has the name of this machine's node"),
        ("two", "127.0.0.1", "127.1.0.2", "", "has this machine's address"),
        ("two", "192.0.2.20", "192.0.2.20", "", "write a loopback address"),
        ("two", "192.0.2.10", "127.1.0.2", ALPHA, "has an address of trunks.alpha"),
    ],
)
def test_a_node_that_cannot_be_told_apart_is_a_fault(
    tmp_path: Path, secret: Path, name: str, address: str, ami: str, more: str, said: str
) -> None:
    [fault] = faults_of(tmp_path, node(name, secret, address, ami) + more)
    assert said in fault


def test_two_nodes_at_one_place_are_a_fault(tmp_path: Path, secret: Path) -> None:
    faults = faults_of(tmp_path, node("two", secret) + node("three", secret, "192.0.2.21"))
    assert ["ami_address" in fault for fault in faults] == [True]


def test_faults_of_several_trunks_are_told_at_once(tmp_path: Path) -> None:
    text = ALPHA + 'order = 1\n[trunks.beta]\nport = 0\n[trunks.gamma]\nuser = "u"\n'
    faults = faults_of(tmp_path, text)
    assert [fault.split(":")[0] for fault in faults] == ["line 3", "line 5", "line 6", "line 7", "line 7"]


def test_a_secret_that_others_may_read_is_refused_and_not_shown(tmp_path: Path, secret: Path) -> None:
    secret.chmod(0o640)
    [fault] = faults_of(tmp_path, ALPHA + f'user = "u"\nsecret_file = "{secret}"\n')
    assert "chmod 600" in fault
    assert SECRET not in fault


def test_trunks_are_tried_in_their_order() -> None:
    trunks = tuple(
        Trunk(name, (), "192.0.2.1", order=order) for name, order in (("c", 2), ("a", 2), ("b", 1), ("d", 0))
    )
    assert [trunk.name for trunk in outgoing(trunks)] == ["b", "a", "c"]


@given(st.text(max_size=40))
def test_whatever_stands_in_the_secret_nothing_else_is_configured(secret: str) -> None:
    trunk = Trunk("alpha", ("192.0.2.1",), "192.0.2.1", user="u", secret=secret)
    if not trunk.faults():
        assert not set(secret) & set("\n\r;\\ \t\0")
        assert not secret.startswith(">")
