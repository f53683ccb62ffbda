"""Outages that staff keep: their real end, localities by code, feeders with what they supply.

Outages that were over by their expected end stay over: it becomes their real one. Every settlement gets a code.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIRST_CODE = 101


def upgrade() -> None:
    op.add_column("outages", sa.Column("ended_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "localities",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="localities_pkey"),
        sa.UniqueConstraint("settlement", name="localities_unique_settlement"),
    )
    op.create_table(
        "feeders",
        sa.Column("feeder_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feeder_id", name="feeders_pkey"),
        sa.UniqueConstraint("name", name="feeders_unique_name"),
    )
    op.create_table(
        "feeder_places",
        sa.Column("feeder_id", BIG_ID, nullable=False),
        sa.Column("street_id", BIG_ID, nullable=False),
        sa.Column("house", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feeder_id", "street_id", "house", name="feeder_places_pkey"),
        sa.ForeignKeyConstraint(["feeder_id"], ["feeders.feeder_id"], name="feeder_places_feeder_id_fkey"),
        sa.ForeignKeyConstraint(["street_id"], ["streets.street_id"], name="feeder_places_street_id_fkey"),
    )
    op.create_index("feeder_places_by_street_id", "feeder_places", ["street_id"])
    _end_what_is_over()
    _give_codes()


def _end_what_is_over() -> None:
    outages = sa.table("outages", sa.column("until", sa.BigInteger), sa.column("ended_at", sa.BigInteger))
    over = outages.c.until <= time.time_ns() // 1_000_000
    op.get_bind().execute(outages.update().where(over).values(ended_at=outages.c.until))


def _give_codes() -> None:
    connection = op.get_bind()
    settlement: sa.ColumnClause[str] = sa.column("settlement", sa.Text)
    known = sa.select(settlement).select_from(sa.table("streets")).distinct().order_by(settlement)
    localities = sa.table("localities", sa.column("code", sa.Text), sa.column("settlement", sa.Text))
    rows = [
        {"code": str(FIRST_CODE + place), "settlement": name}
        for place, name in enumerate(connection.execute(known).scalars())
    ]
    if rows:
        connection.execute(localities.insert(), rows)


def downgrade() -> None:
    op.drop_table("feeder_places")
    op.drop_table("feeders")
    op.drop_table("localities")
    op.drop_column("outages", "ended_at")
