"""A provider of telephone lines, played by a second real Asterisk: it takes registrations and calls, and rings us.

    with provider("127.32.5.11", customer="127.32.5.1") as alpha:
        ...

It asks for a password at each registration and call. The number that is dialled says what happens: it ends in 486
(busy), 603 (declined), 480 (nobody there), 404 (no such number), 503 (the provider cannot), 180 (rings for ever); every
other is answered and plays music.
"""

from typing import Any, Final

from tests.kit.asterisk import AsteriskNode

USER: Final = "74950000000"
SECRET: Final = "provider's-secret!#1"

_SIP: Final = """
[customer]
type = endpoint
context = provider
transport = udp
disallow = all
allow = alaw,ulaw
direct_media = no
aors = {user}
auth = customer
identify_by = username,ip
media_address = {address}
bind_rtp_to_media_address = yes

[customer]
type = identify
endpoint = customer
match = {customer}

[customer]
type = auth
auth_type = userpass
username = {user}
password = {secret}

[{user}]
type = aor
max_contacts = 1
remove_existing = yes
minimum_expiration = 1
qualify_frequency = 0
"""
_EXTENSIONS: Final = """
[provider]
exten => _XXXXXXX.,1,Goto(${EXTEN:-3},1)
exten => _+XXXXXXX.,1,Goto(${EXTEN:-3},1)
exten => 486,1,Hangup(17)
exten => 603,1,Hangup(21)
exten => 480,1,Hangup(19)
exten => 404,1,Hangup(1)
exten => 503,1,Hangup(34)
exten => 180,1,Dial(Local/silent@provider)
exten => silent,1,Wait(100)
exten => i,1,Answer()
 same => n,StartMusicOnHold(hold)
 same => n,Wait(100)
 same => n,Hangup()
"""


def provider(address: str, customer: str, secret: str = SECRET, **changes: Any) -> AsteriskNode:
    """A provider at `address` that knows one customer, an Asterisk at `customer`."""
    return AsteriskNode.fresh(
        address,
        node="provider",
        extra_sip=_SIP.format(address=address, customer=customer, user=USER, secret=secret),
        extra_extensions=_EXTENSIONS,
        **changes,
    )
