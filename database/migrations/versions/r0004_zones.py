"""The time zones of queues and of streets, and so of addresses. What is there already is in the supplier's zone."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("queues", "streets"):
        op.add_column(table, sa.Column("zone", sa.Text(), server_default="Europe/Moscow", nullable=False))


def downgrade() -> None:
    for table in ("streets", "queues"):
        op.drop_column(table, "zone")
