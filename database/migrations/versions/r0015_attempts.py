"""Tries of PINs, counted by account, by caller's number and by hour."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = "kind IN ('account', 'number', 'hidden')"


def upgrade() -> None:
    op.create_table(
        "pin_tries",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("since", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(KINDS, name="pin_tries_kind_known"),
        sa.PrimaryKeyConstraint("kind", "subject", name="pin_tries_pkey"),
    )
    op.create_index("pin_tries_by_until", "pin_tries", ["until"])
    op.create_index("pin_tries_by_touched_at", "pin_tries", ["touched_at"])
    op.create_table(
        "pin_hours",
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("starts_at", name="pin_hours_pkey"),
    )


def downgrade() -> None:
    op.drop_table("pin_hours")
    op.drop_table("pin_tries")
