"""Payments, the cards that customers let us remember, and what the day's comparison with the acquirer found."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "state IN ('created', 'authorising', 'authorised', 'posted', 'declined', 'unknown', 'reversed')"
UNDER_WAY = sa.text("state IN ('created', 'authorising', 'unknown', 'authorised')")
DIFFERENCES = (
    "kind IN ('not_ours', 'not_posted', 'not_charged', 'amount', 'charged_twice', 'reversed_there', 'reversed_here')"
)


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("number", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("entry_id", BIG_ID, nullable=True),
        sa.Column("correction_id", BIG_ID, nullable=True),
        sa.CheckConstraint(STATES, name="payments_state_known"),
        sa.CheckConstraint("means IN ('card', 'saved_card')", name="payments_means_known"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="payments_account_id_fkey"),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger.entry_id"], name="payments_entry_id_fkey"),
        sa.ForeignKeyConstraint(["correction_id"], ["ledger.entry_id"], name="payments_correction_id_fkey"),
        sa.PrimaryKeyConstraint("number", name="payments_pkey"),
    )
    op.create_index("payments_by_id", "payments", ["payment_id"], unique=True)
    op.create_index("payments_by_account", "payments", ["account_id", "created_at"])
    op.create_index("payments_by_created_at", "payments", ["created_at"])
    op.create_index("payments_by_entry", "payments", ["entry_id"], unique=True)
    op.create_index("payments_by_correction", "payments", ["correction_id"], unique=True)
    op.create_index(
        "payments_one_under_way", "payments", ["account_id"], unique=True,
        sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY,
    )
    op.create_table(
        "saved_cards",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="saved_cards_account_id_fkey"),
        sa.PrimaryKeyConstraint("token", name="saved_cards_pkey"),
    )
    op.create_index("saved_cards_by_account_id", "saved_cards", ["account_id"])
    op.create_table(
        "payment_differences",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=False),
        sa.Column("theirs", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(DIFFERENCES, name="payment_differences_kind_known"),
        sa.PrimaryKeyConstraint("day", "payment_id", "kind", name="payment_differences_pkey"),
    )


def downgrade() -> None:
    for table in ("payment_differences", "saved_cards", "payments"):
        op.drop_table(table)
