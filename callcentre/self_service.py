"""Real objects for the self-service: what a caller's visit is given, and the FastAGI server that visits come by."""

from pathlib import Path

from acd.collector import ease
from acd.inbox import Inbox
from acd.redis_store import connect
from callcentre.callback_orders import CallbackOrders
from callcentre.cashier import till_of
from callcentre.installation import Installation
from callcentre.journey import Journey
from callcentre.message_files import MessageFiles
from callcentre.notice_rules import notice_rules, ringing_rules
from callcentre.patient_records import PatientRecords
from callcentre.roster import Doing, Kind
from callcentre.secrecy import keep_memory_private
from callcentre.serving import Attended, attended, call_limits, ready
from callcentre.settings_file import SettingsError
from callcentre.speaking import reference_of, speech_of
from calls.ids import NodeId, QueueId
from calls.journey import Language
from calls.outgoing import number_refusal
from customers.codes import OneTimeCodes
from customers.notices import Way
from customers.readings import Period
from database.accounts import DatabaseAccounts
from database.appeals import DatabaseAppeals
from database.callbacks import DatabaseCallbacks
from database.callers import DatabaseCallers
from database.codes import DatabaseCodes
from database.engine import DatabaseUnavailable, Engine, open_engine
from database.notices import DatabaseNotices
from database.outages import DatabaseOutages
from database.pin_resets import DatabaseApproved
from database.pins import DatabasePins
from database.queue_settings import DatabaseQueueSettings
from database.readings import DatabaseReadings
from database.records import DatabaseRecords
from database.satisfaction import DatabaseSatisfaction
from database.watches import DatabaseWatches
from ivr.reading import load_reading
from ivr.visit import EMERGENCY_PRIORITY_S, Route, Routes, Services
from ivr.words import Topic
from telephony.agi_server import AgiServer, AgiSettings

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
    watches = DatabaseWatches(engine, notice_rules(settings), ringing_rules(settings))
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
            callers=DatabaseCallers(engine),
            codes=_codes(installation, engine),
            resets=DatabaseApproved(engine),
            messages=MessageFiles(installation.places.messages),
            notices=DatabaseNotices(engine, notice_rules(settings)),
            appeals=DatabaseAppeals(engine),
            surveys=DatabaseSatisfaction(engine),
            survey=settings.survey.rule(demo=settings.demo.enabled),
            watches=watches,
            rung=watches,
            quiet_nights=settings.power_back.quiet_nights,
            supplier_zone=settings.supplier.zone,
            till=till_of(installation, engine, clock),
            reference=reference_of(installation, engine, reading),
            reading=reading,
            reading_period=Period(1, 31) if settings.demo.enabled else settings.supplier.reading_period,
        ),
        engine=inbox,
        records=records,
        clock=clock,
        skills_of=skills_of,
    )
    speech = speech_of(installation)
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
    ease()

    def drain(left_s: float) -> None:
        server.stop(left_s)
        own.over.set()

    with ready(flag), own.place.serving(lambda: (Doing.SERVES, server.live), drain, lambda: speech.in_pieces):
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
