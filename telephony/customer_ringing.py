"""Rings customers to tell them that power is back, over a link of its own that may do nothing else.

An Originate of a Local channel: one half dials over the trunks in their order, the other speaks when somebody has
answered (dialplan `power-back`). What became of each call is told once, by its OriginateResponse.
"""

from collections.abc import Callable
from typing import Final

from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from dialplan.contract import CALL, LANGUAGE, NUMBER, POWER_BACK, RING, START
from telephony.ami_errors import AmiError
from telephony.ami_link import AmiLink, AmiSettings
from telephony.ami_packet import Packet, variable

EVENT: Final = "OriginateResponse"

Told = Callable[[CallId, bool], None]
"""Of a call: whether it was answered. Called by the link's reader: it must not wait."""


class CannotRing(Exception):
    """The call was not begun, as far as is known; it may be tried again later."""


class CustomerRinging:
    """Start it with `start`, end it with `close`."""

    def __init__(self, settings: AmiSettings) -> None:
        self._told: Told = lambda _call, _answered: None
        self._link = AmiLink(settings, (EVENT,), self._event)

    @property
    def up(self) -> bool:
        return self._link.up

    def answers_to(self, told: Told) -> None:
        """Who is told, from before the start."""
        self._told = told

    def start(self) -> None:
        self._link.start()

    def close(self) -> None:
        self._link.close()

    def ring(self, call: CallId, number: PhoneNumber, language: Language, for_s: float) -> None:
        """Begin to ring; it is given up after `for_s`. Raises CannotRing."""
        fields = (
            ("Channel", f"Local/{RING}@{POWER_BACK}"),
            ("Context", POWER_BACK),
            ("Exten", START),
            ("Priority", "1"),
            ("Timeout", str(round(for_s * 1000))),
            ("ChannelId", call),
            ("Async", "true"),
            variable(CALL, call),
            variable(NUMBER, number),
            variable(LANGUAGE, language),
        )
        try:
            self._link.act("Originate", fields)
        except AmiError as fault:
            raise CannotRing(str(fault)) from fault

    def _event(self, packet: Packet) -> None:
        if packet.kind == EVENT:
            self._told(CallId(packet["Uniqueid"]), packet["Response"] == "Success")
