"""What `callcentre check` says of a trunk, from the console's tables as Asterisk 22 prints them."""

import pytest

from callcentre.trunk_states import trunk_state
from dialplan.trunks import Trunk

TRUNK = Trunk("alpha", ("192.0.2.10",), "192.0.2.10", user="74950000000", secret="x")
REGISTRATIONS = """
 <Registration/ServerURI..............................>  <Auth....................>  <Status.......>
==========================================================================================

 trunk-alpha/sip:192.0.2.10:5060                         trunk-alpha                 {status}        (exp. 120s)
"""
CONTACTS = """
  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>

  Contact:  trunk-alpha/sip:192.0.2.10:5060                9782c4414d {status}         {rtt}
"""


@pytest.mark.parametrize(
    ("registration", "contact", "rtt", "fine", "said"),
    [
        ("Registered", "Avail", "1.707", True, "registered; answers in 2 ms"),
        ("Registered", "NonQual", "-nan", True, "registered; not asked yet"),
        ("Rejected", "Avail", "1.7", False, "correct user and secret_file"),
        ("Unregistered", "Unavail", "nan", False, "not registered at 192.0.2.10"),
        ("Registered", "Unavail", "nan", False, "192.0.2.10 does not answer"),
    ],
)
def test_registration_and_answer(registration: str, contact: str, rtt: str, fine: bool, said: str) -> None:
    tables = REGISTRATIONS.format(status=registration), CONTACTS.format(status=contact, rtt=rtt)
    state = trunk_state(TRUNK, *tables)
    assert (state.fine, said in state.said) == (fine, True), state.said


def test_a_trunk_that_only_takes_calls_is_fine_by_itself() -> None:
    state = trunk_state(Trunk("trunk", ("192.0.2.1",)), "", "")
    assert (state.fine, state.said) == (True, "takes calls from 192.0.2.1")
