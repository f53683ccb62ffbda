"""What callers answered after an agent's call, and when a number was asked last."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satisfaction",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("queue_id", sa.Text(), nullable=True),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="satisfaction_score_known"),
        sa.CheckConstraint("language IN ('ru', 'en')", name="satisfaction_language_known"),
        sa.PrimaryKeyConstraint("call_id", name="satisfaction_pkey"),
    )
    op.create_index("satisfaction_by_at", "satisfaction", ["at"])
    op.create_table(
        "survey_askings",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="survey_askings_pkey"),
    )
    op.create_index("survey_askings_by_asked_at", "survey_askings", ["asked_at"])


def downgrade() -> None:
    op.drop_table("survey_askings")
    op.drop_table("satisfaction")
