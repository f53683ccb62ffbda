"""Readings that customers hand in: who read the meter, and whether a person has still to look at it.

No check constraints: SQLite would copy the whole table for them, and the words are written by this code alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("readings", sa.Column("source", sa.Text(), server_default="inspector", nullable=False))
    op.add_column("readings", sa.Column("state", sa.Text(), server_default="accepted", nullable=False))


def downgrade() -> None:
    for column in ("state", "source"):
        op.drop_column("readings", column)
