"""The SIP accounts of the agents' telephones: what Asterisk is told at sign-in and sign-out.

1. An account is three small records (endpoint, auth, aor) in Asterisk's own database, read at each use: nothing is
   reloaded, no file written, and opening one costs the same with ten agents as with a thousand.
2. The records are written by the context `accounts`, which the engine starts by an Originate of `open_account` or
   `close_account`: AMI itself may not write that database (live_dangerously = no), and ours has no `system` class.
3. Opening again with another secret is the rotation: the old secret is refused from then on.
Why: docs/adr/0004-softphone-accounts.md.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from dialplan import contract

Kind = Literal["browser", "plain"]
"""browser: SIP over WebSocket, DTLS-SRTP; plain: SIP and RTP over UDP, same secret, for tests and benchmarks."""

FAMILY: Final = "softphone"
"""The family in Asterisk's database, named in sorcery.conf."""
AOR: Final[Mapping[str, str]] = MappingProxyType({
    "max_contacts": "1", "remove_existing": "yes", "default_expiration": "120", "minimum_expiration": "30",
    "maximum_expiration": "120", "qualify_frequency": "15", "qualify_timeout": "2.0",
})  # fmt: skip
"""One telephone an agent: a new page replaces the old one. Without qualify Asterisk tells no ContactStatus at all for
such an account, also not at registration; every 15 s costs 3 % of a core with 400 telephones."""
_ACCOUNT: Final = re.compile(r"[a-z][a-z0-9-]{0,47}")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """An AMI Originate that opens or closes an account; OriginateResponse `Success` means done.

    `variables` go into `Variable:` headers as they are: they hold no comma, no quote and no line end.
    """

    channel: str
    context: str
    exten: str
    variables: Mapping[str, str]


def open_account(account: str, secret: str) -> AccountOrder:
    """Let this telephone register with this secret, and with no earlier one. Errors: ValueError on unsafe values."""
    if not _SECRET.fullmatch(secret):
        raise ValueError(
            "A softphone's secret has 16 to 128 letters, digits, dashes or underscores: make it by token_urlsafe."
        )
    return _order("open", {contract.ACCOUNT: _checked(account), contract.ACCOUNT_SECRET: secret})


def close_account(account: str) -> AccountOrder:
    """Let this telephone neither register nor call nor be rung any more; a call that runs goes on."""
    return _order("close", {contract.ACCOUNT: _checked(account)})


def endpoint(kind: Kind, address: str, language: str, rtp_timeout_s: int) -> dict[str, str]:
    """The options of an agent's endpoint; `address`: where the media leaves us; `rtp_timeout_s`: 0 for never."""
    common = {
        "context": contract.SOFTPHONE, "disallow": "all", "direct_media": "no", "rtp_symmetric": "yes",
        "dtmf_mode": "rfc4733", "language": language, "device_state_busy_at": "1", "allow_transfer": "no",
        "allow_subscribe": "no", "media_address": address, "bind_rtp_to_media_address": "yes",
        "rtp_timeout": str(rtp_timeout_s), "rtp_timeout_hold": str(rtp_timeout_s * 225),
        "identify_by": "username", "callerid": f"<{contract.UNREAD_CALLER}>",
    }  # fmt: skip
    if kind == "browser":
        return common | {
            "transport": "ws",
            "webrtc": "yes",
            "dtls_auto_generate_cert": "yes",
            "allow": "opus,alaw,ulaw",
        }
    return common | {"transport": "udp", "allow": "alaw,ulaw"}


def demo_phone(kind: Kind, address: str, language: str) -> dict[str, str]:
    """The options of the demo's browser telephone, one account for all visitors."""
    account = contract.DEMO_PHONE_ACCOUNT
    changes = {"context": contract.DEMO_PHONE, "auth": account, "aors": account}
    options = endpoint(kind, address, language, rtp_timeout_s=0) | changes
    del options["device_state_busy_at"]  # any number of visitors ring at once
    return options


def records(options: Mapping[str, str]) -> dict[str, str]:
    """The values that the context `accounts` writes, by record, with Asterisk's variables still inside."""
    account, secret = f"${{{contract.ACCOUNT}}}", f"${{{contract.ACCOUNT_SECRET}}}"
    auth = {"auth_type": "userpass", "username": account, "password": secret}
    return {
        "aor": _compact(AOR),
        "auth": _compact(auth),
        "endpoint": _compact({**options, "aors": account, "auth": account}),
    }


def _order(exten: str, variables: Mapping[str, str]) -> AccountOrder:
    channel = f"Local/{exten}@{contract.ACCOUNTS}/n"
    return AccountOrder(channel, contract.NOWHERE, "s", MappingProxyType(dict(variables)))


def _checked(account: str) -> str:
    if not _ACCOUNT.fullmatch(account):
        raise ValueError("A softphone's name has small Latin letters, digits and dashes, a letter first, at most 48.")
    return account


def _compact(options: Mapping[str, str]) -> str:
    return json.dumps(dict(options), separators=(",", ":"))
