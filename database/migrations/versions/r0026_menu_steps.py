"""What callers did in the menus of the self-service; calls that are recorded already have no steps."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_steps",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("menu", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("stay_ms", sa.BigInteger(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("answer_ms", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("silent", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "ending IN ('chosen', 'agent', 'back', 'silent', 'astray', 'left', 'served', 'taken')",
            name="menu_steps_ending_known",
        ),
        sa.CheckConstraint("language IN ('ru', 'en')", name="menu_steps_language_known"),
        sa.ForeignKeyConstraint(["call_id"], ["call_records.call_id"], name="menu_steps_call_id_fkey"),
        sa.PrimaryKeyConstraint("call_id", "place", name="menu_steps_pkey"),
    )


def downgrade() -> None:
    op.drop_table("menu_steps")
