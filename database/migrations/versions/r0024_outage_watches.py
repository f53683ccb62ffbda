"""Who wants to be told when power is back, by which way, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outage_watches",
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("outage_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wished_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("way IN ('text', 'ring')", name="outage_watches_way_known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'ringing', 'told', 'not_reached')", name="outage_watches_state_known"
        ),
        sa.PrimaryKeyConstraint("watch_id", name="outage_watches_pkey"),
        sa.UniqueConstraint("outage_id", "number", name="outage_watches_unique_number"),
    )
    op.create_index("outage_watches_by_call", "outage_watches", ["call"])
    op.create_index("outage_watches_by_claimed_until", "outage_watches", ["claimed_until"])
    op.create_index("outage_watches_due", "outage_watches", ["outage_id", "state", "way", "not_before"])


def downgrade() -> None:
    op.drop_table("outage_watches")
