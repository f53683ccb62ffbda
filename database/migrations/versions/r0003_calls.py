"""Call records with their offers, and the agents' notes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_records",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text(), nullable=True),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("identification", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("journey", sa.JSON(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=True),
        sa.Column("priority_s", sa.BigInteger(), nullable=False),
        sa.Column("target_s", sa.BigInteger(), nullable=True),
        sa.Column("enqueued_at", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("talk_ended_at", sa.BigInteger(), nullable=True),
        sa.Column("hold_ms", sa.BigInteger(), nullable=False),
        sa.Column("wrap_up_ended_at", sa.BigInteger(), nullable=True),
        sa.Column("settings_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="call_records_pkey"),
    )
    op.create_index("call_records_by_account", "call_records", ["account", "arrived_at"])
    op.create_index("call_records_by_agent", "call_records", ["agent_id", "answered_at"])
    op.create_index("call_records_by_arrived_at", "call_records", ["arrived_at"])
    op.create_index("call_records_by_contact_id", "call_records", ["contact_id"])
    op.create_index("call_records_by_queue", "call_records", ["queue_id", "enqueued_at"])
    op.create_table(
        "offers",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call_records.call_id"], name="offers_call_id_fkey"),
        sa.PrimaryKeyConstraint("call_id", "place", name="offers_pkey"),
    )
    op.create_index("offers_by_agent", "offers", ["agent_id", "offered_at"])
    op.create_table(
        "call_notes",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="call_notes_pkey"),
    )


def downgrade() -> None:
    op.drop_table("call_notes")
    op.drop_table("offers")
    op.drop_table("call_records")
