"""What a delivery to a subscriber consists of, so that it can be sent again as it was.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("batch", _NUMBER, nullable=False, server_default="500"),
        sa.Column("number", _NUMBER, nullable=False, server_default="0"),
        sa.Column("pending", _NUMBER, nullable=True),
        sa.Column("skipped", _words(), nullable=False, server_default="[]"),
        sa.Column("run_at", _words(), nullable=True),
    ):
        op.add_column("subscriptions", column)


def _words() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
