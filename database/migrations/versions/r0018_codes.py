"""One-time codes: what is kept of them, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LIVING = sa.text("state = 'living'")


def upgrade() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("code_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('identify', 'pin_reset', 'pin_change')", name="one_time_codes_purpose_known"
        ),
        sa.CheckConstraint(
            "state IN ('living', 'used', 'exhausted', 'expired', 'replaced')", name="one_time_codes_state_known"
        ),
        sa.PrimaryKeyConstraint("code_id", name="one_time_codes_pkey"),
    )
    op.create_index(
        "one_time_codes_one_living",
        "one_time_codes",
        ["account", "purpose"],
        unique=True,
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    op.create_index("one_time_codes_by_account", "one_time_codes", ["account", "issued_at"])
    op.create_index("one_time_codes_by_number", "one_time_codes", ["number", "issued_at"])
    op.create_index("one_time_codes_by_issued_at", "one_time_codes", ["issued_at"])


def downgrade() -> None:
    op.drop_table("one_time_codes")
