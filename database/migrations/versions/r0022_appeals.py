"""Appeals: what customers report or order, with their number, state and deadline."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeals",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("locality", sa.Text(), nullable=True),
        sa.Column("outage_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('no_power', 'quality', 'theft', 'metering', 'connection')", name="appeals_kind_known"
        ),
        sa.CheckConstraint("state IN ('new', 'in_work', 'answered', 'closed')", name="appeals_state_known"),
        sa.PrimaryKeyConstraint("number", name="appeals_pkey"),
        sa.UniqueConstraint("source", "kind", name="appeals_unique_source"),
    )
    op.create_index("appeals_by_account", "appeals", ["account"])
    op.create_index("appeals_by_outage_id", "appeals", ["outage_id"])
    op.create_index("appeals_by_state", "appeals", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("appeals")
