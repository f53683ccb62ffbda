"""The FastAGI server at its socket: who is let in, what an arrival holds, bounds, refusals and the stop."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from calls.clock import Instant
from calls.ids import CallId, NodeId, is_uuid
from calls.journey import Language
from ivr.channel import Arrival
from prompts.phrase import Phrase
from telephony.agi_channel import AgiChannel
from telephony.agi_environment import LINE_LIMIT, BadEnvironment, arrival, read_environment
from telephony.agi_server import AgiServer, AgiSettings
from telephony.line_reader import LineReader

ADDRESS = "127.0.2.32"
SECRET = "a-long-secret"
CALL = "0190b8a0-0000-7000-8000-000000000001"
NODE = NodeId("main")


class FixedClock:
    def now(self) -> Instant:
        return Instant(1_700_000_000_000)


class NoSpeech:
    def files(self, phrase: Phrase, language: Language) -> list[str]:
        raise AssertionError((phrase, language))


class Journey:
    """Keeps what came; stays in a session while `hold` is not set."""

    def __init__(self) -> None:
        self.came: list[tuple[Arrival, str]] = []
        self.fault: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def answer(self, channel: AgiChannel, come: Arrival, path: str) -> None:
        self.came.append((come, path))
        if self.fault is not None:
            raise self.fault
        if not self.hold.is_set():
            channel.wait_key(60)
        channel.finish("bye", {})


@contextmanager
def server(journey: Journey, **changes: object) -> Iterator[AgiServer]:
    values: dict[str, object] = {"address": ADDRESS, "port": 0, "secret": SECRET, "peers": {"127.0.0.1": NODE}}
    settings = AgiSettings(**(values | changes))  # type: ignore[arg-type]  # fields by name, checked by the dataclass
    running = AgiServer(settings, journey.answer, NoSpeech(), FixedClock())
    running.start()
    try:
        yield running
    finally:
        running.stop()


class Asterisk:
    """One connection as Asterisk makes it; `talk` answers each command until the server closes."""

    def __init__(self, at: AgiServer, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((ADDRESS, at.port), 5, source_address=(source, 0))
        self.lines = self.socket.makefile("rb")
        self.commands: list[str] = []

    def say(self, script: str, name: bytes = b"unknown", callerid: bytes = b"unknown", dnid: bytes = b"88001") -> None:
        self.socket.sendall(
            b"agi_network: yes\nagi_network_script: " + script.encode() + b"\nagi_channel: PJSIP/trunk-00000001\n"
            b"agi_language: ru\nagi_uniqueid: main-1700000000.1\nagi_callerid: " + callerid + b"\n"
            b"agi_calleridname: " + name + b"\nagi_dnid: " + dnid + b"\n\n"
        )

    def talk(self, variables: dict[str, str] | None = None) -> list[str]:
        known = {"CC_CALL": CALL} | (variables or {})
        with suppress(OSError):
            for raw in self.lines:
                command = raw.decode().rstrip("\n")
                self.commands.append(command)
                name = command.split('"')[1]
                if command.startswith("GET FULL VARIABLE"):
                    values = "|".join(known.get(one.strip("${}"), "") for one in name.split("|"))
                    self.socket.sendall(f"200 result=1 ({values})\n".encode())
                elif command.startswith("GET VARIABLE"):
                    value = known.get(name)
                    self.socket.sendall(b"200 result=0\n" if value is None else f"200 result=1 ({value})\n".encode())
                elif command.startswith("WAIT"):
                    self.socket.sendall(b"200 result=0\n")
                else:
                    self.socket.sendall(b"200 result=1\n")
        return self.commands

    def closed(self) -> bool:
        """The server closed without a word."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def test_an_arrival_is_built_and_the_next_step_comes_last() -> None:
    journey = Journey()
    with server(journey) as running:
        caller = Asterisk(running)
        caller.say(f"{SECRET}/ivr", callerid=b"89123456789")
        commands = caller.talk({"CC_LANG": "en"})
    assert commands[-1] == 'SET VARIABLE "IVR_NEXT" "bye"'
    come, path = journey.came[0]
    assert path == "ivr"
    assert (come.call_id, come.node, come.channel, come.leg) == (
        CALL,
        NODE,
        "PJSIP/trunk-00000001",
        "main-1700000000.1",
    )
    assert (come.caller_number, come.dialled, come.language) == ("+79123456789", "88001", Language.EN)
    assert come.enqueued_at is None


def test_a_call_that_comes_back_keeps_its_place() -> None:
    journey = Journey()
    with server(journey) as running:
        caller = Asterisk(running)
        caller.say(f"{SECRET}/menu")
        caller.talk({"CC_ENQUEUED": "1699999999000", "CC_QUEUE": "general", "CC_PRIORITY": "30"})
    come, path = journey.came[0]
    assert (path, come.enqueued_at, come.queue, come.priority_s) == ("menu", 1_699_999_999_000, "general", 30)


def test_a_call_without_an_id_gets_one_for_all_its_legs() -> None:
    journey = Journey()
    with server(journey) as running:
        caller = Asterisk(running)
        caller.say(f"{SECRET}/ivr")
        commands = caller.talk({"CC_CALL": "'; DROP TABLE calls"})
    call_id = journey.came[0][0].call_id
    assert is_uuid(call_id)
    assert f'SET VARIABLE "__CC_CALL" "{call_id}"' in commands


@pytest.mark.parametrize(
    "name", ["Иванов".encode("cp1251"), "Я".encode() * 200, b'"; EXEC System x', "a\u2028b".encode()]
)
def test_a_hostile_caller_name_is_data(name: bytes) -> None:
    journey = Journey()
    with server(journey) as running:
        caller = Asterisk(running)
        caller.say(f"{SECRET}/ivr", name=name, callerid=name)
        commands = caller.talk()
    assert commands[-1] == 'SET VARIABLE "IVR_NEXT" "bye"'
    assert journey.came[0][0].caller_number is None


@pytest.mark.parametrize("script", ["wrong/ivr", f"{SECRET}x/ivr", "ivr", "", f"{SECRET}/other", f"{SECRET}", "é/ivr"])
def test_a_wrong_secret_or_path_is_closed_and_logged_without_the_content(script: str) -> None:
    journey = Journey()
    with capture_logs() as logs, server(journey) as running:
        caller = Asterisk(running)
        caller.say(script)
        assert caller.closed()
    assert journey.came == []
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert SECRET not in str(logs)
    assert "other" not in str(logs)


def test_an_address_outside_the_allow_list_is_closed() -> None:
    journey = Journey()
    with capture_logs() as logs, server(journey) as running:
        assert Asterisk(running, "127.0.2.33").closed()
    assert "allow list" in logs[0]["event"]


@pytest.mark.parametrize(
    "headers",
    [
        b"x" * 65_536,
        b"agi_callerid: " + b"9" * LINE_LIMIT + b"\n",
        b"agi_callerid: 1\r\nagi_network: yes\n\n",
        b"agi_callerid: 1\0\n\n",
        b"agi_arg_1: 1\n" * 200,
        b"GET / HTTP/1.1\n\n",
    ],
)
def test_headers_that_asterisk_never_sends_are_refused(headers: bytes) -> None:
    journey = Journey()
    with capture_logs() as logs, server(journey) as running:
        caller = Asterisk(running)
        with suppress(OSError):
            caller.socket.sendall(headers)
        assert caller.closed()
    assert journey.came == []
    assert logs[0]["event"] == "agi session refused"


def test_slow_headers_end_at_the_timeout() -> None:
    journey = Journey()
    with capture_logs() as logs, server(journey, header_timeout_s=0.1) as running:
        caller = Asterisk(running)
        caller.socket.sendall(b"agi_network: yes\n")
        assert caller.closed()
    assert logs[0]["reason"] == "the headers did not come in time"


def test_the_sessions_are_bounded_and_a_place_is_free_again_after_a_call() -> None:
    journey = Journey()
    journey.hold.clear()
    with capture_logs() as logs, server(journey, sessions=1, drain_s=0) as running:
        first = Asterisk(running)
        first.say(f"{SECRET}/ivr")
        for _ in range(6):
            first.lines.readline()
            first.socket.sendall(b"200 result=0\n")
        first.lines.readline()
        assert Asterisk(running).closed()
        assert running.refused == 1
        journey.hold.set()
        first.socket.sendall(b"HANGUP\n")
        assert first.closed()
        second = Asterisk(running)
        second.say(f"{SECRET}/ivr")
        assert second.talk()[-1] == 'SET VARIABLE "IVR_NEXT" "bye"'
    assert any("all sessions are taken" in entry["event"] for entry in logs)


def test_a_fault_in_a_flow_is_logged_with_its_place_but_without_its_message() -> None:
    journey = Journey()
    journey.fault = ValueError("PIN 4711")
    with capture_logs() as logs, server(journey) as running:
        caller = Asterisk(running)
        caller.say(f"{SECRET}/ivr")
        commands = caller.talk()
    assert not any("IVR_NEXT" in command for command in commands)
    assert logs[-1]["fault"] == "ValueError"
    assert logs[-1]["call_id"] == CALL
    assert "4711" not in str(logs)


def test_the_stop_lets_a_call_end_and_takes_no_new_one() -> None:
    journey = Journey()
    journey.hold.clear()
    with server(journey) as running:
        place = (ADDRESS, running.port)
        caller = Asterisk(running)
        caller.say(f"{SECRET}/ivr")
        for _ in range(6):
            caller.lines.readline()
            caller.socket.sendall(b"200 result=0\n")
        cut: list[int] = []
        stopper = threading.Thread(target=lambda: cut.append(running.stop()))
        stopper.start()
        caller.talk()
        stopper.join(5)
        assert cut == [0]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place, 5)
    assert caller.commands[-1] == 'SET VARIABLE "IVR_NEXT" "bye"'


def test_the_stop_cuts_what_does_not_end_in_time() -> None:
    journey = Journey()
    journey.hold.clear()
    with server(journey, drain_s=0.05) as running:
        caller = Asterisk(running)
        caller.say(f"{SECRET}/ivr")
        for _ in range(6):
            caller.lines.readline()
            caller.socket.sendall(b"200 result=0\n")
        assert running.stop() == 1
        assert running.live == 0


@given(st.binary(max_size=600))
def test_any_bytes_are_headers_or_a_refusal(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        try:
            headers = read_environment(LineReader(ours), time.monotonic() + 5)
        except BadEnvironment:
            return
    assert all(name.startswith("agi_") for name in headers)


@given(
    st.dictionaries(st.sampled_from(["agi_callerid", "agi_dnid", "agi_language", "agi_channel"]), st.text()),
    st.dictionaries(st.sampled_from(["CC_QUEUE", "CC_ENQUEUED", "CC_PRIORITY", "CC_LANG"]), st.text()),
)
def test_any_values_make_a_believable_arrival(environment: dict[str, str], variables: dict[str, str]) -> None:
    come = arrival(environment, variables, NODE, CallId(CALL), Instant(1))
    assert come.caller_number is None or come.caller_number.startswith("+")
    assert 0 <= come.priority_s <= 86_400
    assert len(come.dialled) <= 32
