"""Settings of the gateway for SMS. docs/settings.md, docs/notices.md."""

from pydantic import Field

from callcentre.settings_values import Port, SecretFile, SettingsTable

HOST = r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)?$"
SENDER = r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9][A-Za-z0-9 ._-]{1,10})?$"


class Sms(SettingsTable):
    """The provider's SMPP gateway; `host` empty: no SMS, and in the demo they are shown on `/phone`.

    `per_number` and `per_hour` count every notice within any hour, e-mails too.
    """

    host: str = Field(default="", pattern=HOST)
    port: Port = 2775
    tls: bool = True
    ca_file: str = Field(default="", pattern=r"^(/.*)?$")
    system_id: str = Field(default="", pattern=r"^[\x21-\x7e]{0,15}$")
    password_file: SecretFile | None = None
    system_type: str = Field(default="", pattern=r"^[\x21-\x7e]{0,12}$")
    sender: str = Field(default="", pattern=SENDER)
    receipts: bool = True
    per_number: int = Field(default=10, ge=1, le=100)
    per_hour: int = Field(default=3000, ge=1, le=1_000_000)
