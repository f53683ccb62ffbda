"""Every context, AGI path, channel variable and AMI name that dialplan and processes share, once.

The templates in dialplan/asterisk use these names; `callcentre check` compares both against this file.
"""

from typing import Final

# Contexts
HOTLINE: Final = "hotline"
"""Where the trunk (and, in the demo, the browser telephone) arrives: gives the call its id, answers, goes to IVR."""
IVR: Final = "ivr"
WAITING: Final = "waiting"
"""Holds the caller with music; a key opens the self-service with the place kept."""
RESCUE: Final = "rescue"
"""Asterisk alone: an apology, then a plain app_queue of the signed-in agents."""
TAKE: Final = "take"
"""Runs on the agent's leg when it answered: bridges it with the caller."""
TALK: Final = "talk"
"""Runs on the agent's leg at the beginning and after the end of a talk: keeps the talk in PAST_TALKS."""
HELD: Final = "held"
"""Music for a caller whose agent asks somebody else first."""
CONSULTING: Final = "consulting"
"""Where the agent's leg waits for the colleague's, with a ringing tone."""
SECOND_LINE: Final = "second-line"
"""Where an agent's leg dials a number outside while the caller hears music, and talks with it."""
LINE_OVER: Final = "over"
"""Of `second-line`: nobody speaks there any more, the agent's leg waits."""
JOINED: Final = "joined"
"""Of `outside`: the caller's leg takes OTHER, which an agent has dialled."""
PAYING: Final = "paying"
"""Where a caller pays out of a talk (Redirect, Exten = PAYMENT), and the agent's leg hears music (`AGENT_IN`) until it
is to take the caller (`BACK`)."""
BACK: Final = "back"
PAYMENT_OVER: Final = "over"
"""Of `paying`: the caller has left the payment and hears music."""
CONFERENCE: Final = "conference"
"""Caller (`s`) and agents (`AGENT_IN`) together; without an agent it is over."""
AGENT_IN: Final = "agent"
AFTER: Final = "after"
"""Where the caller goes on when the agent has hung up first: one question, then a word of goodbye."""
OUTSIDE: Final = "outside"
"""Where the engine sends a caller (Redirect, Exten = the number in E.164 with plus): to an outside telephone over the
trunks in their order, with music until it answers, back to `waiting` when nobody does."""
RING_BACK: Final = "ring-back"
"""Runs on the agent's leg of a callback when it answered: dials `NUMBER` over the trunks, then goes on as `take`."""
POWER_BACK: Final = "power-back"
"""Rings a customer who asked to be told that power is back: `RING` dials `NUMBER` over the trunks, START is the leg
that speaks when it was answered (AGI_POWER_BACK). Reached by the Originate of whoever tells it only."""
REFUSAL: Final = "refusal"
"""Says why nobody comes and what else there is. The engine sends a caller here with Exten = calls.refusal's form."""
FROM_NODE: Final = "from-node"
"""Where another node of ours arrives: rings the agent whom AGENT_HEADER names, nothing else (exten RING)."""
RING: Final = "ring"
SOFTPHONE: Final = "softphone"
"""What an agent's telephone may dial: the echo test, nothing else."""
DEMO_PHONE: Final = "demo-phone"
"""What the browser telephone of the demo may dial: the hotline, nothing else."""
ACCOUNTS: Final = "accounts"
"""Opens and closes an agent's SIP account in Asterisk's own database; reached by the engine's Originate only."""
NOWHERE: Final = "nowhere"
"""Hangs up: the default context of everything that has none."""

# Extensions
START: Final = "s"
LOST: Final = "lost"
"""Of `waiting`: says that the agent was lost and that we connect again, then holds as ever."""

ASKED: Final = "asked_"
"""Of `after`: begins the extension in which the question is asked; the agent's id and _ follow."""

KEYS: Final = "0123456789*#"
"""Of `waiting`: each opens the self-service."""

# AGI paths: agi://HOST:PORT/SECRET/PATH
AGI_IVR: Final = "ivr"
AGI_REFUSAL: Final = "refusal"
AGI_AFTER: Final = "after"
"""The question after an agent's call. It may say nothing at all: the dialplan says goodbye in any case."""
AGI_POWER_BACK: Final = "power-back"
AGI_MENU: Final = "menu"
"""The self-service for a caller who waits; the place is kept."""

AGI_PAY: Final = "pay"
"""The payment out of a talk; agi_extension is its number."""

# Channel variables
CALL: Final = "CC_CALL"
"""Our call id (UUIDv7); inherited by every leg."""
QUEUE: Final = "CC_QUEUE"
ENQUEUED: Final = "CC_ENQUEUED"
"""First enqueue time, UTC milliseconds."""
PRIORITY: Final = "CC_PRIORITY"
"""Seconds before the due time."""
LANGUAGE: Final = "CC_LANG"
HINT: Final = "CC_HINT"
"""The queue of the dialled line, for callers who ask for nothing special."""
NEXT: Final = "IVR_NEXT"
"""Set by the IVR as its last command: `wait` or `bye`. Unset: the AGI server died, go to the rescue."""
NEXT_WAIT: Final = "wait"
NEXT_BYE: Final = "bye"
SAY: Final = "CC_SAY"
"""On a caller who waits: files without extension, joined by &. The next turn of `waiting` plays them, once."""
PROMPTS_MARK: Final = "~"
"""In SAY, for the folder of the prompts and a slash: an AMI line is short."""
BEGUN: Final = "IVR_BEGUN"
"""Set by the IVR as its first command. Unset: it took no session, and the next address is asked."""
NO_TAKE: Final = "NOTAKE"
"""1 while the caller must not be taken (payment step); cleared afterwards."""
PAYMENT: Final = "CC_PAYMENT"
"""On the caller's leg: the number of the payment that it was sent to last, counted from 1 within the call."""
CALLER_CHANNEL: Final = "CALLER"
"""On the agent's leg: the name of the caller's channel to bridge with."""
AGENT: Final = "CC_AGENT"
"""On the agent's leg: who it is. A leg that Asterisk alone has rung has none, and is told by its SIP account."""
HELPED_BY: Final = "HELPED_BY"
"""On the caller's leg, from a talk's beginning: the agent's id."""
NUMBER: Final = "NUMBER"
"""On the agent's leg of a callback: the customer's number in E.164 with plus."""
LINE: Final = "CC_LINE"
"""On the agent's leg: the name of its second line outside; the header of the same name in its events."""
OTHER: Final = "OTHER"
"""On the caller's leg: the channel outside to bridge with."""
ACCOUNT: Final = "ACCOUNT"
ACCOUNT_SECRET: Final = "ACCOUNT_SECRET"  # noqa: S105 - the name of the variable, no secret
"""In `accounts`: the SIP account and the secret it may register with from now on."""
TOLD: Final = "CC_TOLD"
"""The last refusal that the caller has been through: the count in the extension of `refusal`."""
CALL_VARIABLES: Final = (CALL, QUEUE, ENQUEUED, PRIORITY, LANGUAGE, HINT, TOLD)
"""What a waiting call can be adopted from, with Redis empty or away."""

NO_MEDIA: Final = "44"
"""Cause of a leg that Asterisk ended because no RTP came from the telephone (rtp_timeout)."""

# SIP
CALL_HEADER: Final = "X-CC-Call"
"""In the INVITE to an agent's telephone: the call id, by which the page knows which call is ringing."""

AGAIN_HEADER: Final = "X-CC-Again"
"""In the INVITE to a page that comes back in the middle of a talk: it answers by itself."""

AGENT_HEADER: Final = "X-CC-Agent"
"""In the INVITE from one node to another: the agent whose telephone is there."""

# Global variable
BEAT: Final = "ACD_BEAT"
"""Epoch seconds, set every second by the ACD; older than `BEAT_LIMIT_S` means the ACD is dead."""
BEAT_LIMIT_S: Final = 10
DRAINED: Final = "NODE_DRAINED"
"""1 while this node takes no new calls: the provider hears SIP 503 and goes on to another node."""

# Asterisk's own database
PAST_TALKS: Final = "talks"
"""PAST_TALKS/SLOT/(the agent's leg) = CALL:(the leg's endpoint):(began):(ended), in UTC milliseconds, for at least half
of the clock's hour. SLOT is the Unix time in PAST_TALK_SLOT_S, counted round within the hour."""
PAST_TALK_SLOT_S: Final = 10
PAST_TALK_SLOTS: Final = 360

# AMI
AFTER_BRIDGE: Final = "AfterBridge"
"""UserEvent of `take` with Result: BRIDGERESULT."""
CALL_WAITING: Final = "CallWaiting"
"""UserEvent of `waiting`, each time that a call comes to the hold line, with the call's variables by their names."""
OUTSIDE_FAILED: Final = "OutsideFailed"
"""UserEvent of `outside` with Result: why nobody spoke there (a word of `calls.unreached.Unreached`)."""
CALLER_LEFT_PAYMENT: Final = "CallerLeftPayment"
"""UserEvent of `paying` when the caller hears music after a payment, with the call's variables by their names."""
CUSTOMER_REACHED: Final = "CustomerReached"
"""UserEvent of `ring-back` and `second-line` with the leg outside: CustomerChannel, CustomerUniqueid."""
CUSTOMER_NOT_REACHED: Final = "CustomerNotReached"
"""UserEvent of `ring-back` and `second-line` with Result, as of OUTSIDE_FAILED."""
ACCOUNT_OPENED: Final = "AccountOpened"
"""UserEvent of `accounts` with Account and, as PJSIP_DIAL_CONTACTS gives them, its Contacts."""
RESCUE_QUEUE: Final = "rescue"
"""The app_queue of the rescue; members are `PJSIP/agent-<id>`, paused unless ready and idle."""
UNREAD_CALLER: Final = "0"
"""The caller's number of a channel until the dialplan has read and cleaned the one in the INVITE."""
SOFTPHONE_PREFIX: Final = "agent-"
"""An agent's SIP account is this prefix and the agent's id."""
NODE_PREFIX: Final = "node-"
"""Another node's SIP endpoint is this prefix and the node's name."""
DEMO_PHONE_ACCOUNT: Final = "demo-phone"
HOLD_MUSIC: Final = "hold"


def node_endpoint(node: str) -> str:
    """The PJSIP endpoint of another node of ours."""
    return NODE_PREFIX + node


def softphone(agent_id: str) -> str:
    """The SIP account (PJSIP endpoint) of an agent's telephone."""
    return SOFTPHONE_PREFIX + agent_id


def agent_of_channel(channel: str) -> str | None:
    """The agent id in a channel name such as PJSIP/agent-orlov-0000001a, or None for another channel."""
    tech, _, rest = channel.partition("/")
    if tech != "PJSIP" or not rest.startswith(SOFTPHONE_PREFIX):
        return None
    agent, dash, _ = rest.removeprefix(SOFTPHONE_PREFIX).rpartition("-")
    return agent if dash and agent else None
