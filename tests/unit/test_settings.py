"""A broken settings file names every fault with its line; a missing one means the defaults."""

from pathlib import Path

import pytest

from callcentre.settings import Settings, SettingsError, load_settings


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
