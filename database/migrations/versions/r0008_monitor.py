"""The monitor: figures of intervals, alerts with their messages, leases."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COUNTS = (
    "standard_permille", "offered", "pending", "answered", "inside", "abandoned", "abandoned_inside", "short_abandoned",
    "self_served", "callbacks", "overflowed", "rescued", "refused", "blocked", "waits_ms", "handled", "handle_ms",
    "longest_ms", "busy_ms", "idle_ms", "away_ms",
)
OPEN = sa.text("cleared_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "interval_figures",
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("queue_id", "starts_at", name="interval_figures_pkey"),
    )
    op.create_index("interval_figures_by_start", "interval_figures", ["starts_at"])
    op.create_table(
        "menu_figures",
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("ends_at", "calls", "contained", "deflected")),
        sa.PrimaryKeyConstraint("starts_at", name="menu_figures_pkey"),
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("limit_value", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name="alerts_pkey"),
    )
    op.create_index("alerts_by_raised_at", "alerts", ["raised_at"])
    op.create_index(
        "alerts_one_open", "alerts", ["kind", "about"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "alert_messages",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("event IN ('raised', 'cleared')", name="alert_messages_event_known"),
        sa.CheckConstraint("channel IN ('webhook', 'mail')", name="alert_messages_channel_known"),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.alert_id"], name="alert_messages_alert_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", "event", "channel", name="alert_messages_pkey"),
    )
    op.create_index("alert_messages_by_due_at", "alert_messages", ["due_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="leases_pkey"),
    )


def downgrade() -> None:
    for table in ("leases", "alert_messages", "alerts", "menu_figures", "interval_figures"):
        op.drop_table(table)
