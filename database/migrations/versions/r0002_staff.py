"""Users, sign-ins, the audit, queues and the settings' version."""

import sqlalchemy as sa
from alembic import op

from database.migrations.append_only import allow_changes, keep_append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('agent', 'supervisor', 'quality', 'administrator', 'auditor')", name="users_role_known"
        ),
        sa.PrimaryKeyConstraint("login", name="users_pkey"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("idle_limit_s", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["users.login"], name="sign_ins_login_fkey"),
        sa.PrimaryKeyConstraint("token", name="sign_ins_pkey"),
    )
    op.create_index("sign_ins_by_ends_at", "sign_ins", ["ends_at"])
    op.create_index("sign_ins_by_login", "sign_ins", ["login"])
    op.create_table(
        "audit",
        sa.Column("entry_id", BIG_ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="audit_pkey"),
    )
    op.create_index("audit_by_at", "audit", ["at"])
    op.create_table(
        "queues",
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("target_s", sa.BigInteger(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("offer_s", sa.BigInteger(), nullable=False),
        sa.Column("wrap_up_s", sa.BigInteger(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("queue_id", name="queues_pkey"),
    )
    op.create_table(
        "settings_version",
        sa.Column("only_row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("only_row = 1", name="settings_version_one_row"),
        sa.PrimaryKeyConstraint("only_row", name="settings_version_pkey"),
    )
    op.execute("INSERT INTO settings_version (only_row, version) VALUES (1, 0)")
    keep_append_only("audit")


def downgrade() -> None:
    allow_changes("audit")
    op.drop_table("settings_version")
    op.drop_table("queues")
    op.drop_table("audit")
    op.drop_table("sign_ins")
    op.drop_table("users")
