"""Where imported entries and outages came from."""

import sqlalchemy as sa
from alembic import op

from database.migrations.append_only import allow_changes, keep_append_only

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ledger_origins",
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entry_id", BIG_ID, nullable=False),
        sa.CheckConstraint("register IN ('charges', 'payments')", name="ledger_origins_register_known"),
        sa.PrimaryKeyConstraint("register", "source", "number", name="ledger_origins_pkey"),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger.entry_id"], name="ledger_origins_entry_id_fkey"),
    )
    op.create_index("ledger_origins_by_entry_id", "ledger_origins", ["entry_id"], unique=True)
    keep_append_only("ledger_origins")
    op.create_table(
        "outage_origins",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("outage_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("source", "number", name="outage_origins_pkey"),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.outage_id"], name="outage_origins_outage_id_fkey"),
    )
    op.create_index("outage_origins_by_outage_id", "outage_origins", ["outage_id"], unique=True)


def downgrade() -> None:
    op.drop_table("outage_origins")
    allow_changes("ledger_origins")
    op.drop_table("ledger_origins")
