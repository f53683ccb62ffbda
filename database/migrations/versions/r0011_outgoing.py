"""What was dialled outside, by whom: counted against fraud."""

import sqlalchemy as sa
from alembic import op

from database.migrations.append_only import allow_changes, keep_append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_calls",
        sa.Column("outgoing_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outgoing_id", name="outgoing_calls_pkey"),
    )
    op.create_index("outgoing_calls_by_actor", "outgoing_calls", ["actor", "day"])
    op.create_index("outgoing_calls_by_number", "outgoing_calls", ["number", "day"])
    keep_append_only("outgoing_calls")


def downgrade() -> None:
    allow_changes("outgoing_calls")
    op.drop_table("outgoing_calls")
