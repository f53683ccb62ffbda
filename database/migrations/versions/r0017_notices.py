"""Notices: the outbox of what customers are told in writing, and the demo's post box."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.CheckConstraint("way IN ('sms', 'mail')", name="notices_way_known"),
        sa.CheckConstraint(
            "kind IN ('code', 'receipt', 'payment_link', 'appeal', 'outage_report', 'outage_over')",
            name="notices_kind_known",
        ),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'expired')", name="notices_state_known"),
        sa.CheckConstraint("delivery IN ('unknown', 'delivered', 'not_delivered')", name="notices_delivery_known"),
        sa.PrimaryKeyConstraint("notice_id", name="notices_pkey"),
    )
    op.create_index(
        "notices_waiting",
        "notices",
        ["way", "secret", "not_before", "notice_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "notices_expiring", "notices", ["expires_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_index("notices_by_address", "notices", ["address", "created_at"])
    op.create_index("notices_by_created_at", "notices", ["created_at"])
    op.create_index("notices_by_gateway_id", "notices", ["gateway_id"])
    op.create_table(
        "demo_post_box",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="demo_post_box_pkey"),
    )
    op.create_index("demo_post_box_by_number", "demo_post_box", ["number", "at"])


def downgrade() -> None:
    op.drop_table("demo_post_box")
    op.drop_table("notices")
