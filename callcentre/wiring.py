"""Real objects for each process of ours: who gets what. One function a process; each runs until SIGTERM."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from acd.inbox import Inbox
from acd.redis_store import connect
from acd.runner import Runner
from agent_desktop.app import create_app
from agent_desktop.live import RedisFloor
from agent_desktop.services import DeskServices, DeskSettings
from callcentre.certificates import certificate_for
from callcentre.installation import Installation
from callcentre.journey import Journey
from callcentre.patient_records import PatientRecords
from callcentre.telephones import Booth, Telephones, ami_settings
from calls.clock import AnchoredClock
from calls.ids import NodeId, QueueId
from calls.journey import Language
from database.accounts import DatabaseAccounts
from database.audit import DatabaseAudit
from database.engine import DatabaseUnavailable, Limits, open_engine
from database.notes import DatabaseCallNotes
from database.pins import DatabasePins
from database.queue_settings import DatabaseQueueSettings
from database.records import DatabaseRecords
from database.sign_ins import DatabaseSignIns
from database.users import DatabaseUsers
from ivr.visit import EMERGENCY_PRIORITY_S, Route, Routes, Services
from ivr.words import Topic
from prompts import mastering
from prompts.catalogue import load_catalogue
from prompts.client import VoiceClient
from prompts.server import open_voice_server
from prompts.speech import Speech
from prompts.worker import worker_command
from telephony.agi_server import AgiServer, AgiSettings
from telephony.ami_link import AmiLink
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


def serve_ivr(installation: Installation) -> None:
    """The self-service: FastAGI on loopback."""
    settings = installation.settings
    clock = AnchoredClock()
    engine = open_engine(installation.database_url, call_limits(installation))
    pins = DatabasePins(engine, installation.keys.octets("pin"), at_once=settings.identification.pin_checks)
    inbox = Inbox(connect(installation.redis_url), settings.redis.prefix, clock, "ivr")
    records = PatientRecords(DatabaseRecords(engine), DatabaseUnavailable)
    journey = Journey(
        services=Services(DatabaseAccounts(engine), pins, clock, ROUTES),
        engine=inbox,
        records=records,
        clock=clock,
        skills_of=skills_of,
    )
    speech = Speech(
        load_catalogue(),
        installation.places.prompts,
        VoiceClient(installation.places.voice_socket, settings.ivr.voice_timeout_s),
    )
    server = AgiServer(
        AgiSettings(
            settings.ivr.address,
            settings.ivr.port,
            installation.keys.text("agi"),
            dict.fromkeys((settings.ivr.address, LOOPBACK), NodeId(settings.asterisk.node)),
            settings.ivr.sessions,
        ),
        journey.answer,
        speech,
        clock,
    )
    over = threading.Event()
    until_told_to_stop(over.set)
    server.start()
    with ready(installation.ready_file("ivr")):
        over.wait()
    server.stop()
    records.close()
    pins.close()
    engine.dispose()


def serve_acd(installation: Installation) -> None:
    """The distribution: stands by until it holds the lease."""
    settings = installation.settings
    clock = AnchoredClock()
    engine = open_engine(installation.database_url, call_limits(installation))

    runner = Runner(
        connect(installation.redis_url),
        settings.redis.prefix,
        clock,
        lambda: AmiSwitch([ami_settings(installation)], clock, skills_of),
        DatabaseRecords(engine),
        DatabaseQueueSettings(engine),
        (DatabaseUnavailable,),
    )
    until_told_to_stop(runner.stop)
    with ready(installation.ready_file("acd")):
        runner.run()
    engine.dispose()


def serve_desktop(installation: Installation) -> None:
    """The workplaces: pages, live streams, the telephones' signalling."""
    settings = installation.settings
    clock = AnchoredClock()
    engine = open_engine(installation.database_url, call_limits(installation))
    floor = RedisFloor(installation.redis_url, settings.redis.prefix, clock)
    link = AmiLink(ami_settings(installation), frozenset(), lambda _: None, lambda: None)
    link.start()
    node = settings.asterisk
    services = DeskServices(
        floor=floor,
        accounts=DatabaseAccounts(engine),
        users=DatabaseUsers(engine),
        sign_ins=DatabaseSignIns(engine),
        audit=DatabaseAudit(engine),
        notes=DatabaseCallNotes(engine),
        softphones=Telephones(SoftphoneAccounts([link]), node.address),
        clock=clock,
        settings=DeskSettings(
            sip_upstream=f"ws://{settings.ivr.address}:{node.http_port}/ws", time_zone=settings.supplier.zone
        ),
        booth=Booth(installation) if settings.demo.enabled else None,
    )
    asyncio.run(_serve_pages(installation, services, floor))
    link.close()
    engine.dispose()


async def _serve_pages(installation: Installation, services: DeskServices, floor: RedisFloor) -> None:
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
    await floor.start()
    flag = asyncio.create_task(_say_ready(server, installation))
    try:
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


def call_limits(installation: Installation) -> Limits:
    """The waits of everything that a caller or an agent waits for."""
    return Limits(statement_s=installation.settings.database.timeout_s)
