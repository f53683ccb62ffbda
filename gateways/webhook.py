"""One signed POST: the body, an instant, an idempotency id. Whoever receives it can check all three.

Signature: `X-Callcentre-Signature: v1=` and the HMAC-SHA-256 (RFC 2104), in hex, of `TIMESTAMP.BODY` with the shared
secret; `X-Callcentre-Timestamp` is the Unix time of this try, so that an old message cannot be played again;
`Idempotency-Key` stays the same over all tries. No redirect is followed, no proxy of the environment is used.
"""

import hashlib
import hmac
import socket
from typing import Final
from urllib.parse import urlsplit

import httpx

from gateways.addresses import is_public
from gateways.errors import CannotSend

TIMEOUT_S: Final = 10.0
LONGEST_ANSWER: Final = 64 * 1024
"""Of an answer nothing but its status is of interest; so much of it is read to keep the line in order."""
TIMESTAMP: Final = "X-Callcentre-Timestamp"
SIGNATURE: Final = "X-Callcentre-Signature"
IDEMPOTENCY: Final = "Idempotency-Key"


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """What `SIGNATURE` holds."""
    return "v1=" + hmac.new(secret, b"%d." % timestamp + body, hashlib.sha256).hexdigest()


class Webhook:
    """`internal`: for tests only, also http and addresses of this machine."""

    def __init__(self, url: str, secret: bytes, *, internal: bool = False, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (internal and parts.scheme == "http"):
            raise ValueError("A webhook is called by https only.")
        if not parts.hostname or parts.username is not None or parts.password is not None:
            raise ValueError("A webhook's address has a host and no user or password.")
        self._parts = parts
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._secret = secret
        self._internal = internal
        self._timeout = httpx.Timeout(timeout_s)

    def send(self, message_id: str, body: bytes, timestamp: int) -> None:
        """Deliver it. `timestamp`: Unix time in seconds. Raises CannotSend."""
        headers = {
            "Host": self._parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "callcentre",
            IDEMPOTENCY: message_id,
            TIMESTAMP: str(timestamp),
            SIGNATURE: signature(self._secret, timestamp, body),
        }
        address = self._resolved()
        literal = f"[{address}]" if ":" in address else address
        target = self._parts._replace(netloc=f"{literal}:{self._port}", fragment="").geturl()
        try:
            with httpx.Client(timeout=self._timeout, follow_redirects=False, trust_env=False) as client:
                # The certificate is checked against the host's name, the connection goes to the checked address.
                ask = client.build_request(
                    "POST", target, content=body, headers=headers, extensions={"sni_hostname": self._host}
                )
                answer = client.send(ask, stream=True)
                _drain(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotSend(f"The webhook did not answer ({type(error).__name__}).") from error
        if not answer.is_success:
            raise CannotSend(f"The webhook answered {answer.status_code}.")

    def _resolved(self) -> str:
        """The one address that is called. Raises CannotSend: unknown, or not all of its addresses are public."""
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise CannotSend("The webhook's host is not known.") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses:
            raise CannotSend("The webhook's host is not known.")
        if not self._internal and not all(is_public(address) for address in addresses):
            raise CannotSend("The webhook's host is an address of this machine or network, which is never called.")
        return addresses[0]


def _drain(answer: httpx.Response) -> None:
    read = 0
    try:
        for part in answer.iter_raw():
            read += len(part)
            if read > LONGEST_ANSWER:
                return
    finally:
        answer.close()
