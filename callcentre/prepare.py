"""What `./run --prepare` does: each step is done once, says what it does, and costs next to nothing when repeated."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent_desktop import bundle
from callcentre.installation import Installation
from callcentre.keys import Keys, write_private
from callcentre.notice_rules import power_back_at_once, ringing_rules
from calls.clock import AnchoredClock
from database import demo_data
from database.engine import LONG_WORK, Engine, open_engine
from database.migrations import current, migrate, newest
from dialplan.private_tree import PROVISION, PrivateTree
from dialplan.render import AsteriskConfig, render
from prompts.build import build, missing
from prompts.catalogue import load_catalogue
from prompts.store import write_atomically
from prompts.voice import Voice
from prompts.worker import worker_command
from staff import demo as demo_staff

_PROVISION_LIMIT_S = 1800.0
"""Half an hour: a slow line, once."""

Say = Callable[[str], None]


class CannotPrepare(Exception):
    """A step failed; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    do: Callable[[Installation, Say], None]


def prepare(installation: Installation, say: Say) -> None:
    """Do every step in order. Raises CannotPrepare (and what the rooms raise with their own messages)."""
    installation.make_folders()
    for number, step in enumerate(STEPS, 1):
        with _timed(f"[{number}/{len(STEPS)}] {step.name}", say):
            step.do(installation, say)


@contextmanager
def _timed(title: str, say: Say) -> Iterator[None]:
    say(f"{title} …")
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    if took > 1:
        say(f"{title}: {took:.1f} s")


def private_tree(_installation: Installation, say: Say) -> None:
    """Asterisk, Redis and the voice, unpacked into the cache."""
    process = subprocess.Popen([str(PROVISION), "run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: list[str] = []
    assert process.stdout is not None  # noqa: S101 - asked for just above
    for line in process.stdout:
        lines.append(line.rstrip())
        if not line.startswith("ready:"):
            say(f"      {line.rstrip()}")
    if process.wait(_PROVISION_LIMIT_S) != 0:
        raise CannotPrepare("The private tree could not be made:\n" + "\n".join(lines[-10:]))


def pages(_installation: Installation, say: Say) -> None:
    """The JavaScript of the pages, bundled by the environment's own Node."""
    bundle.build(progress=lambda text: say(f"      {text}"))


def keys(installation: Installation, _say: Say) -> None:
    for name in ("ami", "ami-power-back", "agi", "redis", "demo-phone", "acquirer"):
        installation.keys.text(name)
    installation.keys.octets("pin")


def database(installation: Installation, say: Say) -> None:
    """Migrations, and the demo's customers and users where the database is empty."""
    migrate_database(installation)
    demo = installation.settings.demo
    if demo.enabled and _is_empty(installation):
        load_demo(installation, demo.customers, demo.seed, say)


def migrate_database(installation: Installation) -> None:
    """Bring the schema to the revision that this code needs."""
    with _engine(installation) as engine:
        if current(engine) != newest():
            migrate(engine)
    if not installation.settings.database.url:
        installation.places.database_file.chmod(0o600)


def _is_empty(installation: Installation) -> bool:
    with _engine(installation) as engine:
        return demo_data.is_empty(engine)


def load_demo(installation: Installation, customers: int, seed: int, say: Say) -> None:
    """Fill an empty database with the demo."""
    with _engine(installation) as engine:
        demo_data.load_demo(
            engine,
            customers=customers,
            seed=seed,
            pin_key=installation.keys.octets("pin"),
            passwords=sign_ins(installation.keys),
            now=AnchoredClock().now(),
            supplier_zone=installation.settings.supplier.zone,
            progress=lambda text: say(f"      {text}"),
        )


@contextmanager
def _engine(installation: Installation) -> Iterator[Engine]:
    engine = open_engine(installation.database_url, LONG_WORK)
    try:
        yield engine
    finally:
        engine.dispose()


def sign_ins(known: Keys) -> dict[str, str]:
    """The demo's sign-ins: login to password."""
    return dict(known.passwords(tuple(user.login for user in demo_staff.USERS)))


def prompts(installation: Installation, say: Say) -> None:
    render_prompts(installation.tree, installation.places.prompts, say)


def render_prompts(tree: PrivateTree, into: Path, say: Say) -> None:
    """Every prompt that is known beforehand, rendered and mastered; nothing to do when all are there."""
    catalogue = load_catalogue()
    # The build's key holds the voice's version; only a started voice can tell it, so the tree stands for it here.
    made_by = into / ".tree"
    voice_is_same = made_by.is_file() and made_by.read_text("utf-8") == tree.root.name
    if voice_is_same and not missing(into, catalogue):
        return
    with Voice(worker_command(tree.root)) as voice:

        def progress(done: int, of: int) -> None:
            if done % 20 == 0 or done == of:
                say(f"      {done} of {of} prompts")

        build(catalogue, voice, into, progress)
    write_atomically(made_by, tree.root.name.encode())


def asterisk(installation: Installation, _say: Say) -> None:
    render(asterisk_config(installation))


def asterisk_config(installation: Installation) -> AsteriskConfig:
    """The configuration of this machine's node, from settings and secrets."""
    settings = installation.settings
    node = settings.asterisk
    return AsteriskConfig(
        node=node.node,
        state=installation.places.asterisk,
        prompts=installation.places.prompts,
        tree=installation.tree,
        ami_secret=installation.keys.text("ami"),
        agi_secret=installation.keys.text("agi"),
        bind=node.address,
        control=settings.ivr.address,
        sip_port=node.sip_port,
        trunk_matches=() if settings.trunks else settings.trunk.addresses,
        trunks=tuple(trunk.rendered(name) for name, trunk in settings.trunks.items()),
        peers=tuple(other.peer(name) for name, other in settings.nodes.items()),
        most_outside=settings.outgoing.at_once,
        most_power_back=power_back_at_once(settings),
        power_secret=installation.keys.text("ami-power-back") if ringing_rules(settings) else "",
        outside_s=settings.outgoing.ring_s,
        ami_port=node.ami_port,
        http_port=node.http_port,
        rtp_first=node.rtp_first,
        rtp_last=node.rtp_last,
        agi_host=settings.ivr.address,
        agi_port=settings.ivr.port,
        agi_spare_ports=settings.ivr.spare_ports,
        demo=settings.demo.enabled,
        demo_secret=installation.keys.text("demo-phone"),
        telephones="plain" if settings.telephones.kind == "sip" else "browser",
    )


def redis(installation: Installation, _say: Say) -> None:
    """The configuration of our own Redis: a Unix socket with a password, every write on disk within a second."""
    if not installation.own_redis:
        return
    folder = installation.places.state / "redis"
    folder.mkdir(exist_ok=True, mode=0o700)
    write_private(
        folder / "redis.conf",
        "\n".join(
            (
                "port 0",
                f"unixsocket {installation.places.redis_socket}",
                "unixsocketperm 600",
                f"requirepass {installation.keys.text('redis')}",
                f"dir {folder}",
                "appendonly yes",
                "appendfsync everysec",
                "save ''",
                "maxmemory-policy noeviction",
                "daemonize no",
                "",
            )
        ),
    )


STEPS = (
    Step("private tree (Asterisk, Redis, voice)", private_tree),
    Step("pages", pages),
    Step("keys", keys),
    Step("database", database),
    Step("prompts", prompts),
    Step("Redis", redis),
    Step("Asterisk", asterisk),
)

SECRET_MASK = 0o077


def private_umask() -> None:
    """Everything this process and its children write is for this user alone."""
    os.umask(SECRET_MASK)
