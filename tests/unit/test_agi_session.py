"""Each mend of pyst2's AGI (docs/telephony.md), against a toy Asterisk."""

import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channel import CallerHungUp
from telephony.agi_reply import AgiFault, AgiReply, SoundMissing, parse_reply
from telephony.agi_session import REPLY_LIMIT, CallAgi
from telephony.line_reader import LineReader
from tests.kit.agi_peer import AgiPeer, answers


def test_runs_outside_the_main_thread_and_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    keys: list[str] = []
    with AgiPeer(answers({"WAIT FOR DIGIT": b"200 result=53\n"})) as peer:
        thread = threading.Thread(target=lambda: keys.append(peer.agi.wait_for_digit(3000)))
        thread.start()
        thread.join(5)
    assert keys == ["5"]
    assert capfd.readouterr() == ("", "")


def test_a_name_in_another_code_page_does_not_end_the_call() -> None:
    name = "Иван".encode("cp1251")
    with AgiPeer(answers({"GET VARIABLE": b"200 result=1 (" + name + b")\n"})) as peer:
        assert peer.agi.get_variable("CALLERID(name)") == "\ufffd" * 4


def test_surrogates_in_a_value_are_sent_as_question_marks() -> None:
    with AgiPeer(answers({}, b"200 result=1\n")) as peer:
        peer.agi.set_variable("X", "a\udcffb")
    assert peer.commands == ['SET VARIABLE "X" "a?b"']


@pytest.mark.parametrize("hostile", ["a\nEXEC System reboot", "a\rb", "a\0b"])
def test_a_line_break_in_a_value_never_leaves(hostile: str) -> None:
    with AgiPeer(answers({})) as peer:
        with pytest.raises(AgiFault, match="line break"):
            peer.agi.set_variable("X", hostile)
        with pytest.raises(AgiFault, match="line break"):
            peer.agi.say_digits("1", hostile)  # type: ignore[no-untyped-call]  # pyst2's own method
        peer.agi.execute("NOOP")
    assert peer.commands == ["NOOP"]


def test_quotes_and_backslashes_are_escaped_and_every_argument_is_quoted() -> None:
    with AgiPeer(answers({}, b"200 result=0 endpos=8000\n")) as peer:
        peer.agi.set_variable("X", 'a"b\\')
        peer.agi.stream_file("ru/one two", "12#")
        peer.agi.set_callerid('x" y')  # type: ignore[no-untyped-call]  # pyst2's own method
    assert peer.commands == [
        'SET VARIABLE "X" "a\\"b\\\\"',
        'STREAM FILE "ru/one two" "12#"',
        'SET CALLERID "x\\" y"',
    ]


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=200))
def test_what_is_quoted_reads_back_as_one_argument(value: str) -> None:
    session = CallAgi.__new__(CallAgi)
    quoted = session._quote(value)
    inner = quoted[1:-1]
    back, position = "", 0
    while position < len(inner):
        if inner[position] == "\\":
            position += 1
        else:
            assert inner[position] != '"'
        back += inner[position]
        position += 1
    assert back == value


@pytest.mark.parametrize(
    "reply",
    [
        b"200 result=-1\n",
        b"HANGUP\n",
        b"511 Command Not Permitted on a dead channel or intercept routine\n",
        b"511-Command not permitted\n",
        None,
    ],
)
def test_every_form_of_the_callers_end_is_one_exception_and_nothing_more_is_sent(reply: bytes | None) -> None:
    with AgiPeer(answers({}, reply)) as peer:
        with pytest.raises(CallerHungUp):
            peer.agi.wait_for_digit(1000)
        with pytest.raises(CallerHungUp):
            peer.agi.set_variable("X", "1")
    assert peer.commands == ['WAIT FOR DIGIT "1000"']


def test_a_reset_connection_is_a_caller_who_has_gone() -> None:
    with socket.create_server(("127.0.2.31", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        with ours, pytest.raises(CallerHungUp):
            CallAgi(ours, LineReader(ours), {}).wait_for_digit(1000)


def test_trying_is_read_over() -> None:
    with AgiPeer(answers({}, b"100 result=0 Trying...\n200 result=49\n")) as peer:
        assert peer.agi.wait_for_digit(1000) == "1"


def test_a_usage_text_is_our_mistake_and_the_session_goes_on() -> None:
    usage = b"520-Invalid command syntax.  Proper usage follows:\nText\n520 End of proper usage.\n"
    with AgiPeer(answers({"STREAM": usage, "NOOP": b"510 Invalid or unknown command\n"}, b"200 result=1\n")) as peer:
        with pytest.raises(AgiFault, match="our mistake"):
            peer.agi.stream_file("x")
        with pytest.raises(AgiFault, match="our mistake"):
            peer.agi.execute("NOOP")
        peer.agi.set_variable("X", "1")
    assert len(peer.commands) == 3


def test_a_usage_text_without_end_does_not_spin() -> None:
    with AgiPeer(answers({}, b"520-Usage\n" + b"more\n" * 200)) as peer, pytest.raises(AgiFault, match="no end"):
        peer.agi.execute("NOOP")


def test_a_frozen_asterisk_ends_the_wait() -> None:
    clock = iter([15.99, 17.0])
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(AgiFault, match="frozen"):
        CallAgi(ours, LineReader(ours, lambda: next(clock)), {}, lambda: 0.0).wait_for_digit(1000)


def test_a_reply_without_end_is_refused_within_the_limit() -> None:
    with AgiPeer(answers({}, b"2" * (REPLY_LIMIT * 2))) as peer, pytest.raises(AgiFault, match="more than"):
        peer.agi.execute("NOOP")


def test_the_stored_word_hangup_is_a_word_and_a_missing_entry_none() -> None:
    table = {'DATABASE GET "f" "a"': b"200 result=1 (hangup)\n", "DATABASE GET": b"200 result=0\n"}
    with AgiPeer(answers(table)) as peer:
        assert peer.agi.database_get("f", "a") == "hangup"
        assert peer.agi.database_get("f", "b") is None


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"200 result=12 (timeout)\n", ("12", True)),
        (b"200 result=1234\n", ("1234", False)),
        (b"200 result= (timeout)\n", ("", True)),
    ],
)
def test_get_data_tells_a_timeout(reply: bytes, expected: tuple[str, bool]) -> None:
    with AgiPeer(answers({}, reply)) as peer:
        assert peer.agi.get_data("ask", 1000, 4) == expected


def test_a_missing_sound_is_a_fault_while_the_caller_is_there() -> None:
    table = {"STREAM FILE": b"200 result=-1 endpos=0\n", "CHANNEL STATUS": b"200 result=6\n"}
    with AgiPeer(answers(table)) as peer, pytest.raises(SoundMissing):
        peer.agi.stream_file("gone")


def test_a_hangup_at_the_first_sample_is_no_missing_sound() -> None:
    table = {"STREAM FILE": b"200 result=-1 endpos=0\n", "CHANNEL STATUS": b"HANGUP\n"}
    with AgiPeer(answers(table)) as peer, pytest.raises(CallerHungUp):
        peer.agi.stream_file("x")


def test_finish_sets_the_next_step_last() -> None:
    with AgiPeer(answers({}, b"200 result=1\n")) as peer:
        peer.agi.finish("wait", {"CC_QUEUE": "general", "CC_LANG": "ru"})
    assert peer.commands == [
        'SET VARIABLE "CC_QUEUE" "general"',
        'SET VARIABLE "CC_LANG" "ru"',
        'SET VARIABLE "IVR_NEXT" "wait"',
    ]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("200 result=1 (a) b)", AgiReply("1", "a) b")),
        ("200 result=0 endpos=3404", AgiReply("0", None, 3404)),
        ("200 result=0 (timeout) endpos=80", AgiReply("0", "timeout", 80)),
        ("200 result=1 ()", AgiReply("1", "")),
        ("200 result=1 (x\u2028200 result=2)", AgiReply("1", "x\u2028200 result=2")),
    ],
)
def test_replies(line: str, reply: AgiReply) -> None:
    assert parse_reply(line) == reply


@given(st.text())
def test_any_line_is_a_reply_or_a_fault(line: str) -> None:
    try:
        reply = parse_reply("200" + line)
        _ = reply.key
    except AgiFault:
        pass
    else:
        assert len(reply.key) <= 1


@given(st.text(st.characters(exclude_characters="\n")))
def test_any_value_of_a_variable_comes_back_whole(value: str) -> None:
    assert parse_reply(f"200 result=1 ({value})").note == value


def test_several_variables_are_asked_for_at_once() -> None:
    with AgiPeer(answers({"GET FULL VARIABLE": b"200 result=1 (x||(z)\n"})) as peer:
        assert peer.agi.get_variables(("A", "B", "C")) == {"A": "x", "B": "", "C": "(z"}
    assert peer.commands == ['GET FULL VARIABLE "${A}|${B}|${C}"']


def test_a_value_with_the_separator_makes_them_be_asked_one_by_one() -> None:
    table = {"GET FULL VARIABLE": b"200 result=1 (x|y|z)\n", "GET VARIABLE": b"200 result=1 (x|y)\n"}
    with AgiPeer(answers(table)) as peer:
        assert peer.agi.get_variables(("A", "B")) == {"A": "x|y", "B": "x|y"}
