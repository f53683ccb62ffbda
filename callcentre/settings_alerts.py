"""Settings of the SLA monitor and of where its alerts go. docs/settings.md, docs/monitor.md."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from callcentre.settings_values import Port, SecretFile, SettingsTable


def _webhook_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc):
        raise ValueError("this is no address of a webhook; write https://host/path without user and password")
    return text


def _mail_address(text: str) -> str:
    name, at, domain = text.rpartition("@")
    sound = text.isascii() and text.isprintable() and not any(sign in text for sign in ' "<>,;:\\')
    if text and not (at and name and "." in domain and sound):
        raise ValueError("this is no e-mail address; write name@example.org")
    return text


MailAddress = Annotated[str, AfterValidator(_mail_address)]


class Monitor(SettingsTable):
    """The SLA monitor. `port`: Prometheus at `ivr.address`. `standbys`: distributions that should stand by.

    Who gives up before `short_abandon_s` is a short abandon, told apart.
    """

    interval_min: Literal[15, 30, 60] = 30
    short_abandon_s: float = Field(default=5.0, ge=0, le=60)
    port: Port = 9464
    standbys: int = Field(default=0, ge=0, le=16)


class Alerts(SettingsTable):
    """Where alerts are sent besides the floor's page. `language`: of the e-mails."""

    language: Literal["ru", "en"] = "ru"
    webhook_url: Annotated[str, AfterValidator(_webhook_url)] = ""
    webhook_secret_file: SecretFile | None = None
    webhook_internal: bool = False
    """For tests: also http and addresses of this machine."""


class Mail(SettingsTable):
    """The relay for e-mails; `host` empty: none are sent. `recipients` are those of alerts."""

    host: str = Field(default="", pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)?$")
    port: Port = 587
    starttls: bool = True
    user: str = ""
    password_file: SecretFile | None = None
    ca_file: str = Field(default="", pattern=r"^(/.*)?$")
    sender: MailAddress = ""
    recipients: tuple[MailAddress, ...] = Field(default=(), max_length=20, strict=False)
