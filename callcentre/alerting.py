"""How alerts leave the house: the channels of the settings, their words, and what is wrong with them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from acd.alerts import PIN_KINDS, Alert, AlertMessage
from acd.monitor.sending import Sender
from agent_desktop.labels import labels_in
from callcentre.installation import Installation
from calls.clock import Instant, as_datetime
from calls.ids import QueueId
from calls.journey import Language
from calls.zones import zone
from database.queue_settings import DatabaseQueueSettings
from gateways.mail import Mail, Relay
from gateways.webhook import Webhook

LEAST_SECRET: Final = 32
WEBHOOK: Final = "webhook"
MAIL: Final = "mail"


class WrongSecret(ValueError):
    """A secret's file cannot be used; the message says why and what to do, never what is in it."""


def secret_in(path: str, least: int = 1) -> bytes:
    """What the file holds, without the line's end; that nobody else reads it is a rule of the settings.

    Raises WrongSecret.
    """
    try:
        text = Path(path).read_bytes().strip()
    except OSError as error:
        raise WrongSecret(
            f"{path} cannot be read ({error.strerror}). Make it a file that this user may read."
        ) from None
    if len(text) < least:
        raise WrongSecret(f"{path} holds {len(text)} bytes. Put at least {least} random ones there.")
    return text


def faults(installation: Installation) -> list[str]:
    """What keeps alerts from being sent, for `callcentre check`; nothing is sent."""
    found = []
    alerts, mail = installation.settings.alerts, installation.settings.mail
    try:
        if alerts.webhook_url:
            _webhook(installation)
    except ValueError as fault:
        found.append(str(fault))
    try:
        if mail.host:
            _mail(installation)
    except ValueError as fault:
        found.append(str(fault))
    return found


def senders(installation: Installation, queues: DatabaseQueueSettings) -> Mapping[str, Sender]:
    """By channel. Raises WrongSecret."""
    found: dict[str, Sender] = {}
    settings = installation.settings
    if settings.alerts.webhook_url:
        webhook = _webhook(installation)
        found[WEBHOOK] = lambda message, now: webhook.send(message.message_id, payload(message), now // 1000)
    if settings.mail.host:
        mail, words = _mail(installation), Words(settings.alerts.language, settings.supplier.zone, queues)
        found[MAIL] = lambda message, now: mail.send(
            message.message_id, words.subject(message), words.text(message), message.made_at
        )
    return found


def payload(message: AlertMessage) -> bytes:
    """The body of a webhook (docs/monitor.md): instants as RFC 3339 in UTC."""
    alert = message.alert
    told = {
        "id": message.message_id,
        "event": message.event,
        "kind": alert.kind,
        "severity": alert.severity,
        "queue": None if alert.kind in PIN_KINDS else alert.about or None,
        "about": alert.about or None,
        "value": alert.value,
        "limit": alert.limit,
        "raised_at": _moment(alert.raised_at),
        "cleared_at": _moment(alert.cleared_at),
        "acknowledged_at": _moment(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
    }
    return json.dumps(told, ensure_ascii=False).encode()


class Words:
    """The e-mail's words: those of the screens."""

    def __init__(self, language: str, zone_name: str, queues: DatabaseQueueSettings) -> None:
        self._language = Language(language)
        self._labels = labels_in(self._language)
        self._zone = zone(zone_name)
        self._queues = queues

    def subject(self, message: AlertMessage) -> str:
        return self._labels.text(f"alert.mail_{message.event}", what=self._sentence(message.alert))

    def text(self, message: AlertMessage) -> str:
        alert = message.alert
        lines = [self._sentence(alert), "", self._line("alert.raised_at", alert.raised_at)]
        if alert.cleared_at is not None:
            lines.append(self._line("alert.cleared_at", alert.cleared_at))
        if alert.acknowledged_at is not None and alert.acknowledged_by is not None:
            lines.append(self._labels.text("alert.acknowledged_by", who=alert.acknowledged_by))
        return "\n".join(lines) + "\n"

    def _sentence(self, alert: Alert) -> str:
        sentence = self._labels.text(f"alert.{alert.kind}", value=alert.value, limit=alert.limit)
        return f"{self._title(alert.about)}: {sentence}" if alert.about else sentence

    def _title(self, queue_id: str) -> str:
        known = {queue.queue_id: queue for queue in self._queues.load().queues}
        queue = known.get(QueueId(queue_id))
        return queue.title_in(self._language) if queue else queue_id

    def _line(self, label: str, at: Instant) -> str:
        return f"{self._labels.text(label)} {as_datetime(at).astimezone(self._zone):%d.%m.%Y %H:%M:%S}"


def _moment(at: Instant | None) -> str | None:
    return None if at is None else as_datetime(at).isoformat()


def _webhook(installation: Installation) -> Webhook:
    alerts = installation.settings.alerts
    secret = secret_in(alerts.webhook_secret_file or "", LEAST_SECRET)
    return Webhook(alerts.webhook_url, secret, internal=alerts.webhook_internal)


def _mail(installation: Installation) -> Mail:
    mail = installation.settings.mail
    password = secret_in(mail.password_file or "").decode() if mail.user else ""
    if mail.ca_file and not Path(mail.ca_file).is_file():
        raise WrongSecret(f"{mail.ca_file} is not there. Correct mail.ca_file.")
    relay = Relay(mail.host, mail.port, mail.starttls, mail.user, password, mail.ca_file)
    return Mail(relay, mail.sender, mail.recipients)
