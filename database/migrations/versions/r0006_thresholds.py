"""The service level's own threshold of a call, and why a refused or overflowed call could not wait."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_records", sa.Column("threshold_s", sa.BigInteger(), nullable=True))
    op.add_column("call_records", sa.Column("cause", sa.Text(), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    op.drop_column("call_records", "cause")
    op.drop_column("call_records", "threshold_s")
