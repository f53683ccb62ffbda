"""One e-mail by SMTP with STARTTLS (RFC 3207): plain text, an id that stays the same over all tries.

Without STARTTLS nothing is sent, neither password nor text, unless the settings say that the relay has none (one on
this machine).
"""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from calls.clock import Instant, as_datetime
from gateways.errors import CannotSend

TIMEOUT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail goes out. `user` empty: no login. `ca_file`: the authority of an own relay; empty: the machine's."""

    host: str
    port: int = 587
    starttls: bool = True
    user: str = ""
    password: str = ""
    ca_file: str = ""


class Mail:
    """Raises ValueError for addresses that are none."""

    def __init__(self, relay: Relay, sender: str, recipients: Sequence[str], timeout_s: float = TIMEOUT_S) -> None:
        self._relay = relay
        self._sender = Address(addr_spec=sender)
        self._recipients = tuple(Address(addr_spec=one) for one in recipients)
        if not self._recipients:
            raise ValueError("E-mail needs somebody to go to.")
        self._timeout_s = timeout_s

    def send(self, message_id: str, subject: str, text: str, at: Instant) -> None:
        """Hand it over to the relay. Raises CannotSend; also when the relay took it for some recipients only."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = self._recipients
        message["Subject"] = " ".join(subject.split())
        message["Date"] = format_datetime(as_datetime(at))
        message["Message-ID"] = f"<{sha256(message_id.encode()).hexdigest()[:40]}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        try:
            with smtplib.SMTP(self._relay.host, self._relay.port, timeout=self._timeout_s) as line:
                if self._relay.starttls:
                    line.starttls(context=ssl.create_default_context(cafile=self._relay.ca_file or None))
                if self._relay.user:
                    line.login(self._relay.user, self._relay.password)
                refused = line.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise CannotSend(f"The mail relay did not take it ({type(error).__name__}).") from error
        if refused:
            raise CannotSend(f"The mail relay refused {len(refused)} of {len(self._recipients)} recipients.")
