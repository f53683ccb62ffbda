"""A broken settings file names every fault with its line; a missing one means the defaults."""

from pathlib import Path

import pytest

from callcentre.settings import Settings
from callcentre.settings_file import SettingsError, load_settings, served_at


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "callcentre.toml") == Settings()


def test_a_good_file_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "callcentre.toml"
    path.write_text(
        '[listen]\nport = 8443\n[trunk]\naddresses = ["192.0.2.1"]\n[supplier]\nzone = "Asia/Omsk"\n', "utf-8"
    )
    settings = load_settings(path)
    assert settings.listen.port == 8443
    assert settings.trunk.addresses == ("192.0.2.1",)
    assert settings.supplier.zone == "Asia/Omsk"


@pytest.mark.parametrize(
    "zone", ["Europe/Moskva", "Moscow", "Europe", "", "../../etc/passwd", "localtime", "posix/UTC"]
)
def test_a_zone_that_browsers_do_not_know_is_refused(tmp_path: Path, zone: str) -> None:
    path = tmp_path / "callcentre.toml"
    path.write_text(f'[supplier]\nzone = "{zone}"\n', "utf-8")
    with pytest.raises(SettingsError, match=r"line 2: .*IANA time zone"):
        load_settings(path)


def test_every_fault_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "callcentre.toml"
    path.write_text(
        '[listen]\naddress = "nowhere"\nport = 70000\n\n[asterisk]\nnode = "Эй"\n[ivr]\nsesions = 5\n', "utf-8"
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    faults = caught.value.faults
    assert [fault.split(":")[0] for fault in faults] == ["line 2", "line 3", "line 6", "line 8"]
    assert "ivr.sesions is not a setting" in faults[3]
    assert all("orrect" in fault for fault in faults)


def faults_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "callcentre.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[redis]\nurl = "nonsense"', 2, "redis.url: this is no address of a Redis; write redis://"),
        ('[redis]\nurl = "redis://host:port/0"', 2, "redis.url"),
        ('[database]\nurl = "foo"', 2, "database.url: The database address is not understood"),
        ('[database]\nurl = "mysql://host/name"', 2, "database.url"),
        ('[database]\nurl = "sqlite:///here.db"', 2, "path to the file is not absolute"),
        ("[asterisk]\nrtp_first = 12000\nrtp_last = 11000", 3, "no room for one call. Widen it"),
        ("[asterisk]\nrtp_first = 30000", 2, "no room for one call"),
        ("[asterisk]\n\nsip_port = 10500", 3, "inside the range of media"),
        ("[trunk]\naddresses = []", 2, "trunk.addresses"),
        ('[trunk]\naddresses = ["127.0.0.11", 5]', 2, "trunk.addresses.1"),
        ('[trunk]\naddresses = "127.0.0.11"', 2, "trunk.addresses"),
        (
            "[listen]\nport = 8088\n[ivr]\nport = 4573",
            2,
            "listen.port and asterisk.http_port are both 8088",
        ),
        ("[asterisk]\nami_port = 7000\n[ivr]\nport = 7000", 4, "asterisk.ami_port and ivr.port are both 7000"),
        ("[listen]\nport = 5060", 2, "listen.port and asterisk.sip_port"),
        ('[ivr]\naddress = "0.0.0.0"', 2, "ivr.address"),
        ('[ivr]\naddress = "192.0.2.7"', 2, "write a loopback address"),
        ('[listen]\naddress = "::1"', 2, "IPv6 is not served"),
        ('[listen]\naddress = "0.0.0.0"', 2, "write the one address"),
        ('[listen]\naddress = "192.0.2.7"', 2, "Set asterisk.address to 192.0.2.7 too"),
        ('[asterisk]\naddress = "localhost"', 2, "this is no IP address"),
        ('[listen]\nport = "8000"', 2, "valid integer"),
        ("[listen]\nport = 8000.0", 2, "valid integer"),
        ('[demo]\nenabled = "yes"', 2, "valid boolean"),
        ("[trunk]\nhotline = 88000000000", 2, "valid string"),
        ('[telephones]\nkind = "fax"', 2, "'browser' or 'sip'"),
        ("[ivr]\nsessions = 0", 2, "greater than or equal to 1"),
        ("listen = 5", 1, "listen"),
        ("\nlisten = {port = 0}", 2, "listen.port"),
        ("\n\nlisten.port = 0", 3, "listen.port"),
        ("[voice]\nspeed = 1", 1, "voice is not a setting"),
        ("[demo]\ncustomer = 1", 2, "demo.customer is not a setting"),
    ],
)
def test_what_cannot_work_is_a_fault_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    [fault] = faults_of(tmp_path, text)
    assert fault.startswith(f"line {line}: ")
    assert said in fault


def test_faults_of_keys_and_between_keys_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        '[listen]\nport = "x"\naddress = "::1"\n[asterisk]\nrtp_first = 9\nrtp_last = 8\nami_port = 4573\n'
        '[redis]\nurl = "nonsense"\n[database]\nurl = "foo"\n[trunk]\naddresses = []\ntrunks = 1\n',
    )
    assert [fault.split(":")[0] for fault in faults] == [f"line {line}" for line in (2, 3, 6, 7, 9, 11, 13, 14)]


def test_an_address_with_a_password_is_not_repeated(tmp_path: Path) -> None:
    for fault in faults_of(tmp_path, '[database]\nurl = "mysql://me:hush@h/n"\n[redis]\nurl = "rediss//:hush@h"\n'):
        assert "hush" not in fault


def test_served_elsewhere_pages_sip_and_media_move_and_nothing_else() -> None:
    moved = served_at(Settings(), "192.0.2.7")
    assert moved.listen.address == moved.asterisk.address == "192.0.2.7"
    assert moved.ivr == Settings().ivr


@pytest.mark.parametrize("address", ["::1", "255.255.255.255", "here", ""])
def test_served_at_no_address_of_a_machine_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=f"--listen {address}"):
        served_at(Settings(), address)


@pytest.mark.parametrize("text", ["port = ", "[listen", '\x00"'])
def test_what_is_no_toml_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "callcentre.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="TOML"):
        load_settings(path)


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "callcentre.toml"
    path.write_bytes(b'[trunk]\nhotline = "\xe9"\n')
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(path)


SMS = '[sms]\nhost = "sms.example.org"\nsystem_id = "us"\npassword_file = "{secret}"\nsender = "Energosbyt"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sms]\nhost = "sms.example.org"', "without sms.system_id and sms.password_file and sms.sender"),
        (SMS + "tls = false", "sms.tls is off for a gateway that is not on this machine"),
        ('[sms]\nsender = "Энергосбыт"', "sms.sender"),
        ('[sms]\nsystem_id = "longer than smpp has"', "sms.system_id"),
        ("[sms]\nper_number = 0", "sms.per_number"),
        ('[alerts]\nwebhook_url = "https://example.org/"', "no secret to sign with"),
        ('[alerts]\nwebhook_url = "http://example.org/"\nwebhook_secret_file = "{secret}"', "Write it as https://"),
        ('[alerts]\nwebhook_url = "https://user:word@example.org/"', "without user and password"),
        ('[mail]\nhost = "mail.example.org"', "Set mail.sender and mail.recipients"),
        ('[mail]\nsender = "no address"', "write name@example.org"),
        (
            '[mail]\nhost = "mail.example.org"\nstarttls = false\n'
            'sender = "a@example.org"\nrecipients = ["b@example.org"]',
            "mail.starttls is off",
        ),
        ("[monitor]\nport = 8088", "asterisk.http_port and monitor.port are both 8088"),
        ("[monitor]\ninterval_min = 20", "monitor.interval_min"),
    ],
)
def test_where_alerts_go_is_whole(tmp_path: Path, text: str, said: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 40)
    secret.chmod(0o600)
    (fault,) = faults_of(tmp_path, text.replace("{secret}", str(secret)))
    assert said in fault
    assert "user:word" not in fault
