"""Real objects for each process of ours: who gets what. One function a process; each runs until SIGTERM."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from acd.collector import ease
from acd.inbox import Inbox
from acd.redis_store import connect
from acd.runner import Runner
from agent_desktop.app import create_app
from agent_desktop.live import RedisFloor
from agent_desktop.services import DeskServices, DeskSettings
from callcentre.attendance import Attendance
from callcentre.callback_orders import CallbackOrders
from callcentre.cashier import till_of
from callcentre.certificates import certificate_for
from callcentre.installation import Installation
from callcentre.journey import Journey
from callcentre.notice_rules import notice_rules, shows_on_phone
from callcentre.patient_records import PatientRecords
from callcentre.roster import Doing, Kind, Roster
from callcentre.secrecy import keep_memory_private
from callcentre.settings_file import SettingsError
from callcentre.sounds import HouseSounds
from callcentre.telephones import Booth, Telephones, all_nodes
from calls.clock import AnchoredClock
from calls.ids import NodeId, QueueId
from calls.journey import Language
from calls.outgoing import number_refusal
from calls.zones import zone
from customers.codes import OneTimeCodes
from customers.notices import Way
from customers.readings import Period
from database.accounts import DatabaseAccounts
from database.alerts import DatabaseAlerts
from database.appeals import DatabaseAppeals
from database.audit import DatabaseAudit
from database.callbacks import DatabaseCallbacks
from database.codes import DatabaseCodes
from database.engine import DatabaseUnavailable, Engine, Limits, open_engine
from database.notes import DatabaseCallNotes
from database.notices import DatabaseNotices
from database.outage_book import DatabaseOutageBook
from database.outages import DatabaseOutages
from database.outgoing import DatabaseOutgoing
from database.pins import DatabasePins
from database.post_box import DatabasePostBox
from database.queue_settings import DatabaseQueueSettings
from database.readings import DatabaseReadings
from database.records import DatabaseRecords
from database.reference import DatabaseReference
from database.sign_ins import DatabaseSignIns
from database.users import DatabaseUsers
from ivr.reading import Reading, load_reading
from ivr.visit import EMERGENCY_PRIORITY_S, Route, Routes, Services
from ivr.words import Topic
from prompts import mastering
from prompts.catalogue import Catalogue, load_catalogue
from prompts.client import VoiceClient
from prompts.ready import ReadySpeech
from prompts.server import open_voice_server
from prompts.speech import Speech
from prompts.worker import worker_command
from staff.ports import StaffUnavailable
from telephony.agi_server import AgiServer, AgiSettings
from telephony.ami_link import AmiLink
from telephony.announcer import Announcer
from telephony.softphones import SoftphoneAccounts
from telephony.switch import AmiSwitch

LOOPBACK = "127.0.0.1"
"""Where a connection to another loopback address comes from: Asterisk cannot bind its FastAGI side."""
ROUTES = Routes(
    default=Route(QueueId("general")),
    by_topic={
        Topic.EMERGENCY: Route(QueueId("emergency"), EMERGENCY_PRIORITY_S),
        Topic.BALANCE: Route(QueueId("billing")),
    },
)
LANGUAGE_SKILLS = {Language.RU: "ru", Language.EN: "en"}


def skills_of(queue: QueueId, language: Language) -> frozenset[str]:
    """What a call asks of its agent besides the queue's skills: its language. A danger to life waits for no language:

    any voice at once is better than the right one later.
    """
    return frozenset() if queue == ROUTES.of(Topic.EMERGENCY).queue else frozenset({LANGUAGE_SKILLS[language]})


def until_told_to_stop(stop: Callable[[], None]) -> None:
    """Call `stop` (from a thread of its own) at SIGTERM or SIGINT."""

    def told(_number: int, _frame: object) -> None:
        threading.Thread(target=stop, name="stop", daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


@contextmanager
def ready(flag: Path) -> Iterator[None]:
    """While inside, the flag file says that this process serves."""
    flag.touch(mode=0o600)
    try:
        yield
    finally:
        flag.unlink(missing_ok=True)


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


@dataclass(slots=True)
class Attended:
    """A process' clock, its place in the roster, and what it waits for: `over`, at SIGTERM."""

    clock: AnchoredClock
    place: Attendance
    over: threading.Event


def attended(installation: Installation, process: str, kind: Kind) -> Attended:
    """From here on SIGTERM sets `over`."""
    clock = AnchoredClock()
    settings = installation.settings
    roster = Roster(connect(installation.redis_url), settings.redis.prefix)
    over = threading.Event()
    until_told_to_stop(over.set)
    return Attended(clock, Attendance(roster, settings.asterisk.node, process, kind, clock), over)


def serve_ivr(installation: Installation, process: str) -> None:
    """The self-service: FastAGI on loopback."""
    keep_memory_private()
    installation.keys.octets("pin")  # a damaged key is told before anything waits
    own = attended(installation, process, Kind.IVR)
    flag = installation.ready_file(process)
    if not own.place.wanted():
        with ready(flag):  # a drained process is there, and stands aside
            if not own.place.wait_until_wanted(own.over):
                return
    _serve_ivr(installation, own, _ivr_port(installation, process), flag)


def _ivr_port(installation: Installation, process: str) -> int:
    """The n-th process listens at the n-th port."""
    ports = (installation.settings.ivr.port, *installation.settings.ivr.spare_ports)
    place = int(process.partition("-")[2] or 1) - 1
    if place >= len(ports):
        file = installation.places.settings_file
        raise SettingsError(file, [f"ivr.spare_ports has no port for {process}. Add one."])
    return ports[place]


def _serve_ivr(installation: Installation, own: Attended, port: int, flag: Path) -> None:
    settings = installation.settings
    clock = own.clock
    engine = open_engine(installation.database_url, call_limits(installation))
    pins = DatabasePins(engine, installation.keys.octets("pin"), at_once=settings.identification.pin_checks)
    inbox = Inbox(connect(installation.redis_url), settings.redis.prefix, clock, "ivr")
    records = PatientRecords(DatabaseRecords(engine), DatabaseUnavailable)
    rules = settings.outgoing.rules()
    callbacks = CallbackOrders(
        DatabaseCallbacks(engine),
        DatabaseQueueSettings(engine),
        inbox.tell,
        clock,
        skills_of,
        lambda number: number_refusal(number, rules) is None,
        (DatabaseUnavailable,),
    )
    reading = load_reading()
    journey = Journey(
        services=Services(
            DatabaseAccounts(engine),
            pins,
            DatabaseOutages(engine),
            DatabaseReadings(engine),
            clock,
            ROUTES,
            callbacks=callbacks,
            codes=_codes(installation, engine),
            appeals=DatabaseAppeals(engine),
            notices=DatabaseNotices(engine, notice_rules(settings)),
            supplier_zone=settings.supplier.zone,
            till=till_of(installation, engine, clock),
            reference=_reference(installation, engine, reading),
            reading=reading,
            reading_period=Period(1, 31) if settings.demo.enabled else settings.supplier.reading_period,
        ),
        engine=inbox,
        records=records,
        clock=clock,
        skills_of=skills_of,
    )
    speech = _speech(installation)
    server = AgiServer(
        AgiSettings(
            settings.ivr.address,
            port,
            installation.keys.text("agi"),
            dict.fromkeys((settings.ivr.address, LOOPBACK), NodeId(settings.asterisk.node)),
            settings.ivr.sessions,
            nodes=frozenset(NodeId(name) for name in settings.nodes),
        ),
        journey.answer,
        speech,
        clock,
    )
    server.start()

    def drain(left_s: float) -> None:
        server.stop(left_s)
        own.over.set()

    with ready(flag), own.place.serving(lambda: (Doing.SERVES, server.live), drain):
        own.over.wait()
    server.stop()
    records.close()
    pins.close()
    engine.dispose()


def _codes(installation: Installation, engine: Engine) -> OneTimeCodes | None:
    """None where no SMS goes out: then no code is offered."""
    rules = notice_rules(installation.settings)
    if Way.SMS not in rules.ways:
        return None
    return DatabaseCodes(engine, installation.keys.octets("pin"), rules)


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
    announcer = Announcer(ReadySpeech(lambda: _speech(installation)).files, str(installation.places.prompts), clock)
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
        users=DatabaseUsers(engine),
        sign_ins=DatabaseSignIns(engine),
        audit=DatabaseAudit(engine),
        notes=DatabaseCallNotes(engine),
        alerts=DatabaseAlerts(engine, StaffUnavailable),
        reference=_reference(installation, engine, reading),
        reading=reading,
        sounds=HouseSounds(installation.places.prompts, partial(_speech_of, installation)),
        softphones=Telephones(SoftphoneAccounts(links), node.address),
        clock=clock,
        settings=DeskSettings(
            sip_upstream=f"ws://{settings.ivr.address}:{node.http_port}/ws", time_zone=settings.supplier.zone
        ),
        booth=_booth(installation, engine, clock) if settings.demo.enabled else None,
    )
    asyncio.run(_serve_pages(installation, services, floor, own))
    for link in links:
        link.close()
    engine.dispose()


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


def _reference(installation: Installation, engine: Engine, reading: Reading) -> DatabaseReference:
    return DatabaseReference(engine, zone(installation.settings.supplier.zone), reading.spoken)


def _speech(installation: Installation) -> Speech:
    """Raises BuildError when a prompt is missing."""
    return _speech_of(installation, load_catalogue())


def _speech_of(installation: Installation, catalogue: Catalogue) -> Speech:
    return Speech(
        catalogue,
        installation.places.prompts,
        VoiceClient(installation.places.voice_socket, installation.settings.ivr.voice_timeout_s),
    )


def call_limits(installation: Installation) -> Limits:
    """The waits of everything that a caller or an agent waits for."""
    return Limits(statement_s=installation.settings.database.timeout_s)
