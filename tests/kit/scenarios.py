"""The scenarios that sipp plays: callers and agents in numbers that Python telephones could not reach.

sipp 3.8 needs care: a timeout must stand on each optional answer before it too, CANCEL takes the INVITE's branch, and
it knows no exponential timeout, so patience is one of a few levels at the quantiles of the exponential distribution.
"""

import math
from pathlib import Path
from typing import Final

PATIENCE_LEVELS: Final = 8
_KEY_MS: Final = 100

_SDP: Final = """Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=kit 1 1 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8 101
      a=rtpmap:8 PCMA/8000
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-15
      a=ptime:20"""
_EMPTY: Final = "Content-Length: 0"
_ANSWER_HEADERS: Final = """[last_Via:]
      [last_From:]
      [last_To:]{tag}
      [last_Call-ID:]
      [last_CSeq:]"""
_COUNTED: Final = "[call_number]"
"""Behind the prefix: each caller has a number of its own."""
_AGENT_TAG: Final = ";tag=[pid]a[call_number]"
_AGENT_CONTACT: Final = "Contact: <sip:agent@[local_ip]:[local_port]>"


def caller_that_stays(caller_prefix: str = "7900", talk_ms: int | None = None, sound: Path | None = None) -> str:
    """Calls and stays: for `talk_ms` after the answer, or until the other side ends the call.

    `sound` is a file of raw A-law that is repeated; without it no RTP is sent.
    """
    caller = caller_prefix + _COUNTED
    talk = _wait_for_bye() if talk_ms is None else f'<pause milliseconds="{talk_ms}"/>\n' + _hang_up_as_caller(caller)
    answers = "\n".join(f'<recv response="{status}" optional="true"/>' for status in (100, 180, 183))
    return _scenario(
        "a caller that stays",
        _request("INVITE", "[branch]", caller, "", _SDP, number=1),
        answers,
        '<recv response="200" rtd="true" rrs="true"/>',
        _request("ACK", "[branch]", caller, "[peer_tag_param]", _EMPTY, number=1, uri="[next_url]"),
        _play(sound),
        talk,
    )


def caller_that_keys(key: str, after_ms: int, stays_ms: int) -> str:
    """Calls from a number of `Load.values`, presses a key so long after the answer and hangs up `stays_ms` later.

    The key goes out by a raw socket, which sipp may open as root only; no other sound is sent.
    """
    caller = "+[field0]"
    return _scenario(
        "a caller that keys",
        _request("INVITE", "[branch]", caller, "", _SDP, number=1),
        "\n".join(f'<recv response="{status}" optional="true"/>' for status in (100, 180, 183)),
        '<recv response="200" rtd="true" rrs="true" timeout="10000"/>',
        _request("ACK", "[branch]", caller, "[peer_tag_param]", _EMPTY, number=1, uri="[next_url]"),
        f'<pause milliseconds="{after_ms}"/>',
        f'<nop><action><exec play_dtmf="{key},{_KEY_MS},101"/></action></nop>',
        f'<pause milliseconds="{_KEY_MS + stays_ms}"/>',
        _hang_up_as_caller(caller),
    )


def queue_caller(patience_mean_ms: float, spread_ms: int | None, caller_prefix: str = "7900") -> str:
    """Calls after a uniform delay up to `spread_ms` (which turns a fixed rate into nearly Poisson arrivals), waits.

    Without `spread_ms` each call's delay in milliseconds is its own of `Load.values`.

    It gives up by CANCEL after a patience that is exponential with this mean, in `PATIENCE_LEVELS` steps; answered,
    it talks until the other side hangs up. The queue must not answer before an agent does.
    """
    branch = "z9hG4bK-[pid]-[call_number]-inv"
    caller = caller_prefix + _COUNTED
    return _scenario(
        "a queue caller with patience",
        _own_pause() if spread_ms is None else f'<pause distribution="uniform" min="0" max="{spread_ms}"/>',
        _request("INVITE", branch, caller, "", _SDP, number=1),
        _patience(patience_mean_ms),
        '<label id="answered"/>',
        _request("ACK", "[branch]", caller, "[peer_tag_param]", _EMPTY, number=1, uri="[next_url]"),
        _wait_for_bye(then="end"),
        '<label id="give-up"/>',
        _request("CANCEL", branch, caller, "", _EMPTY, number=1),
        '<recv response="200"/>',
        '<recv response="487"/>',
        _request("ACK", branch, caller, "[peer_tag_param]", _EMPTY, number=1),
        '<label id="end"/>\n<nop/>',
    )


def agent(answer_ms: int, talk_mean_ms: float | None, sound: Path | None = None, *, own_talks: bool = False) -> str:
    """Rings at once, answers after `answer_ms`, talks an exponential time with this mean (None: until BYE).

    `own_talks`: each call's talk is its own of `Load.values`, in milliseconds.
    """
    own = _ANSWER_HEADERS.format(tag=_AGENT_TAG)
    known = _ANSWER_HEADERS.format(tag="")
    kept = "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{name}" assign_to="{name.lower()}"/>'
        for name in ("From", "To", "Via")
    )
    number = '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq" assign_to="cseq"/>'
    terminated = f"Via[$via]\n      [last_From:]\n      [last_To:]{_AGENT_TAG}\n      [last_Call-ID:]"
    bye = "\n      ".join(
        (
            "BYE [next_url] SIP/2.0",
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
            "From[$to];tag=[pid]a[call_number]",
            "To[$from]",
            "Call-ID: [call_id]",
            "CSeq: 1 BYE",
            "Max-Forwards: 70",
            _EMPTY,
        )
    )
    talk = _own_pause() + '\n<nop next="hang-up"/>' if own_talks else ""
    if talk_mean_ms is not None:
        talk = (
            f'<nop><action><sample assign_to="talk" distribution="exponential" mean="{talk_mean_ms:g}"/></action></nop>'
            '\n<pause variable="talk"/>\n<nop next="hang-up"/>'
        )
    return _scenario(
        "an agent",
        f'<recv request="INVITE" rrs="true"><action>{kept}{number}</action></recv>',
        _send(f"SIP/2.0 180 Ringing\n      {own}\n      {_AGENT_CONTACT}\n      {_EMPTY}", again=False),
        f'<recv request="CANCEL" timeout="{max(1, answer_ms)}" ontimeout="answer"/>',
        _send(f"SIP/2.0 200 OK\n      {known}\n      {_EMPTY}", again=False),
        _send(f"SIP/2.0 487 Request Terminated\n      {terminated}\n      CSeq: [$cseq] INVITE\n      {_EMPTY}"),
        '<recv request="ACK" next="end"/>',
        '<label id="answer"/>',
        _send(f"SIP/2.0 200 OK\n      {own}\n      {_AGENT_CONTACT}\n      {_SDP}"),
        '<recv request="ACK"/>',
        _play(sound),
        talk,
        '<recv request="BYE" next="bye"/>',
        '<label id="hang-up"/>',
        _send(bye),
        '<recv response="200" next="end"/>',
        '<label id="bye"/>',
        _send(f"SIP/2.0 200 OK\n      {known}\n      {_EMPTY}", again=False, then="end"),
        '<label id="end"/>\n<nop/>',
    )


def _own_pause() -> str:
    own = '<assignstr assign_to="text" value="[field0]"/><todouble assign_to="own" variable="text"/>'
    return f'<nop><action>{own}</action></nop>\n<pause variable="own"/>'


def _patience(mean_ms: float) -> str:
    parts = [
        f'<nop next="patience-{level}" chance="{1 / (PATIENCE_LEVELS - level):.5f}"/>'
        for level in range(PATIENCE_LEVELS - 1)
    ]
    parts.append(f'<nop next="patience-{PATIENCE_LEVELS - 1}"/>')
    for level in range(PATIENCE_LEVELS):
        patience_ms = max(1, round(-mean_ms * math.log(1 - (level + 0.5) / PATIENCE_LEVELS)))
        limit = f'timeout="{patience_ms}" ontimeout="give-up"'
        parts.append(f'<label id="patience-{level}"/>')
        parts += [f'<recv response="{status}" optional="true" {limit}/>' for status in (100, 180, 183)]
        parts.append(f'<recv response="200" rrs="true" {limit} next="answered"/>')
    return "\n".join(parts)


def _scenario(name: str, *parts: str) -> str:
    body = "\n".join(part for part in parts if part)
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{name}">\n{body}\n</scenario>\n'


def _send(message: str, *, again: bool = True, then: str = "") -> str:
    options = (' retrans="500"' if again else "") + (f' next="{then}"' if then else "")
    return f"<send{options}><![CDATA[\n      {message}\n\n  ]]></send>"


def _request(method: str, branch: str, caller: str, to_tag: str, rest: str, *, number: int, uri: str = "") -> str:
    service = "sip:[service]@[remote_ip]:[remote_port]"
    lines = [
        f"{method} {uri or service} SIP/2.0",
        f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}",
        f'From: "Caller" <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]c[call_number]',
        f"To: <{service}>{to_tag}",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        "Contact: <sip:caller@[local_ip]:[local_port]>",
        "Max-Forwards: 70",
        rest,
    ]
    return _send("\n      ".join(lines), again=method != "ACK")


def _hang_up_as_caller(caller: str) -> str:
    bye = _request("BYE", "[branch]", caller, "[peer_tag_param]", _EMPTY, number=2, uri="[next_url]")
    return bye + '\n<recv response="200"/>'


def _wait_for_bye(then: str = "") -> str:
    answer = f"SIP/2.0 200 OK\n      {_ANSWER_HEADERS.format(tag='')}\n      {_EMPTY}"
    return '<recv request="BYE"/>\n' + _send(answer, again=False, then=then)


def _play(sound: Path | None) -> str:
    return f'<nop><action><exec rtp_stream="{sound},-1,8,PCMA/8000"/></action></nop>' if sound else ""
