"""What a charge is for: tariff zone, kilowatt-hours and rate. Lines that are there already stay without them.

No check constraints: SQLite would copy the whole table for them, and with it drop the triggers that keep it append-only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = ("zone", "kwh", "rate")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("ledger", sa.Column(column, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("ledger", column)
