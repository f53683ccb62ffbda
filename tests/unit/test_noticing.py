"""What `callcentre check` finds about notices, and by what they may be sent."""

from pathlib import Path

import pytest

from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.notice_rules import notice_rules, ringing_rules, shows_on_phone, watch_rules, ways
from callcentre.noticing import faults, waiting
from callcentre.run import own_processes
from callcentre.settings import Demo, Places, Settings
from callcentre.settings_alerts import Mail
from callcentre.settings_file import load_settings
from callcentre.settings_notices import Sms
from callcentre.settings_power_back import PowerBack
from callcentre.settings_rules import broken_rules
from callcentre.settings_trunks import NamedTrunk, Outgoing
from calls.clock import Instant, after
from calls.journey import Language
from calls.outgoing import Refusal, number_refusal
from customers.demo import IN_DEBT
from customers.notice_texts import OutageReportText
from customers.notices import NoticeId, Way, notice_of
from database.engine import open_engine
from database.migrations import migrate
from database.notices import DatabaseNotices

NOW = Instant(1_795_424_400_000)
PRODUCTION = Demo(enabled=False)


def installed(folder: Path, password: str, ca_file: str = "") -> Installation:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    file = folder / "callcentre.toml"
    file.write_text(
        f'[sms]\nhost = "127.0.0.1"\ntls = false\nsystem_id = "us"\nsender = "Energosbyt"\nca_file = "{ca_file}"\n'
        f'password_file = "{secret}"\n'
    )
    return Installation(load_settings(file), Places(folder, folder / "cache"), Keys(folder / "keys"))


@pytest.mark.parametrize(
    ("password", "ca_file", "said"),
    [("longer than eight", "", "room"), ("geheim12", "/nowhere", "sms.ca_file"), ("", "", "holds 0 bytes")],
)
def test_a_login_that_cannot_be_used_is_told(tmp_path: Path, password: str, ca_file: str, said: str) -> None:
    (fault,) = faults(installed(tmp_path, password, ca_file))
    assert said in fault
    assert not password or password not in fault


def test_what_is_right_is_no_fault(tmp_path: Path) -> None:
    assert faults(installed(tmp_path, "geheim12")) == []
    assert faults(Installation(Settings(), Places(tmp_path, tmp_path), Keys(tmp_path))) == []


def test_a_notice_that_waits_for_long_is_told(tmp_path: Path) -> None:
    installation = installed(tmp_path, "geheim12")
    engine = open_engine(installation.database_url)
    migrate(engine)
    assert waiting(installation, NOW) == []
    rules = notice_rules(Settings())
    notice = notice_of(NoticeId("a"), IN_DEBT.phone, OutageReportText("2026-7"), Language.RU, NOW)
    assert DatabaseNotices(engine, rules).send(notice) is None
    engine.dispose()
    assert waiting(installation, after(NOW, 899)) == []
    assert "waited for 15 minutes" in waiting(installation, after(NOW, 900))[0]


def test_nothing_is_offered_that_no_gateway_sends() -> None:
    mail, sms = Mail(host="127.0.0.1"), Sms(host="127.0.0.1")
    assert ways(Settings()) == {Way.SMS}
    assert ways(Settings(mail=mail)) == {Way.SMS, Way.MAIL}
    assert ways(Settings(demo=PRODUCTION)) == set()
    assert ways(Settings(demo=PRODUCTION, sms=sms, mail=mail)) == {Way.SMS, Way.MAIL}
    assert "notices" not in own_processes(Settings(demo=PRODUCTION))


def test_the_demos_numbers_are_allowed_in_the_post_box_only() -> None:
    assert shows_on_phone(Settings())
    assert number_refusal(IN_DEBT.phone, notice_rules(Settings()).numbers) is None
    for settings in (Settings(demo=PRODUCTION), Settings(sms=Sms(host="127.0.0.1"))):
        assert not shows_on_phone(settings)
        assert number_refusal(IN_DEBT.phone, notice_rules(settings).numbers) is Refusal.NO_NUMBER


OUT = {"provider": NamedTrunk(server="192.0.2.1", order=1, from_number="+78001234567", numbers="e164")}


def test_customers_are_rung_only_where_a_line_leads_outside_and_is_left_for_it() -> None:
    assert ringing_rules(Settings()) is None
    assert ringing_rules(Settings(trunks=OUT)) is not None
    assert ringing_rules(Settings(trunks=OUT, power_back=PowerBack(at_once=0))) is None
    assert ringing_rules(Settings(trunks=OUT, outgoing=Outgoing(at_once=1))) is None, "half of one is none"
    assert own_processes(Settings(trunks=OUT, demo=PRODUCTION))[-1] == "notices", "also without a gateway"


def test_who_is_told_that_power_is_back_leaves_lines_and_messages_for_others() -> None:
    rules = watch_rules(Settings(trunks=OUT, outgoing=Outgoing(at_once=4, ring_s=30)))
    assert rules.at_once == 2
    assert rules.claim_s > 30
    assert rules.notices.per_hour == 2250


def test_more_than_half_of_the_lines_is_a_fault_that_is_said() -> None:
    asked = Settings(outgoing=Outgoing(at_once=4), power_back=PowerBack(at_once=3))
    assert [broken.keys for broken in broken_rules(asked)] == [("power_back.at_once", "outgoing.at_once")]
    with pytest.raises(ValueError, match="from_hour"):
        PowerBack(from_hour=22, to_hour=8)
