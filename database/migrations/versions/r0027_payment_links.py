"""Payments by a link: a state and a means of their own, and whom the receipt of a payment that is not over goes to.

SQLite cannot change a check: it copies the table. Nothing names a row of it, so that no key is lost on the way.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATES: Final = ("created", "authorising", "authorised", "posted", "declined", "unknown", "reversed")
MEANS: Final = ("card", "saved_card")
OFFERED: Final = sa.text("state = 'offered'")


def upgrade() -> None:
    _allow((*STATES, "offered"), (*MEANS, "link"))
    op.add_column("payments", sa.Column("phone", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("language", sa.Text(), nullable=True))
    op.create_index("payments_offered", "payments", ["number"], sqlite_where=OFFERED, postgresql_where=OFFERED)


def downgrade() -> None:
    """Open links are forgotten; what was paid by one was paid by card for all that is known then."""
    op.drop_index("payments_offered", "payments")
    op.drop_column("payments", "language")
    op.drop_column("payments", "phone")
    op.execute("DELETE FROM payments WHERE state = 'offered'")
    op.execute("UPDATE payments SET means = 'card' WHERE means = 'link'")
    _allow(STATES, MEANS)


def _allow(states: tuple[str, ...], means: tuple[str, ...]) -> None:
    with op.batch_alter_table("payments") as payments:
        for column, words in {"state": states, "means": means}.items():
            name = op.f(f"payments_payments_{column}_known")  # as the first step of payments left it
            payments.drop_constraint(name, type_="check")
            payments.create_check_constraint(name, f"{column} IN ({', '.join(repr(word) for word in words)})")
