"""Where a call was sent on to, in its record; empty in calls before this."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_records", sa.Column("transfers", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("call_records", "transfers")
