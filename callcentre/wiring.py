"""Real objects for each process of ours: who gets what. One function a process; each runs until SIGTERM."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import uvicorn

from acd.collector import ease
from acd.redis_store import connect
from acd.runner import Runner
from agent_desktop.app import create_app
from agent_desktop.live import RedisFloor
from agent_desktop.services import DeskServices, DeskSettings
from callcentre.certificates import certificate_for
from callcentre.installation import Installation
from callcentre.message_files import MessageFiles
from callcentre.notice_rules import notice_rules, shows_on_phone
from callcentre.roster import Doing, Kind
from callcentre.self_service import skills_of
from callcentre.serving import Attended, attended, call_limits, ready, until_told_to_stop
from callcentre.sounds import HouseSounds
from callcentre.speaking import reference_of, speech_of, speech_with
from callcentre.telephones import Booth, Telephones, all_nodes
from calls.clock import AnchoredClock
from customers.notices import Way
from customers.pin_resets import PinResets
from database.accounts import DatabaseAccounts
from database.alerts import DatabaseAlerts
from database.appeals import DatabaseAppeals
from database.audit import DatabaseAudit
from database.callbacks import DatabaseCallbacks
from database.codes import DatabaseCodes
from database.engine import DatabaseUnavailable, Engine, open_engine
from database.notes import DatabaseCallNotes
from database.outage_book import DatabaseOutageBook
from database.outgoing import DatabaseOutgoing
from database.pin_resets import DatabasePinResets
from database.post_box import DatabasePostBox
from database.queue_settings import DatabaseQueueSettings
from database.records import DatabaseRecords
from database.sign_ins import DatabaseSignIns
from database.users import DatabaseUsers
from ivr.reading import load_reading
from prompts import mastering
from prompts.ready import ReadySpeech
from prompts.server import open_voice_server
from prompts.worker import worker_command
from staff.ports import StaffUnavailable
from telephony.ami_link import AmiLink
from telephony.announcer import Announcer
from telephony.softphones import SoftphoneAccounts
from telephony.switch import AmiSwitch


def serve_voice(installation: Installation) -> None:
    """The node's voice on its Unix socket."""
    mastering.load()  # the first caller must not wait for it
    with open_voice_server(
        worker_command(installation.tree.root),
        installation.places.voice_socket,
        installation.speech_memory,
        installation.settings.ivr.voice_timeout_s,
    ) as server:
        until_told_to_stop(server.close)
        with ready(installation.ready_file("voice")):
            server.serve()


def serve_acd(installation: Installation, process: str) -> None:
    """The distribution: stands by until it holds the lease."""
    own = attended(installation, process, Kind.ACD)
    with ready(installation.ready_file(process)):
        if own.place.wait_until_wanted(own.over):
            _serve_acd(installation, own)


def _serve_acd(installation: Installation, own: Attended) -> None:
    settings = installation.settings
    clock = own.clock
    engine = open_engine(installation.database_url, call_limits(installation))
    outgoing = DatabaseOutgoing(engine, settings.outgoing.rules(), settings.supplier.zone)
    announcer = Announcer(ReadySpeech(lambda: speech_of(installation)).files, str(installation.places.prompts), clock)
    runner = Runner(
        connect(installation.redis_url),
        settings.redis.prefix,
        clock,
        lambda: AmiSwitch(all_nodes(installation), clock, skills_of, outgoing, announcer, lambda: own.place.drains),
        DatabaseRecords(engine),
        DatabaseQueueSettings(engine),
        (DatabaseUnavailable,),
        DatabaseCallbacks(engine),
    )
    until_told_to_stop(runner.stop)
    ease()

    def doing() -> tuple[Doing, int]:
        return (Doing.ACTIVE if runner.active.is_set() else Doing.STANDS_BY), 0

    # Its end hands the lease over: whoever stands by has it at the next look.
    with own.place.serving(doing, lambda _left_s: runner.stop()):
        if not own.over.is_set():
            runner.run()
    engine.dispose()


def serve_desktop(installation: Installation) -> None:
    """The workplaces: pages, live streams, the telephones' signalling."""
    own = attended(installation, "desktop", Kind.DESKTOP)
    with ready(installation.ready_file("desktop")):
        wanted = own.place.wait_until_wanted(own.over)
    if wanted:
        _serve_desktop(installation, own)


def _serve_desktop(installation: Installation, own: Attended) -> None:
    settings = installation.settings
    clock = own.clock
    engine = open_engine(installation.database_url, call_limits(installation))
    floor = RedisFloor(installation.redis_url, settings.redis.prefix, clock)
    links = [AmiLink(node, frozenset(), lambda _: None, lambda: None) for node in all_nodes(installation)]
    for link in links:
        link.start()
    node = settings.asterisk
    reading = load_reading()
    services = DeskServices(
        floor=floor,
        accounts=DatabaseAccounts(engine),
        outages=DatabaseOutageBook(engine),
        appeals=DatabaseAppeals(engine),
        users=DatabaseUsers(engine),
        sign_ins=DatabaseSignIns(engine),
        audit=DatabaseAudit(engine),
        notes=DatabaseCallNotes(engine),
        alerts=DatabaseAlerts(engine, StaffUnavailable),
        reference=reference_of(installation, engine, reading),
        reading=reading,
        sounds=HouseSounds(installation.places.prompts, partial(speech_with, installation)),
        softphones=Telephones(SoftphoneAccounts(links), node.address),
        clock=clock,
        settings=DeskSettings(
            sip_upstream=f"ws://{settings.ivr.address}:{node.http_port}/ws",
            time_zone=settings.supplier.zone,
            payments=settings.payments.gateway != "none",
        ),
        booth=_booth(installation, engine, clock) if settings.demo.enabled else None,
        messages=MessageFiles(installation.places.messages),
        pin_resets=_pin_resets(installation, engine),
    )
    asyncio.run(_serve_pages(installation, services, floor, own))
    for link in links:
        link.close()
    engine.dispose()


def _pin_resets(installation: Installation, engine: Engine) -> PinResets | None:
    """None where no SMS go out: an approval would have no code to send."""
    rules = notice_rules(installation.settings)
    if Way.SMS not in rules.ways:
        return None
    return DatabasePinResets(engine, DatabaseCodes(engine, installation.keys.octets("pin"), rules))


def _booth(installation: Installation, engine: Engine, clock: AnchoredClock) -> Booth:
    box = DatabasePostBox(engine) if shows_on_phone(installation.settings) else None
    return Booth(installation, box, clock)


async def _serve_pages(installation: Installation, services: DeskServices, floor: RedisFloor, own: Attended) -> None:
    listen = installation.settings.listen
    config = uvicorn.Config(
        create_app(services),
        host=listen.address,
        port=listen.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        ws_max_size=64 * 1024,
        **_tls(installation),
    )
    server = uvicorn.Server(config)

    def end(_left_s: float = 0.0) -> None:
        server.should_exit = True

    if own.over.is_set():
        return
    await floor.start()
    flag = asyncio.create_task(_say_ready(server, installation))
    try:
        # Pages find their way to another desktop by themselves; what agents say goes past this process.
        with own.place.serving(lambda: (Doing.SERVES, 0), end):
            await server.serve()
    finally:
        flag.cancel()
        installation.ready_file("desktop").unlink(missing_ok=True)
        await floor.close()


async def _say_ready(server: uvicorn.Server, installation: Installation) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    installation.ready_file("desktop").touch(mode=0o600)


def _tls(installation: Installation) -> dict[str, Any]:
    if not installation.secure:
        return {}
    folder = installation.places.keys / "tls"
    made = certificate_for(installation.settings.listen.address, folder, datetime.now(UTC))
    return {"ssl_certfile": made.chain, "ssl_keyfile": made.key}
