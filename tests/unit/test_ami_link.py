"""The supervised link, against a toy manager interface: each mend of asterisk-ami (docs/telephony.md)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from calls.ids import NodeId
from telephony.ami_errors import ActionRefused, AmiTimeout, LinkLost
from telephony.ami_link import AmiLink, AmiSettings
from telephony.ami_packet import BadAction, Packet
from tests.kit.ami_peer import AmiPeer, refusal, success
from tests.kit.waiting import eventually_sync

HANGUP = b"Event: Hangup\r\nUniqueid: %d\r\n\r\n"


class Watch:
    """What the link told its owner."""

    def __init__(self) -> None:
        self.events: list[Packet] = []
        self.ups = 0
        self.downs = 0
        self.fault: Exception | None = None

    def event(self, packet: Packet) -> None:
        self.events.append(packet)
        if self.fault is not None:
            raise self.fault

    def up(self) -> None:
        self.ups += 1

    def down(self) -> None:
        self.downs += 1

    def kinds(self) -> list[str]:
        return [packet.kind for packet in self.events]


@contextmanager
def link(peer: AmiPeer, watch: Watch, timeout_s: float = 2.0, ping_s: float = 5.0) -> Iterator[AmiLink]:
    settings = AmiSettings(
        NodeId("main"), peer.address, peer.port, "u", "s", timeout_s, ping_s=ping_s, pause_first_s=0.01, boot_s=1
    )
    running = AmiLink(settings, ["Hangup"], watch.event, watch.up, watch.down)
    running.start()
    try:
        yield running
    finally:
        running.close()


def test_it_logs_in_waits_for_the_boot_and_then_is_up() -> None:
    watch = Watch()
    with AmiPeer() as peer, link(peer, watch) as running:
        assert running.wait_up(5)
        assert peer.names() == ["Login"]
        assert (watch.ups, watch.downs) == (1, 0)


def test_a_server_that_is_down_at_the_start_is_found_later() -> None:
    watch = Watch()
    peer = AmiPeer()
    peer.greeting = b"SSH-2.0\r\n"
    with peer, link(peer, watch) as running:
        eventually_sync(lambda: peer.connections >= 2, 5, "a second try")
        assert not running.up
        peer.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        assert running.wait_up(5)


def test_a_cut_link_comes_back_and_is_resynced() -> None:
    watch = Watch()
    with AmiPeer() as peer, link(peer, watch) as running:
        assert running.wait_up(5)
        peer.cut()
        eventually_sync(lambda: watch.ups == 2, 5, "a second resync")
        assert watch.downs >= 1


def test_an_action_that_waits_fails_when_the_link_is_lost() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        return None if action["Action"] == "Hangup" else success(action)

    with AmiPeer(reply) as peer, link(peer, Watch(), timeout_s=10) as running:
        assert running.wait_up(5)
        failed: list[Exception] = []

        def act() -> None:
            try:
                running.act("Hangup", [("Channel", "x")])
            except LinkLost as fault:
                failed.append(fault)

        thread = threading.Thread(target=act)
        thread.start()
        eventually_sync(lambda: "Hangup" in peer.names(), 5, "the action arrives")
        peer.cut()
        thread.join(3)
        assert len(failed) == 1


def test_a_frozen_asterisk_is_found_by_the_ping() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        return None if action["Action"] == "Ping" and peer.connections == 1 else success(action)

    watch = Watch()
    with AmiPeer(reply) as peer, link(peer, watch, timeout_s=0.1, ping_s=0.05) as running:
        assert running.wait_up(5)
        eventually_sync(lambda: peer.connections == 2 and running.up, 5, "a new link")
    assert watch.downs >= 1


def test_no_answer_raises_and_takes_the_link_down() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        return None if action["Action"] == "Redirect" else success(action)

    with AmiPeer(reply) as peer, link(peer, Watch(), timeout_s=0.2) as running:
        assert running.wait_up(5)
        with pytest.raises(AmiTimeout):
            running.act("Redirect")
        eventually_sync(lambda: peer.connections == 2, 5, "a new link")


def test_a_wrong_secret_is_said_and_tried_again() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        return refusal(action, "Authentication failed")

    with capture_logs() as logs, AmiPeer(reply) as peer, link(peer, Watch()) as running:
        eventually_sync(lambda: peer.connections >= 2, 5, "a second try")
        assert not running.up
    assert "check user and secret" in logs[0]["event"]


def test_without_a_link_an_action_fails_at_once() -> None:
    settings = AmiSettings(NodeId("main"), "127.0.2.42", 1, "u", "s")
    with pytest.raises(LinkLost):
        AmiLink(settings, [], Watch().event).act("Ping")


def test_unwanted_events_are_dropped_and_a_failing_listener_does_not_end_the_reader() -> None:
    watch = Watch()
    watch.fault = ValueError("secret")
    with capture_logs() as logs, AmiPeer() as peer, link(peer, watch) as running:
        assert running.wait_up(5)
        peer.say(b"Event: VarSet\r\nVariable: PIN=1\r\n\r\n" + HANGUP % 1 + HANGUP % 2)
        eventually_sync(lambda: watch.kinds().count("Hangup") == 2, 5, "both hangups")
        assert running.up
    assert "VarSet" not in watch.kinds()
    assert "secret" not in str(logs)


def test_hostile_events_pass_as_data() -> None:
    watch = Watch()
    name = "status will follow\u2028Event: Hangup".encode() + "Я".encode("cp1251") + b"z" * 64_000
    with AmiPeer() as peer, link(peer, watch) as running:
        assert running.wait_up(5)
        peer.say(b"Event: Hangup\r\nCallerIDName: " + name + b"\r\nUniqueid: 1\r\n\r\n" + HANGUP % 2)
        eventually_sync(lambda: watch.kinds().count("Hangup") == 2, 5, "both hangups")
        assert running.up
    assert [packet["Uniqueid"] for packet in watch.events if packet.kind == "Hangup"] == ["1", "2"]


def test_a_packet_without_end_costs_the_link_and_not_the_memory() -> None:
    watch = Watch()
    with AmiPeer() as peer, link(peer, watch) as running:
        assert running.wait_up(5)
        peer.say(b"Event: Hangup\r\nCallerIDName: " + b"z" * (3 << 20))
        eventually_sync(lambda: watch.ups == 2, 5, "a new link")


def test_the_rows_of_a_list_come_together_and_apart_from_events() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        if action["Action"] != "Status":
            return success(action)
        tag = f"ActionID: {action['ActionID']}\r\n\r\n".encode()
        return (
            success(action, "Channel status will follow")
            + b"Event: Status\r\nUniqueid: 1\r\n" + tag + HANGUP % 7
            + b"Event: Status\r\nUniqueid: 2\r\n" + tag + b"Event: StatusComplete\r\n" + tag
        )  # fmt: skip

    watch = Watch()
    with AmiPeer(reply) as peer, link(peer, watch) as running:
        assert running.wait_up(5)
        rows = running.rows("Status", "StatusComplete")
        eventually_sync(lambda: "Hangup" in watch.kinds(), 5, "the event among the rows")
    assert [row["Uniqueid"] for row in rows] == ["1", "2"]


def test_a_list_that_answers_an_error_does_not_wait_for_its_end() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        return refusal(action, "No Contacts found") if "Show" in action["Action"] else success(action)

    with AmiPeer(reply) as peer, link(peer, Watch(), timeout_s=30) as running:
        assert running.wait_up(5)
        with pytest.raises(ActionRefused, match="No Contacts"):
            running.rows("PJSIPShowContacts", "ContactListComplete")


def test_an_injection_is_refused_and_the_link_lives_on() -> None:
    with AmiPeer() as peer, link(peer, Watch()) as running:
        assert running.wait_up(5)
        with pytest.raises(BadAction):
            running.act("Setvar", [("Value", "1\r\n\r\nAction: Originate")])
        running.act("Ping")
        assert peer.names() == ["Login", "Ping"]


def test_many_threads_send_whole_actions_and_get_their_own_answers() -> None:
    def reply(action: dict[str, str]) -> bytes | None:
        return success(action, action.get("Value", ""))

    answers: dict[int, str] = {}
    with AmiPeer(reply) as peer, link(peer, Watch(), timeout_s=10) as running:
        assert running.wait_up(5)

        def act(number: int) -> None:
            answers[number] = running.act("Setvar", [("Variable", "X"), ("Value", str(number))])["Message"]

        threads = [threading.Thread(target=act, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert answers == {number: str(number) for number in range(20)}


def test_a_resync_can_be_asked_for_on_the_living_link() -> None:
    watch = Watch()
    with AmiPeer() as peer, link(peer, watch, ping_s=0.02) as running:
        assert running.wait_up(5)
        running.resync()
        eventually_sync(lambda: watch.ups == 2, 5, "a second resync")
        assert peer.connections == 1


def test_closing_leaves_no_thread() -> None:
    before = threading.active_count()
    with AmiPeer() as peer:
        with link(peer, Watch()) as running:
            assert running.wait_up(5)
        eventually_sync(lambda: "Logoff" in peer.names(), 5, "the log-off")
    eventually_sync(lambda: threading.active_count() <= before, 5, "all threads end")
