"""Tariffs with their prices over time, each account's tariff, and meters that were taken down."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tariffs",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("zones", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("zones BETWEEN 1 AND 3", name="tariffs_zones_known"),
        sa.PrimaryKeyConstraint("code", name="tariffs_pkey"),
    )
    op.create_table(
        "tariff_rates",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("zone", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price >= 0", name="tariff_rates_price_not_negative"),
        sa.PrimaryKeyConstraint("code", "zone", "since", name="tariff_rates_pkey"),
        sa.ForeignKeyConstraint(["code"], ["tariffs.code"], name="tariff_rates_code_fkey"),
    )
    op.create_table(
        "account_tariffs",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "since", name="account_tariffs_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="account_tariffs_account_id_fkey"),
        sa.ForeignKeyConstraint(["code"], ["tariffs.code"], name="account_tariffs_code_fkey"),
    )
    op.create_index("account_tariffs_by_code", "account_tariffs", ["code"])
    op.add_column("meters", sa.Column("removed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("meters", "removed_on")
    op.drop_table("account_tariffs")
    op.drop_table("tariff_rates")
    op.drop_table("tariffs")
