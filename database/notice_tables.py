"""The tables of notices: the outbox, and the post box of the demo."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class NoticeRow(Table):
    """One notice. `text` is empty where it was secret and is over. `claim`: who sends it, until `claimed_until`.

    `gateway_id` is the gateway's own id of what it took, `delivery` what it told of it later.
    """

    __tablename__ = "notices"
    __table_args__ = (
        one_of("way", "sms", "mail"),
        one_of("kind", "code", "receipt", "payment_link", "appeal", "outage_report", "outage_over"),
        one_of("state", "waiting", "sent", "failed", "expired"),
        one_of("delivery", "unknown", "delivered", "not_delivered"),
        Index("notices_waiting", "way", "secret", "not_before", "notice_id",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("notices_expiring", "expires_at",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("notices_by_address", "address", "created_at"),
    )  # fmt: skip
    notice_id: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str]
    address: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    secret: Mapped[bool]
    created_at: Mapped[int] = mapped_column(index=True)
    expires_at: Mapped[int]
    state: Mapped[str]
    attempts: Mapped[int]
    not_before: Mapped[int]
    claim: Mapped[str]
    claimed_until: Mapped[int]
    ended_at: Mapped[int | None]
    fault: Mapped[str]
    gateway_id: Mapped[str | None] = mapped_column(index=True)
    delivery: Mapped[str]


class PostBoxRow(Table):
    """What the demo's browser telephone shows. Empty in production."""

    __tablename__ = "demo_post_box"
    __table_args__ = (Index("demo_post_box_by_number", "number", "at"),)
    notice_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    text: Mapped[str]
    at: Mapped[int]
    expires_at: Mapped[int]
