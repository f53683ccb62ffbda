"""What telephone numbers are remembered for: their language and their last choice."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("rang_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("language IN ('ru', 'en')", name="callers_language_known"),
        sa.PrimaryKeyConstraint("number", name="callers_pkey"),
    )
    op.create_index("callers_by_rang_at", "callers", ["rang_at"])


def downgrade() -> None:
    op.drop_table("callers")
