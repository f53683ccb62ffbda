"""How an appeal was closed and what it was before, so that it can be taken back; an index for those that are late."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


COLUMNS = ("word", "closed_from")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("appeals", sa.Column(column, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index("appeals_by_change", "appeals", ["state", "changed_at"])


def downgrade() -> None:
    op.drop_index("appeals_by_change", table_name="appeals")
    for column in reversed(COLUMNS):
        op.drop_column("appeals", column)
