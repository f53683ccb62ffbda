"""Customers, accounts, telephones, meters, readings, the ledger, outages and PINs."""

import sqlalchemy as sa
from alembic import op

from database.migrations.append_only import allow_changes, keep_append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('household', 'firm')", name="customers_kind_known"),
        sa.PrimaryKeyConstraint("customer_id", name="customers_pkey"),
    )
    op.create_table(
        "streets",
        sa.Column("street_id", BIG_ID, nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("street_id", name="streets_pkey"),
    )
    op.create_index("streets_by_place", "streets", ["settlement", "name"], unique=True)
    op.create_table(
        "accounts",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("street_id", BIG_ID, nullable=False),
        sa.Column("house", sa.Text(), nullable=False),
        sa.Column("flat", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="accounts_customer_id_fkey"),
        sa.ForeignKeyConstraint(["street_id"], ["streets.street_id"], name="accounts_street_id_fkey"),
        sa.PrimaryKeyConstraint("account_id", name="accounts_pkey"),
        sa.UniqueConstraint("number", name="accounts_unique_number"),
    )
    op.create_index("accounts_by_customer_id", "accounts", ["customer_id"])
    op.create_index("accounts_by_place", "accounts", ["street_id", "house"])
    op.create_table(
        "phones",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("may_hear", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="phones_account_id_fkey"),
        sa.PrimaryKeyConstraint("number", "account_id", name="phones_pkey"),
    )
    op.create_index("phones_by_account_id", "phones", ["account_id"])
    op.create_table(
        "meters",
        sa.Column("meter_id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("zones", sa.BigInteger(), nullable=False),
        sa.Column("verified_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="meters_account_id_fkey"),
        sa.PrimaryKeyConstraint("meter_id", name="meters_pkey"),
    )
    op.create_index("meters_by_account_id", "meters", ["account_id"])
    op.create_index("meters_by_serial", "meters", ["serial"])
    op.create_table(
        "readings",
        sa.Column("meter_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.BigInteger(), nullable=False),
        sa.Column("kwh", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.meter_id"], name="readings_meter_id_fkey"),
        sa.PrimaryKeyConstraint("meter_id", "day", "zone", name="readings_pkey"),
    )
    op.create_table(
        "ledger",
        sa.Column("entry_id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('charge', 'payment', 'correction')", name="ledger_kind_known"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="ledger_account_id_fkey"),
        sa.PrimaryKeyConstraint("entry_id", name="ledger_pkey"),
    )
    op.create_index("ledger_by_account", "ledger", ["account_id", "day", "entry_id", "kind", "amount"])
    op.create_table(
        "outages",
        sa.Column("outage_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('emergency', 'planned')", name="outages_kind_known"),
        sa.PrimaryKeyConstraint("outage_id", name="outages_pkey"),
    )
    op.create_index("outages_by_until", "outages", ["until"])
    op.create_table(
        "outage_places",
        sa.Column("outage_id", BIG_ID, nullable=False),
        sa.Column("street_id", BIG_ID, nullable=False),
        sa.Column("house", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.outage_id"], name="outage_places_outage_id_fkey"),
        sa.ForeignKeyConstraint(["street_id"], ["streets.street_id"], name="outage_places_street_id_fkey"),
        sa.PrimaryKeyConstraint("outage_id", "street_id", "house", name="outage_places_pkey"),
    )
    op.create_index("outage_places_by_street_id", "outage_places", ["street_id"])
    op.create_table(
        "outage_accounts",
        sa.Column("outage_id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="outage_accounts_account_id_fkey"),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.outage_id"], name="outage_accounts_outage_id_fkey"),
        sa.PrimaryKeyConstraint("outage_id", "account_id", name="outage_accounts_pkey"),
    )
    op.create_index("outage_accounts_by_account_id", "outage_accounts", ["account_id"])
    op.create_table(
        "pins",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="pins_account_id_fkey"),
        sa.PrimaryKeyConstraint("account_id", name="pins_pkey"),
    )
    keep_append_only("ledger")


def downgrade() -> None:
    allow_changes("ledger")
    op.drop_table("pins")
    op.drop_table("outage_accounts")
    op.drop_table("outage_places")
    op.drop_table("outages")
    op.drop_table("ledger")
    op.drop_table("readings")
    op.drop_table("meters")
    op.drop_table("phones")
    op.drop_table("accounts")
    op.drop_table("streets")
    op.drop_table("customers")
