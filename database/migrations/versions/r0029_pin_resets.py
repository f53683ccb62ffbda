"""PIN resets that an agent asks for and a supervisor decides."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pin_resets",
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("lift", sa.Boolean(), nullable=False),
        sa.CheckConstraint("checked IN ('document', 'payments', 'called_back')", name="pin_resets_checked_known"),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'expired', 'used')", name="pin_resets_state_known"
        ),
        sa.PrimaryKeyConstraint("reset_id", name="pin_resets_pkey"),
    )
    for state in ("asked", "approved"):
        only = sa.text(f"state = '{state}'")
        op.create_index(
            f"pin_resets_one_{state}", "pin_resets", ["account"], unique=True, sqlite_where=only, postgresql_where=only
        )
    op.create_index("pin_resets_by_state", "pin_resets", ["state", "changed_at"])
    op.create_index("pin_resets_by_changed_at", "pin_resets", ["changed_at"])


def downgrade() -> None:
    op.drop_table("pin_resets")
