"""SIP digest authentication (RFC 3261, RFC 7616, RFC 8760): MD5 and SHA-256, with and without qop."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_STRENGTH: Final = {"MD5": "md5", "SHA-256": "sha256"}
_PAIR: Final = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class NoUsableChallenge(ValueError):
    """The server asks for a scheme or an algorithm that we do not speak."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A SIP account's name and secret."""

    user: str
    secret: str


def _fields(challenge: bytes) -> dict[str, str]:
    scheme, _, rest = challenge.decode("utf-8", "replace").strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _PAIR.finditer(rest)}


def authorization(
    challenges: Sequence[bytes], method: str, uri: bytes, credentials: Credentials, cnonce: str = ""
) -> bytes:
    """The Authorization value for the strongest of the challenges. Errors: NoUsableChallenge."""
    known = [f for f in map(_fields, challenges) if f.get("algorithm", "MD5").upper() in _STRENGTH and "nonce" in f]
    if not known:
        raise NoUsableChallenge(f"none of these can be answered: {list(challenges)!r}")
    asked = max(known, key=lambda f: list(_STRENGTH).index(f.get("algorithm", "MD5").upper()))
    algorithm = asked.get("algorithm", "MD5").upper()

    def digest(text: str) -> str:
        return hashlib.new(_STRENGTH[algorithm], text.encode()).hexdigest()

    where = uri.decode("utf-8", "surrogateescape")
    realm, nonce = asked.get("realm", ""), asked["nonce"]
    secret = digest(f"{credentials.user}:{realm}:{credentials.secret}")
    asked_for = digest(f"{method}:{where}")
    fields = [f'username="{credentials.user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{where}"']
    if "auth" in [each.strip() for each in asked.get("qop", "").split(",")]:
        cnonce = cnonce or secrets.token_hex(8)
        answer = digest(f"{secret}:{nonce}:00000001:{cnonce}:auth:{asked_for}")
        fields += ["qop=auth", "nc=00000001", f'cnonce="{cnonce}"']
    else:
        answer = digest(f"{secret}:{nonce}:{asked_for}")
    fields += [f'response="{answer}"', f"algorithm={algorithm}"]
    if "opaque" in asked:
        fields.append(f'opaque="{asked["opaque"]}"')
    return ("Digest " + ", ".join(fields)).encode("utf-8", "surrogateescape")
