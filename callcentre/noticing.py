"""Real objects for the notices' process; apart from callcentre.wiring, because it loads what no other one needs."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from acd.errors import StoreUnavailable
from acd.redis_store import connect
from callcentre.alerting import WrongSecret, secret_in
from callcentre.installation import Installation
from callcentre.message_files import MessageFiles
from callcentre.notice_rules import RING_MORE_S, notice_rules, ringing_rules, shows_on_phone, watch_rules
from callcentre.notice_sending import Gateway, NoticeSending, Tidying
from callcentre.power_back import LEASE, LEASE_S, PowerBack
from callcentre.roster import Roster
from callcentre.serving import call_limits, ready, until_told_to_stop
from callcentre.telephones import power_back_settings
from calls.clock import AnchoredClock, Clock, Instant, after
from calls.numbers import PhoneNumber
from customers.notice_texts import subject_of
from customers.notices import Notice, Way
from database.alerts import DatabaseAlerts
from database.callers import DatabaseCallers
from database.codes import forget_old_codes
from database.engine import DatabaseUnavailable, Engine, open_engine
from database.notices import DatabaseNotices, Delivery
from database.outgoing import DatabaseOutgoing
from database.pin_resets import forget_old_resets
from database.post_box import DatabasePostBox
from database.satisfaction import DatabaseSatisfaction
from database.watch_telling import DatabaseWatchTelling
from gateways.errors import NeverSent
from gateways.mail import Mail, Relay
from gateways.smpp_line import Smsc
from gateways.sms import SmsGateway
from gateways.sms_receipt import Receipt
from telephony.customer_ringing import CustomerRinging

LONGEST_WAIT_S: Final = 15 * 60.0


def serve_notices(installation: Installation) -> None:
    """Sends what customers are told in writing. Several may run: each notice is one's alone while it is sent."""
    settings = installation.settings
    clock = AnchoredClock()
    engine = open_engine(installation.database_url, call_limits(installation))
    outbox = DatabaseNotices(engine, notice_rules(settings))
    senders = [NoticeSending(outbox, gateway, clock) for gateway in gateways(installation, engine, outbox)]
    over = threading.Event()
    until_told_to_stop(over.set)
    for sender in senders:
        sender.start()
    telling = DatabaseWatchTelling(engine, watch_rules(settings))
    line = _line(installation)
    leases, holder = DatabaseAlerts(engine), f"{socket.gethostname()}:{os.getpid()}"
    power_back = _power_back(
        installation, engine, telling, clock, line, lambda: leases.take_lease(LEASE, holder, clock.now(), LEASE_S)
    )
    if line is not None:
        line.answers_to(power_back.told)
        line.start()
    power_back.start()
    tidy = (
        outbox.forget_old,
        partial(forget_old_codes, engine),
        partial(forget_old_resets, engine),
        DatabasePostBox(engine).forget_old,
        MessageFiles(installation.places.messages).forget_old,
        DatabaseCallers(engine).forget_old,
        DatabaseSatisfaction(engine).forget_old,
        telling.forget_old,
    )
    with ready(installation.ready_file("notices")):
        Tidying(tidy, clock).until(over)
    power_back.close()
    with suppress(DatabaseUnavailable):
        leases.leave_lease(LEASE, holder)
    if line is not None:
        line.close()
    for sender in senders:
        sender.close()
    engine.dispose()


def _line(installation: Installation) -> CustomerRinging | None:
    """None where nobody is rung."""
    return CustomerRinging(power_back_settings(installation)) if ringing_rules(installation.settings) else None


def _power_back(
    installation: Installation,
    engine: Engine,
    telling: DatabaseWatchTelling,
    clock: Clock,
    line: CustomerRinging | None,
    lead: Callable[[], bool],
) -> PowerBack:
    settings = installation.settings
    return PowerBack(
        telling,
        lead,
        clock,
        line,
        DatabaseOutgoing(engine, settings.outgoing.rules(), settings.supplier.zone),
        settings.outgoing.ring_s + RING_MORE_S,
        settings.power_back.per_second,
        (DatabaseUnavailable,),
        partial(_drained, Roster(connect(installation.redis_url), settings.redis.prefix), settings.asterisk.node),
    )


def _drained(roster: Roster, node: str) -> bool:
    """Whether this machine's Asterisk takes no calls now; without Redis nobody is told so, and the dialplan knows."""
    try:
        return node in roster.drains()
    except StoreUnavailable:
        return False


def gateways(installation: Installation, engine: Engine, outbox: DatabaseNotices) -> list[Gateway]:
    """The ways out that are set. Raises WrongSecret."""
    found = []
    settings = installation.settings
    if settings.sms.host:
        found.append(_sms(sms_gateway(installation, outbox)))
    elif shows_on_phone(settings):
        box = DatabasePostBox(engine)

        def post(notice: Notice, now: Instant) -> None:
            box.put(notice, now)

        found.append(Gateway(Way.SMS, post))
    if settings.mail.host:
        relay = mail_relay(installation)
        found.append(Gateway(Way.MAIL, lambda notice, now: _mail(relay, settings.mail.sender, notice, now)))
    return found


def faults(installation: Installation) -> list[str]:
    """What keeps notices from being sent, for `callcentre check`; nothing is sent."""
    found = []
    if installation.settings.sms.host:
        try:
            sms_gateway(installation, None)
        except ValueError as fault:
            found.append(str(fault))
    return found


def waiting(installation: Installation, now: Instant) -> list[str]:
    """What waits for too long, for `callcentre check`. Raises CustomersUnavailable."""
    engine = open_engine(installation.database_url, call_limits(installation))
    try:
        since = DatabaseNotices(engine, notice_rules(installation.settings)).oldest_waiting()
    finally:
        engine.dispose()
    if since is None or now < after(since, LONGEST_WAIT_S):
        return []
    log = installation.places.log / "notices.log"
    return [f"A notice has waited for {(now - since) // 60_000} minutes. {log} says why."]


def sms_gateway(installation: Installation, outbox: DatabaseNotices | None) -> SmsGateway:
    """Raises WrongSecret; ValueError for a login that SMPP has no room for."""
    sms = installation.settings.sms
    if sms.ca_file and not Path(sms.ca_file).is_file():
        raise WrongSecret(f"{sms.ca_file} is not there. Correct sms.ca_file.")
    password = secret_in(sms.password_file or "").decode("ascii", "replace")
    smsc = Smsc(
        sms.host, sms.port, sms.sender, sms.system_id, password, sms.system_type, sms.tls, sms.ca_file, sms.receipts
    )

    def note(receipt: Receipt) -> None:
        if outbox is not None:
            outbox.delivered(receipt.gateway_id, Delivery.DELIVERED if receipt.delivered else Delivery.NOT_DELIVERED)

    return SmsGateway(smsc, note)


def mail_relay(installation: Installation) -> Relay:
    """Raises WrongSecret."""
    mail = installation.settings.mail
    password = secret_in(mail.password_file or "").decode() if mail.user else ""
    return Relay(mail.host, mail.port, mail.starttls, mail.user, password, mail.ca_file)


def _sms(gateway: SmsGateway) -> Gateway:
    def send(notice: Notice, now: Instant) -> str:
        left_s = (notice.expires_at - now) / 1000
        return gateway.send(notice.notice_id, PhoneNumber(notice.to), notice.text, left_s)

    return Gateway(Way.SMS, send, gateway.keep, gateway.close)


def _mail(relay: Relay, sender: str, notice: Notice, now: Instant) -> None:
    try:
        mail = Mail(relay, sender, [notice.to])
    except ValueError as error:
        raise NeverSent("The e-mail address is none.") from error
    mail.send(notice.notice_id, subject_of(notice.kind, notice.language), notice.text, now)
