"""Settings of the other Asterisk nodes: where the engine finds them, and where they find each other."""

from callcentre.settings_values import Address, Loopback, Port, SecretFile, SettingsTable
from dialplan.peers import Peer


class OtherNode(SettingsTable):
    """One node on another machine. Its AMI never crosses a network in the clear: a tunnel of it ends on loopback here.

    `address`, `sip_port`: its SIP, for calls between nodes. `ami_address`, `ami_port`: its AMI, as reached from here;
    `secret_file` holds its secret (`keys/ami` of that machine).
    """

    address: Address
    sip_port: Port = 5060
    ami_address: Loopback
    ami_port: Port = 5038
    secret_file: SecretFile

    def peer(self, name: str) -> Peer:
        return Peer(name, self.address, self.sip_port)
