"""English titles of queues. Those of the demo are known; another queue shows its Russian title until it gets one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DEMO = {"Общая": "General", "Оплата и баланс": "Payment and balance", "Аварийная": "Emergency"}


def upgrade() -> None:
    op.add_column("queues", sa.Column("title_en", sa.Text(), server_default=sa.text("''"), nullable=False))
    queues = sa.table("queues", sa.column("title"), sa.column("title_en"))
    for title, english in DEMO.items():
        op.execute(queues.update().where(queues.c.title == title).values(title_en=english))
    op.execute("UPDATE settings_version SET version = version + 1 WHERE EXISTS (SELECT 1 FROM queues)")


def downgrade() -> None:
    op.drop_column("queues", "title_en")
