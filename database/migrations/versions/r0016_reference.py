"""Pages of the reference system and their history."""

import sqlalchemy as sa
from alembic import op

from database.migrations.append_only import allow_changes, keep_append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ACTS = "act IN ('saved', 'published', 'withdrawn')"
SECTIONS = "section IN ('tariffs', 'offices', 'connection', 'documents', 'questions')"


def upgrade() -> None:
    op.create_table(
        "reference_pages",
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("page_id", name="reference_pages_pkey"),
    )
    op.create_table(
        "reference_versions",
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("title_ru", sa.Text(), nullable=False),
        sa.Column("text_ru", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("menu_key", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(ACTS, name="reference_versions_act_known"),
        sa.CheckConstraint(SECTIONS, name="reference_versions_section_known"),
        sa.ForeignKeyConstraint(
            ["page_id"], ["reference_pages.page_id"], name="reference_versions_page_id_fkey"
        ),
        sa.PrimaryKeyConstraint("page_id", "version", name="reference_versions_pkey"),
    )
    keep_append_only("reference_versions")


def downgrade() -> None:
    allow_changes("reference_versions")
    op.drop_table("reference_versions")
    op.drop_table("reference_pages")
