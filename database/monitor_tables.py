"""The tables of the monitor: figures of intervals, alerts and their messages, leases. Whole numbers only."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class IntervalFiguresRow(Table):
    """acd.metrics.Tally and acd.staff_time.StaffTime of a queue's interval; every figure follows from them.

    No foreign key: a queue that is removed keeps its past.
    """

    __tablename__ = "interval_figures"
    __table_args__ = (Index("interval_figures_by_start", "starts_at"),)
    queue_id: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ends_at: Mapped[int]
    final: Mapped[bool]
    standard_permille: Mapped[int]
    offered: Mapped[int]
    pending: Mapped[int]
    answered: Mapped[int]
    inside: Mapped[int]
    abandoned: Mapped[int]
    abandoned_inside: Mapped[int]
    short_abandoned: Mapped[int]
    self_served: Mapped[int]
    callbacks: Mapped[int]
    overflowed: Mapped[int]
    rescued: Mapped[int]
    refused: Mapped[int]
    blocked: Mapped[int]
    waits_ms: Mapped[int]
    handled: Mapped[int]
    handle_ms: Mapped[int]
    longest_ms: Mapped[int]
    busy_ms: Mapped[int]
    idle_ms: Mapped[int]
    away_ms: Mapped[int]


class MenuFiguresRow(Table):
    """acd.metrics.MenuTally of an interval of the supplier's clock."""

    __tablename__ = "menu_figures"
    starts_at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ends_at: Mapped[int]
    calls: Mapped[int]
    contained: Mapped[int]
    deflected: Mapped[int]


class AlertRow(Table):
    """acd.alerts.Alert. One of a kind and subject is open at a time: the index refuses a second."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "alerts_one_open", "kind", "about", unique=True,
            sqlite_where=text("cleared_at IS NULL"), postgresql_where=text("cleared_at IS NULL"),
        ),
    )  # fmt: skip
    alert_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    about: Mapped[str]
    raised_at: Mapped[int] = mapped_column(index=True)
    value: Mapped[int]
    limit_value: Mapped[int]
    cleared_at: Mapped[int | None]
    acknowledged_at: Mapped[int | None]
    acknowledged_by: Mapped[str | None]


class AlertMessageRow(Table):
    """The outbox: a message of an alert on one channel. `due_at` None: sent, or given up.

    `claimed_until`: a monitor is sending it.
    """

    __tablename__ = "alert_messages"
    __table_args__ = (one_of("event", "raised", "cleared"), one_of("channel", "webhook", "mail"))
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.alert_id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[int]
    due_at: Mapped[int | None] = mapped_column(index=True)
    claimed_until: Mapped[int] = mapped_column(server_default=text("0"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[int | None]
    fault: Mapped[str] = mapped_column(server_default=text("''"))


class LeaseRow(Table):
    """Who of several does what only one may do, and until when."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[int]
