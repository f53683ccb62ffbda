"""All that a queue can be set to, and the floor's limits. Queues that are there already get the defaults."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNTS = {
    "standard_permille": 800,
    "level": 1,
    "reserve": 0,
    "preferred_s": 0,
    "most_waiting": 0,
    "late_s": 0,
    "wrap_up_extensions": 2,
    "wrap_up_extension_s": 60,
    "reconnect_s": 15,
}
VALUES = ("fixed_order", "announcements", "callback")


def upgrade() -> None:
    op.add_column("queues", sa.Column("threshold_s", sa.BigInteger(), nullable=True))
    for name, default in COUNTS.items():
        op.add_column("queues", sa.Column(name, sa.BigInteger(), server_default=sa.text(str(default)), nullable=False))
    op.add_column("queues", sa.Column("round_the_clock", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("queues", sa.Column("never_full", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("queues", sa.Column("holidays", sa.Text(), server_default=sa.text("''"), nullable=False))
    for name in VALUES:
        op.add_column("queues", sa.Column(name, sa.JSON(), nullable=True))
    op.create_table(
        "queue_rings",
        _queue("queue_rings"),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("after_s", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("without", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "place", name="queue_rings_pkey"),
    )
    op.create_table(
        "queue_hours",
        _queue("queue_hours"),
        sa.Column("weekday", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opens_min", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closes_min", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="queue_hours_weekday_known"),
        sa.CheckConstraint(
            "opens_min >= 0 AND opens_min < closes_min AND closes_min <= 1440", name="queue_hours_inside_a_day"
        ),
        sa.PrimaryKeyConstraint("queue_id", "weekday", "opens_min", name="queue_hours_pkey"),
    )
    op.create_table(
        "queue_special_days",
        _queue("queue_special_days"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("open_min", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "day", name="queue_special_days_pkey"),
    )
    op.create_table(
        "queue_overflows",
        _queue("queue_overflows"),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.CheckConstraint("way IN ('queue', 'callback', 'outside')", name="queue_overflows_way_known"),
        sa.PrimaryKeyConstraint("queue_id", "place", name="queue_overflows_pkey"),
    )
    op.create_table(
        "floor_limits",
        sa.Column("only_row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hold_lines", sa.BigInteger(), nullable=False),
        sa.Column("per_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("only_row = 1", name="floor_limits_one_row"),
        sa.PrimaryKeyConstraint("only_row", name="floor_limits_pkey"),
    )
    op.execute("INSERT INTO floor_limits (only_row, hold_lines, per_number) VALUES (1, 0, 0)")


def _queue(table: str) -> sa.Column[str]:
    key = sa.ForeignKey("queues.queue_id", name=f"{table}_queue_id_fkey", ondelete="CASCADE")
    return sa.Column("queue_id", sa.Text(), key, nullable=False)


def downgrade() -> None:
    for table in ("floor_limits", "queue_overflows", "queue_special_days", "queue_hours", "queue_rings"):
        op.drop_table(table)
    for name in (*VALUES, "holidays", "never_full", "round_the_clock", *COUNTS, "threshold_s"):
        op.drop_column("queues", name)
