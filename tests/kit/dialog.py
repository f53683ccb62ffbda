"""The memory of one SIP dialog (RFC 3261, 12): tags, target and numbers, from which its requests are made."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.kit.sip import Message, new_branch, parameter, token, uri_of
from tests.kit.udp import Address


@dataclass(slots=True)
class Dialog:
    """One side's view; `remote` gets its tag from the first answer that has one."""

    here: Address
    peer: Address
    contact: bytes
    local: bytes
    remote: bytes
    target: bytes
    call_id: bytes = field(default_factory=lambda: token() + b"@kit")
    tag: bytes = field(default_factory=token)
    number: int = 0

    def request(
        self,
        method: str,
        headers: Iterable[tuple[str, bytes]] = (),
        body: bytes = b"",
        number: int | None = None,
    ) -> Message:
        """A new request; `number` repeats a CSeq number (ACK), otherwise the next one is taken."""
        if number is None:
            self.number += 1
            number = self.number
        name = method.encode("ascii")
        common = [
            ("Via", b"SIP/2.0/UDP %s:%d;branch=%s;rport" % (self.here[0].encode(), self.here[1], new_branch())),
            ("Max-Forwards", b"70"),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", b"%d %s" % (number, name)),
            ("Contact", self.contact),
            *headers,
        ]
        if body:
            common.append(("Content-Type", b"application/sdp"))
        return Message(name + b" " + self.target + b" SIP/2.0", tuple(common), body)

    def learn(self, reply: Message) -> None:
        """Take the other side's tag and contact from an answer."""
        if parameter(reply.get("To"), "tag"):
            self.remote = reply.get("To")
        if reply.get("Contact"):
            self.target = uri_of(reply.get("Contact"))


def outgoing(here: Address, peer: Address, contact: bytes, caller: bytes, target: bytes) -> Dialog:
    """The dialog of a call or registration that we begin; `caller` is the From without its tag."""
    tag = token()
    return Dialog(here, peer, contact, caller + b";tag=" + tag, b"<" + target + b">", target, tag=tag)


def incoming(here: Address, peer: Address, contact: bytes, invite: Message) -> Dialog:
    """The dialog of a call that came to us."""
    tag = token()
    return Dialog(
        here,
        peer,
        contact,
        invite.get("To") + b";tag=" + tag,
        invite.get("From"),
        uri_of(invite.get("Contact")) or uri_of(invite.get("From")),
        call_id=invite.get("Call-ID"),
        tag=tag,
    )


def cancel(invite: Message) -> Message:
    """The CANCEL of an INVITE: same branch, number and addresses (RFC 3261, 9.1)."""
    kept = [(k, v) for k, v in invite.headers if re.fullmatch("Via|Max-Forwards|From|To|Call-ID", k)]
    headers = (*kept, ("CSeq", b"%d CANCEL" % invite.number))
    return Message(b"CANCEL " + invite.uri + b" SIP/2.0", headers)
