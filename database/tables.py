"""Every table, typed. Rows go no further than the file that reads them; docs/data.md draws them.

Instants are UTC milliseconds, days are dates, money is whole kopecks, energy whole kilowatt-hours: no floats anywhere.
`ledger`, `audit` and `outgoing_calls` are append-only, kept so by triggers. An account has no stored balance: its sum
is one walk over `ledger_by_account`, which holds all that it needs: a few hundred entries in well under 1 ms.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from calls.zones import SUPPLIER_ZONE

NAMING = {
    "ix": "%(table_name)s_by_%(column_0_N_name)s",
    "uq": "%(table_name)s_unique_%(column_0_N_name)s",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a key whose type is spelled INTEGER; it holds 64 bits there."""


def one_of(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=f"{column}_known")


class Table(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own
        int: BigInteger,
        str: Text,
        date: Date,
        list[Any]: JSON,
        dict[str, Any]: JSON,
    }


class CustomerRow(Table):
    __tablename__ = "customers"
    __table_args__ = (one_of("kind", "household", "firm"),)
    customer_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]


class StreetRow(Table):
    """`zone` is the IANA time zone of all addresses in the street."""

    __tablename__ = "streets"
    __table_args__ = (Index("streets_by_place", "settlement", "name", unique=True),)
    street_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    settlement: Mapped[str]
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(server_default=SUPPLIER_ZONE)


class AccountRow(Table):
    __tablename__ = "accounts"
    __table_args__ = (Index("accounts_by_place", "street_id", "house"),)
    account_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"), index=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("streets.street_id"))
    house: Mapped[str]
    flat: Mapped[str]


class PhoneRow(Table):
    """One number may belong to several accounts; `may_hear` is the owner's leave for the balance without a PIN."""

    __tablename__ = "phones"
    number: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), primary_key=True, index=True)
    may_hear: Mapped[bool]


class MeterRow(Table):
    """`removed_on`: taken down; its readings stay, and nobody hears of it any more."""

    __tablename__ = "meters"
    meter_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), index=True)
    serial: Mapped[str] = mapped_column(index=True)
    model: Mapped[str]
    zones: Mapped[int]
    verified_until: Mapped[date]
    removed_on: Mapped[date | None]


class ReadingRow(Table):
    """`source` and `state` as in customers.readings."""

    __tablename__ = "readings"
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.meter_id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    zone: Mapped[int] = mapped_column(primary_key=True)
    kwh: Mapped[int]
    source: Mapped[str] = mapped_column(server_default=text("'inspector'"))
    state: Mapped[str] = mapped_column(server_default=text("'accepted'"))


class LedgerRow(Table):
    """`amount` in kopecks: charges negative, payments positive. `zone`, `kwh` and `rate` as in customers.accounts."""

    __tablename__ = "ledger"
    __table_args__ = (
        one_of("kind", "charge", "payment", "correction"),
        Index("ledger_by_account", "account_id", "day", "entry_id", "kind", "amount"),
    )
    entry_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    day: Mapped[date]
    kind: Mapped[str]
    amount: Mapped[int]
    text: Mapped[str]
    zone: Mapped[int | None]
    kwh: Mapped[int | None]
    rate: Mapped[int | None]


class OutageRow(Table):
    """`until` is the expected restoration, None when unknown; `ended_at` the real one, None while it goes on."""

    __tablename__ = "outages"
    __table_args__ = (one_of("kind", "emergency", "planned"), Index("outages_by_until", "until"))
    outage_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str]
    cause: Mapped[str]
    since: Mapped[int]
    until: Mapped[int | None]
    ended_at: Mapped[int | None]


class OutagePlaceRow(Table):
    """A street that is out, or one house of it; an empty house is the whole street."""

    __tablename__ = "outage_places"
    outage_id: Mapped[int] = mapped_column(ForeignKey("outages.outage_id"), primary_key=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("streets.street_id"), primary_key=True, index=True)
    house: Mapped[str] = mapped_column(primary_key=True)


class OutageAccountRow(Table):
    """An account that is out whatever its address says."""

    __tablename__ = "outage_accounts"
    outage_id: Mapped[int] = mapped_column(ForeignKey("outages.outage_id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), primary_key=True, index=True)


class PinRow(Table):
    """`sealed` is argon2id of the HMAC of account and PIN (customers.pin)."""

    __tablename__ = "pins"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), primary_key=True)
    sealed: Mapped[str]


class UserRow(Table):
    """`skills`: the level of each by its name. `failures` in a row; a lock ends at `locked_until`."""

    __tablename__ = "users"
    __table_args__ = (one_of("role", "agent", "supervisor", "quality", "administrator", "auditor"),)
    login: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    skills: Mapped[dict[str, Any]]
    active: Mapped[bool]
    password: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[int] = mapped_column(default=0)


class SignInRow(Table):
    """`token` is the SHA-256 of the cookie's random token: a stolen table signs nobody in."""

    __tablename__ = "sign_ins"
    token: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("users.login"), index=True)
    begun_at: Mapped[int]
    idle_limit_s: Mapped[int]
    ends_at: Mapped[int] = mapped_column(index=True)


class AuditRow(Table):
    __tablename__ = "audit"
    entry_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    address: Mapped[str]


class QueueRow(Table):
    """acd.queues.Queue: what is one word or number. `title` is Russian, `title_en` may be empty.

    `zone` is the IANA zone in which its days and hours are meant; `round_the_clock`: no hours hold. `announcements` and
    `callback` are values of their own, empty for the defaults; rings, hours, special days and overflows are rows.
    """

    __tablename__ = "queues"
    queue_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    target_s: Mapped[int]
    skills: Mapped[list[Any]]
    offer_s: Mapped[int]
    wrap_up_s: Mapped[int]
    strategy: Mapped[str]
    zone: Mapped[str] = mapped_column(server_default=SUPPLIER_ZONE)
    title_en: Mapped[str] = mapped_column(server_default=text("''"))
    threshold_s: Mapped[int | None]
    standard_permille: Mapped[int] = mapped_column(server_default=text("800"))
    level: Mapped[int] = mapped_column(server_default=text("1"))
    reserve: Mapped[int] = mapped_column(server_default=text("0"))
    preferred_s: Mapped[int] = mapped_column(server_default=text("0"))
    most_waiting: Mapped[int] = mapped_column(server_default=text("0"))
    late_s: Mapped[int] = mapped_column(server_default=text("0"))
    wrap_up_extensions: Mapped[int] = mapped_column(server_default=text("2"))
    wrap_up_extension_s: Mapped[int] = mapped_column(server_default=text("60"))
    reconnect_s: Mapped[int] = mapped_column(server_default=text("15"))
    round_the_clock: Mapped[bool] = mapped_column(server_default=true())
    never_full: Mapped[bool] = mapped_column(server_default=false())
    holidays: Mapped[str] = mapped_column(server_default=text("''"))
    fixed_order: Mapped[list[Any] | None]
    announcements: Mapped[dict[str, Any] | None]
    callback: Mapped[dict[str, Any] | None]


def _of_a_queue() -> Mapped[str]:
    return mapped_column(ForeignKey("queues.queue_id", ondelete="CASCADE"), primary_key=True)


class QueueRingRow(Table):
    """The rings of one queue, in their order."""

    __tablename__ = "queue_rings"
    queue_id: Mapped[str] = _of_a_queue()
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    after_s: Mapped[int]
    level: Mapped[int]
    without: Mapped[list[Any]]


class QueueHoursRow(Table):
    """`weekday` 0 is Monday; minutes of the queue's local day."""

    __tablename__ = "queue_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("opens_min >= 0 AND opens_min < closes_min AND closes_min <= 1440", name="inside_a_day"),
    )
    queue_id: Mapped[str] = _of_a_queue()
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opens_min: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    closes_min: Mapped[int]


class QueueSpecialDayRow(Table):
    """`open_min`: pairs of minutes; none, the queue is closed that day."""

    __tablename__ = "queue_special_days"
    queue_id: Mapped[str] = _of_a_queue()
    day: Mapped[date] = mapped_column(primary_key=True)
    open_min: Mapped[list[Any]]


class QueueOverflowRow(Table):
    """The links of one queue's chain, in their order."""

    __tablename__ = "queue_overflows"
    __table_args__ = (one_of("way", "queue", "callback", "outside"),)
    queue_id: Mapped[str] = _of_a_queue()
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    causes: Mapped[list[Any]]
    way: Mapped[str]
    target: Mapped[str]


class FloorLimitsRow(Table):
    """One row, made by the migration. 0: no limit."""

    __tablename__ = "floor_limits"
    __table_args__ = (CheckConstraint("only_row = 1", name="one_row"),)
    only_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hold_lines: Mapped[int]
    per_number: Mapped[int]


class SettingsVersionRow(Table):
    """One row, made by the migration: raised with every change of queues and skills."""

    __tablename__ = "settings_version"
    __table_args__ = (CheckConstraint("only_row = 1", name="one_row"),)
    only_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]


class CallbackRow(Table):
    """What customers were promised. One that is over stays as it ended."""

    __tablename__ = "callbacks"
    __table_args__ = (
        one_of("state", "waiting", "reached", "unreached", "cancelled"),
        Index("callbacks_by_contact_id", "contact_id"),
        Index("callbacks_by_number", "number", "state"),
        Index("callbacks_by_state", "state", "enqueued_at"),
    )
    callback_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    queue_id: Mapped[str]
    number: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    not_before: Mapped[int]
    priority_s: Mapped[int]
    arrived_at: Mapped[int]
    enqueued_at: Mapped[int]
    requested_at: Mapped[int]
    ended_at: Mapped[int | None]
    node: Mapped[str]
    skills: Mapped[list[Any]]
    facts: Mapped[dict[str, Any]]


class CallRow(Table):
    """One call, written once: raw times and the norm then in force.

    `journey` is a list of calls.journey.Step, `transfers` one of calls.transfer.TransferRecord.
    """

    __tablename__ = "call_records"
    __table_args__ = (
        Index("call_records_by_queue", "queue_id", "enqueued_at"),
        Index("call_records_by_agent", "agent_id", "answered_at"),
        Index("call_records_by_account", "account", "arrived_at"),
    )
    call_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(index=True)
    node: Mapped[str]
    outcome: Mapped[str]
    caller_number: Mapped[str | None]
    dialled: Mapped[str]
    language: Mapped[str]
    identification: Mapped[str]
    account: Mapped[str | None]
    accounts: Mapped[list[Any]]
    topic: Mapped[str]
    journey: Mapped[list[Any]]
    arrived_at: Mapped[int] = mapped_column(index=True)
    ended_at: Mapped[int]
    queue_id: Mapped[str | None]
    priority_s: Mapped[int]
    target_s: Mapped[int | None]
    enqueued_at: Mapped[int | None]
    agent_id: Mapped[str | None]
    answered_at: Mapped[int | None]
    talk_ended_at: Mapped[int | None]
    hold_ms: Mapped[int]
    wrap_up_ended_at: Mapped[int | None]
    settings_version: Mapped[int]
    threshold_s: Mapped[int | None]
    cause: Mapped[str] = mapped_column(server_default=text("''"))
    transfers: Mapped[list[Any] | None]


class OfferRow(Table):
    """The offers of one call, in their order."""

    __tablename__ = "offers"
    __table_args__ = (Index("offers_by_agent", "agent_id", "offered_at"),)
    call_id: Mapped[str] = mapped_column(ForeignKey("call_records.call_id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offer_id: Mapped[str]
    agent_id: Mapped[str]
    offered_at: Mapped[int]
    ended_at: Mapped[int]
    result: Mapped[str]


class OutgoingRow(Table):
    """A number that was to be dialled outside. `day` in the supplier's zone; an empty `refusal`: it was dialled."""

    __tablename__ = "outgoing_calls"
    __table_args__ = (
        Index("outgoing_calls_by_actor", "actor", "day"),
        Index("outgoing_calls_by_number", "number", "day"),
    )
    outgoing_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int]
    day: Mapped[date]
    kind: Mapped[str]
    actor: Mapped[str]
    number: Mapped[str]
    call_id: Mapped[str]
    refusal: Mapped[str]


class CallNoteRow(Table):
    """Saved as typed, so before the call's record exists."""

    __tablename__ = "call_notes"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str]
    saved_at: Mapped[int]
