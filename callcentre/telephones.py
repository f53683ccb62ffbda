"""The browser telephones' accounts: the agents' (ports.Softphones) and the demo's booth (ports.PhoneBooth)."""

from dataclasses import dataclass

from agent_desktop.ports import BoothMessage, DemoCaller, SipAccount, TelephonesUnavailable
from callcentre.installation import Installation
from callcentre.prepare import asterisk_config
from callcentre.settings_trunks import read_secret
from calls.clock import Clock
from calls.ids import AgentId, NodeId
from calls.numbers import parse_number, spoken_form
from customers import demo
from database.post_box import DatabasePostBox
from dialplan.contract import DEMO_PHONE_ACCOUNT, softphone
from telephony.ami_link import AmiSettings
from telephony.softphones import SoftphoneAccounts, SoftphonesUnavailable


@dataclass(frozen=True, slots=True)
class Telephones:
    """The agents' accounts at the node of this address."""

    accounts: SoftphoneAccounts
    realm: str

    def rotate(self, agent_id: AgentId) -> SipAccount:
        """A new secret, valid at once."""
        try:
            return SipAccount(softphone(agent_id), self.accounts.rotate(agent_id), self.realm)
        except SoftphonesUnavailable as away:
            raise TelephonesUnavailable(str(away)) from away

    def revoke(self, agent_id: AgentId) -> None:
        try:
            self.accounts.revoke(agent_id)
        except SoftphonesUnavailable as away:
            raise TelephonesUnavailable(str(away)) from away


@dataclass(frozen=True, slots=True)
class Booth:
    """The demo's browser telephone and whom it can ring as. `post_box`: None where a gateway sends the SMS."""

    installation: Installation
    post_box: DatabasePostBox | None
    clock: Clock

    def account(self) -> SipAccount:
        secret = self.installation.keys.text("demo-phone")
        return SipAccount(DEMO_PHONE_ACCOUNT, secret, self.installation.settings.asterisk.address)

    def callers(self) -> tuple[DemoCaller, ...]:
        return tuple(DemoCaller(fixed.word, spoken_form(fixed.phone), fixed.number, fixed.pin) for fixed in demo.FIXED)

    def hotline(self) -> str:
        return self.installation.settings.trunk.hotline

    def has_post_box(self) -> bool:
        return self.post_box is not None

    def messages(self, caller: DemoCaller) -> tuple[BoothMessage, ...]:
        number = parse_number(caller.phone)
        if self.post_box is None or number is None:
            return ()
        return tuple(
            BoothMessage(one.notice_id, one.text, one.at) for one in self.post_box.of(number, self.clock.now())
        )


def ami_settings(installation: Installation) -> AmiSettings:
    """The login at this machine's node, as it was rendered."""
    config = asterisk_config(installation)
    return AmiSettings(NodeId(config.node), config.control, config.ami_port, config.ami_user, config.ami_secret)


def power_back_settings(installation: Installation) -> AmiSettings:
    """The login of whoever rings customers, at this machine's node: it may do nothing else."""
    config = asterisk_config(installation)
    return AmiSettings(NodeId(config.node), config.control, config.ami_port, config.power_user, config.power_secret)


def all_nodes(installation: Installation) -> list[AmiSettings]:
    """The logins at this machine's node and at every other one. Raises OSError for a secret that cannot be read."""
    own = ami_settings(installation)
    others = installation.settings.nodes.items()
    return [
        own,
        *(
            AmiSettings(NodeId(name), other.ami_address, other.ami_port, own.user, read_secret(other.secret_file))
            for name, other in others
        ),
    ]
