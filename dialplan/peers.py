"""The other Asterisk nodes of one call centre: a caller here is joined with an agent whose telephone is there. Pure.

1. A peer is known by its address. It reaches the context `from-node`, which rings agents' telephones and nothing else.
2. The engine names agent and call in headers of the INVITE that it has sent from the caller's node; the peer reads no
   other part of it.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from dialplan import contract

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Peer:
    """Another node, by the name that the settings give it, and where its SIP is."""

    name: str
    address: str
    port: int = 5060

    @property
    def endpoint(self) -> str:
        return contract.node_endpoint(self.name)

    def faults(self) -> list[str]:
        """What could not be written safely, a sentence each."""
        if not _NAME.fullmatch(self.name):
            return [f"The node {self.name!r:.40} has an unfit name: use small Latin letters, digits and dashes."]
        try:
            ip_address(self.address)
        except ValueError:
            return [f"The node {self.name} is at {self.address!r:.40}: write an IP address."]
        return []
