"""Callbacks: what customers were promised."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = "state IN ('waiting', 'reached', 'unreached', 'cancelled')"


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("priority_s", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("enqueued_at", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(STATES, name="callbacks_state_known"),
        sa.PrimaryKeyConstraint("callback_id", name="callbacks_pkey"),
    )
    op.create_index("callbacks_by_contact_id", "callbacks", ["contact_id"])
    op.create_index("callbacks_by_number", "callbacks", ["number", "state"])
    op.create_index("callbacks_by_state", "callbacks", ["state", "enqueued_at"])


def downgrade() -> None:
    op.drop_table("callbacks")
