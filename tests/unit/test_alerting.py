"""What an alert says where it goes: the webhook's body, the e-mail's words in both languages; what check finds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from acd.alerts import Alert, AlertId, AlertKind, AlertMessage
from acd.queues import FloorSettings
from callcentre.alerting import Words, WrongSecret, faults, payload, secret_in
from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.settings import Places
from callcentre.settings_file import load_settings
from calls.clock import Instant, after
from calls.ids import AgentId
from database.queue_settings import DatabaseQueueSettings
from tests.kit.fake_floor import BILLING

NOW = Instant(1_795_424_400_000)
ALERT = Alert(AlertId(f"forecast_below:billing:{NOW}"), AlertKind.FORECAST_BELOW, "billing", NOW, 69, 80)


class Queues(DatabaseQueueSettings):
    def __init__(self) -> None:
        pass

    def load(self) -> FloorSettings:
        return FloorSettings((BILLING,))


def message(alert: Alert = ALERT, event: str = "raised") -> AlertMessage:
    return AlertMessage(alert, event, "mail", NOW, 0)


def test_the_webhook_says_all_of_an_alert() -> None:
    seen = replace(ALERT, acknowledged_at=after(NOW, 60), acknowledged_by=AgentId("orlov"), cleared_at=after(NOW, 90))
    assert json.loads(payload(message(seen, "cleared"))) == {
        "id": f"{ALERT.alert_id}:cleared",
        "event": "cleared",
        "kind": "forecast_below",
        "severity": "warning",
        "queue": "billing",
        "about": "billing",
        "value": 69,
        "limit": 80,
        "raised_at": "2026-11-23T09:00:00+00:00",
        "cleared_at": "2026-11-23T09:01:30+00:00",
        "acknowledged_at": "2026-11-23T09:01:00+00:00",
        "acknowledged_by": "orlov",
    }


def test_a_mail_is_said_in_the_words_of_the_screens() -> None:
    russian, english = (Words(language, "Europe/Moscow", Queues()) for language in ("ru", "en"))
    assert russian.subject(message()) == "Тревога. Оплата и долги: к концу интервала ждём 69\u00a0% при цели 80\u00a0%"
    assert english.subject(message(event="cleared")).startswith("Alert over. Payment: 69\u00a0% expected")
    assert "23.11.2026 12:00:00" in russian.text(message())


@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_kind_has_words(kind: AlertKind, language: str) -> None:
    words = Words(language, "Europe/Moscow", Queues())
    said = words.subject(message(replace(ALERT, kind=kind, about="")))
    assert "{" not in said
    assert len(said) > 12


def test_a_secret_is_long_enough_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"x" * 40 + b"\n")
    assert secret_in(str(file), 32) == b"x" * 40
    file.write_bytes(b"short")
    with pytest.raises(WrongSecret, match="5 bytes"):
        secret_in(str(file), 32)
    with pytest.raises(WrongSecret, match="cannot be read"):
        secret_in(str(tmp_path / "nowhere"))


def test_check_names_what_keeps_alerts_from_being_sent(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"short")
    secret.chmod(0o600)
    file = tmp_path / "callcentre.toml"
    file.write_text(
        f'[alerts]\nwebhook_url = "https://example.org/"\nwebhook_secret_file = "{secret}"\n'
        '[mail]\nhost = "mail.example.org"\nsender = "a@example.org"\nrecipients = ["b@example.org"]\n'
        'ca_file = "/nowhere.pem"\n',
        "utf-8",
    )
    installation = Installation(load_settings(file), Places(tmp_path, tmp_path), Keys(tmp_path))
    webhook, mail = faults(installation)
    assert "Put at least 32" in webhook
    assert "Correct mail.ca_file" in mail
    assert faults(replace(installation, settings=load_settings(tmp_path / "none.toml"))) == []
