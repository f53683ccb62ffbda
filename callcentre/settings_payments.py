"""Settings of payments: who charges the cards, and what stands on every fiscal receipt. docs/payments.md."""

from typing import Literal

from pydantic import Field

from callcentre.settings_alerts import MailAddress
from callcentre.settings_values import Port, SecretFile, SettingsTable


class NoPayments(Exception):
    """What was asked for is not there; the message says what to do."""


class Payments(SettingsTable):
    """`gateway`: none (no payments by telephone), sandbox (an acquirer of our own, of the demo only), yookassa; auto is
    sandbox in the demo and none elsewhere (Settings.acquirer).

    `port`: the sandbox's, at `ivr.address`. `timeout_s`: longest wait for an answer; the caller waits as long.
    """

    gateway: Literal["auto", "none", "sandbox", "yookassa"] = "auto"
    port: Port = 8091
    timeout_s: float = Field(default=20.0, ge=1, le=45)
    yookassa_shop: str = Field(default="", pattern=r"^[0-9]{0,20}$")
    yookassa_key_file: SecretFile | None = None
    yookassa_return_url: str = Field(default="", max_length=2000, pattern=r"^(https://[!-~]+)?$")
    """Where YooKassa's page sends who has paid by a link; empty: no links are made."""
    taxation: Literal[1, 2, 3, 5, 6] = 1
    """The supplier's system of taxation, numbered as customers.fiscal.Taxation."""
    vat: Literal["none", "0", "5", "7", "10", "20", "22"] = "22"
    advance_vat: Literal["none", "0", "5/105", "7/107", "10/110", "20/120", "22/122"] = "22/122"
    receipt_email: MailAddress = ""
    """Gets the receipt of a caller whose number is not known."""
