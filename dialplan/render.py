"""Writes a complete Asterisk configuration and its folders for one node, from the templates in dialplan/asterisk.

Everything stands under one folder of this user alone (0700, files 0600): it holds the secrets of AMI and AGI. Asterisk
reads it at its start; the agents' telephones are not in it (see softphones.py), so that signing in changes no file.
"""

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialplan import contract
from dialplan.modules import MODULES
from dialplan.peers import Peer
from dialplan.private_tree import PrivateTree
from dialplan.softphones import Kind, demo_phone, endpoint, records
from dialplan.trunks import SIMPLE, Trunk, outgoing

TEMPLATES: Final = Path(__file__).parent / "asterisk"
EMPTY: Final = (
    "acl", "ccss", "codecs", "cli", "cli_permissions", "dsp", "features", "pjproject", "queuerules", "stasis", "udptl",
)  # fmt: skip
"""Files that Asterisk asks for and that say nothing here: without them it warns, with the host's it would obey."""

EVENTS: Final = (
    "FullyBooted", "Shutdown", "Newchannel", "Rename", "HangupRequest", "SoftHangupRequest", "Hangup", "DialState",
    "DialEnd", "BridgeEnter", "BridgeLeave", "Hold", "Unhold", "BlindTransfer", "AttendedTransfer", "UserEvent",
    "ContactStatus", "OriginateResponse",
)  # fmt: skip
"""The AMI events that the engine is sent. The answers of list actions are not filtered."""

QUALIFY_S: Final = 10
"""How often a provider is asked whether it is there; away, it is passed over at once."""
_SOCKET_PATH_LIMIT: Final = 107  # sun_path of a Unix socket, without the closing zero
_FOLDERS: Final = (
    "etc", "run", "log", "db", "var/keys", "spool/tmp", "spool/outgoing", "spool/monitor", "data/agi-bin", "data/keys",
    "data/sounds",
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_PATH: Final = re.compile(r"/[^\x00-\x1f;,|&(){}\[\]$\"'\\<>#]*")


class RenderError(ValueError):
    """The configuration cannot be written. The message lists each fault and what to do."""


@dataclass(frozen=True, slots=True)
class AsteriskConfig:
    """One node. Addresses are IP addresses, `state` and `prompts` absolute folders.

    `bind`: SIP and media. `control`: AMI and the WebSocket, for our own processes alone. `agi_host`: where the AGI
    server listens; at the `agi_spare_ports` others do, asked in this order while those before take no session.
    `trunk_matches`: addresses or networks of the one provider of a simple installation, `trunks` those
    that are described whole. `peers`: the other nodes.
    `most_outside`: calls to outside telephones at once, of every kind, `most_power_back` of those that tell that power
    is back (AMI user `power_user`, none without a secret); `outside_s`: how long one rings there.
    `demo`: the browser telephone (account of `demo_secret`) may ring the hotline. `telephones`: what the agents use.
    `rtp_timeout_s`: an agent's telephone that sends no voice for so long has died, 0 = never. `watchdog_s`: so long may
    the AGI server be silent before the dialplan takes the call back (the server renews it); `question_s` is the same at
    the end of a talk, where the caller wants to go. `rescue_s`: one turn in the rescue's queue before our processes
    are tried again. `extra_modules`, `extra_extensions`, `extra_sip`: for tests, benchmarks.
    """

    node: str
    state: Path
    prompts: Path
    tree: PrivateTree
    ami_secret: str
    agi_secret: str
    bind: str = "127.0.0.1"
    control: str = "127.0.0.1"
    sip_port: int = 5060
    trunk_matches: tuple[str, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    peers: tuple[Peer, ...] = ()
    most_outside: int = 10
    most_power_back: int = 3
    outside_s: int = 30
    ami_port: int = 5038
    ami_user: str = "callcentre"
    ami_permit: tuple[str, ...] = ("127.0.0.0/8",)
    power_user: str = "power-back"
    power_secret: str = ""
    http_port: int = 8088
    rtp_first: int = 10000
    rtp_last: int = 11999
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    agi_spare_ports: tuple[int, ...] = ()
    language: str = "ru"
    demo: bool = False
    demo_secret: str = ""
    telephones: Kind = "browser"
    rtp_timeout_s: int = 4
    watchdog_s: int = 60
    question_s: int = 5
    rescue_s: int = 30
    extra_modules: tuple[str, ...] = ()
    extra_extensions: str = ""
    extra_sip: str = ""

    def faults(self) -> list[str]:
        """What could not be written safely into a configuration file, a sentence each; empty when all is well."""
        faults = [*self._word_faults(), *self._address_faults(), *self._path_faults(), *self._port_faults()]
        faults += [fault for trunk in self.trunks for fault in trunk.faults()]
        return faults + [fault for peer in self.peers for fault in peer.faults()]

    @property
    def all_trunks(self) -> tuple[Trunk, ...]:
        """The simple installation's one and the described ones; always one, so that there is a way to the hotline."""
        simple = (Trunk(SIMPLE, self.trunk_matches),) if self.trunk_matches or not self.trunks else ()
        return (*simple, *self.trunks)

    def _word_faults(self) -> list[str]:
        words = {
            "node": self.node, "ami_user": self.ami_user, "ami_secret": self.ami_secret, "agi_secret": self.agi_secret,
            "language": self.language,
        }  # fmt: skip
        if self.power_secret:
            words |= {"power_user": self.power_user, "power_secret": self.power_secret}
        if self.demo:
            words["demo_secret"] = self.demo_secret
        return [
            f"Asterisk's {name} may have Latin letters, digits, dot, dash and underscore, 1 to 128 of them: change it."
            for name, word in words.items()
            if not _WORD.fullmatch(word)
        ]

    def _address_faults(self) -> list[str]:
        faults = []
        for name, text in (("bind", self.bind), ("control", self.control), ("agi_host", self.agi_host)):
            if not _is_address(text):
                faults.append(f"Asterisk's {name} is {text!r}: write an IP address.")
            elif name != "bind" and not ip_address(text).is_loopback:
                faults.append(f"Asterisk's {name} is {text}, which others may reach: write a loopback address.")
        return faults + [
            f"{text!r} is neither an IP address nor a network such as 192.0.2.0/24: change it."
            for text in (*self.trunk_matches, *self.ami_permit)
            if not _is_network(text)
        ]

    def _path_faults(self) -> list[str]:
        faults = [
            f"The folder {str(path)!r} must be absolute and free of signs that Asterisk reads otherwise: move it."
            for path in (self.state, self.prompts, self.tree.root)
            if not _PATH.fullmatch(str(path))
        ]
        if len(os.fsencode(self.control_socket)) > _SOCKET_PATH_LIMIT:
            faults.append(
                f"The path {self.control_socket} is longer than {_SOCKET_PATH_LIMIT} bytes, the longest socket name: "
                "set CALLCENTRE_STATE to a shorter folder."
            )
        return faults

    def _port_faults(self) -> list[str]:
        ports = {"sip_port": self.sip_port, "ami_port": self.ami_port, "http_port": self.http_port}
        ports |= {"agi_port": self.agi_port, "rtp_first": self.rtp_first, "rtp_last": self.rtp_last}
        ports |= {f"agi_spare_ports[{place}]": port for place, port in enumerate(self.agi_spare_ports)}
        faults = [
            f"Asterisk's {name} is {port}: use 1 to 65535." for name, port in ports.items() if not 0 < port < 65536
        ]
        if self.rtp_last - self.rtp_first < 3:
            faults.append("The range rtp_first to rtp_last has no room for one call: widen it, four ports a call.")
        return faults

    @property
    def file(self) -> Path:
        """asterisk.conf, from which Asterisk finds everything else."""
        return self.state / "etc" / "asterisk.conf"

    @property
    def control_socket(self) -> Path:
        return self.state / "run" / "asterisk.ctl"

    @property
    def log(self) -> Path:
        return self.state / "log" / "messages.log"


def render(config: AsteriskConfig) -> Path:
    """Write the node's configuration under `config.state` and return asterisk.conf. Safe to repeat, also while running.

    Errors: RenderError.
    """
    faults = config.faults()
    if faults:
        raise RenderError("\n".join(faults))
    make_folders(config)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - these are Asterisk's files, no pages; what goes in was checked by faults()
    )
    names = [trunk.name for trunk in outgoing(config.trunks)]
    values = {
        "config": config,
        "place": config.state,
        "served": not ip_address(config.bind).is_loopback,
        "modules_folder": config.tree.asterisk_modules,
        "music_folder": config.tree.asterisk_data / "moh",
        "modules": (*MODULES, *config.extra_modules),
        "events": EVENTS,
        "unread_caller": contract.UNREAD_CALLER,
        "demo_account": contract.DEMO_PHONE_ACCOUNT,
        "demo_phone": demo_phone(config.telephones, config.bind, config.language),
        "records": records(endpoint(config.telephones, config.bind, config.language, config.rtp_timeout_s)),
        "beat_limit_s": contract.BEAT_LIMIT_S,
        "prompts_mark": contract.PROMPTS_MARK,
        "no_media": contract.NO_MEDIA,
        "talks": contract.PAST_TALKS,
        "talk_slot_s": contract.PAST_TALK_SLOT_S,
        "talk_slots": contract.PAST_TALK_SLOTS,
        "trunks": config.all_trunks,
        "outgoing": outgoing(config.trunks),
        "in_use": " + ".join(f"${{GROUP_COUNT({name}@out)}}" for name in ("asking", *names)),
        "qualify_s": QUALIFY_S,
    }
    for template in sorted(TEMPLATES.glob("*.conf")):
        _write(config.file.with_name(template.name), environment.get_template(template.name).render(values))
    for name in EMPTY:
        _write(config.file.with_name(f"{name}.conf"), "; nothing is set here\n")
    return config.file


def make_folders(config: AsteriskConfig) -> None:
    """The node's folders and the links to the tree's sounds, music and documentation."""
    config.state.mkdir(parents=True, exist_ok=True)
    config.state.chmod(0o700)
    for name in _FOLDERS:
        (config.state / name).mkdir(parents=True, exist_ok=True)
    data, source = config.state / "data", config.tree.asterisk_data
    for name in ("documentation", "moh", "sounds/ru", "sounds/en"):
        _link(data / name, (source / name).resolve())


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _write(path: Path, text: str) -> None:
    """Replace a file at once, readable by this user alone."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)
