"""The SIP accounts of the agents' telephones on the living switch: a new secret at sign-in, none after sign-out.

What is written and why: dialplan/softphones.py. All nodes get the account, since a page may register at any.
"""

import secrets
from collections.abc import Sequence

from calls.ids import AgentId
from dialplan.contract import softphone
from dialplan.softphones import AccountOrder, close_account, open_account
from telephony.ami_errors import ActionRefused, AmiError
from telephony.ami_link import AmiLink
from telephony.ami_packet import variable

_SECRET_BYTES = 24


class SoftphonesUnavailable(Exception):
    """A switch did not take the account. Sign in again when `callcentre check` says that Asterisk is up."""


class SoftphoneAccounts:
    """Over started links (one a node). Called from the desk's threads, never from a link's listener."""

    def __init__(self, links: Sequence[AmiLink]) -> None:
        self._links = links

    def rotate(self, agent_id: AgentId) -> str:
        """Open the agent's account with a new secret, valid at once; the former one is refused from now on.

        Raises SoftphonesUnavailable.
        """
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        self._order(open_account(softphone(agent_id), secret))
        return secret

    def revoke(self, agent_id: AgentId) -> None:
        """Close the account: it can neither register nor be rung; a talk goes on. Raises SoftphonesUnavailable."""
        self._order(close_account(softphone(agent_id)))

    def _order(self, order: AccountOrder) -> None:
        variables = [variable(name, value) for name, value in order.variables.items()]
        # Not Async: Asterisk answers when the context has written all, a few milliseconds.
        place = (("Channel", order.channel), ("Context", order.context), ("Exten", order.exten), ("Priority", "1"))
        for link in self._links:
            try:
                link.act("Originate", (*place, ("Timeout", "2000"), *variables))
            except ActionRefused as refusal:
                raise SoftphonesUnavailable(f"{link.settings.node}: {refusal.reason}") from refusal
            except AmiError as fault:
                raise SoftphonesUnavailable(str(fault)) from fault
