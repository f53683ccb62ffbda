"""Skills with levels: the list of a user's skills becomes the level of each. Who had a skill has it as usual (3)."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

USUAL_LEVEL = 3


def upgrade() -> None:
    _rewrite(lambda skills: dict.fromkeys(sorted(skills), USUAL_LEVEL))


def downgrade() -> None:
    _rewrite(sorted)


def _rewrite(change: Callable[..., object]) -> None:
    users = sa.table("users", sa.column("login"), sa.column("skills", sa.JSON()))
    connection = op.get_bind()
    for login, skills in connection.execute(sa.select(users.c.login, users.c.skills)).all():
        connection.execute(users.update().where(users.c.login == login).values(skills=change(skills)))
