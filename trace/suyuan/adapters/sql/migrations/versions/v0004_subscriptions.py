"""Standing queries.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        _words("id"),
        _words("organisation"),
        _words("query"),
        _words("dest"),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        _words("token"),
        sa.Column("stream", sa.SmallInteger(), nullable=False),
        _words("created_at"),
        sa.Column("cursor", _NUMBER, nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        _words("notified_at", nullable=True),
        sa.Column("failures", _NUMBER, nullable=False),
        _words("problem", nullable=True),
        _words("holder", nullable=True),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="subscriptions_pk"),
    )
    op.create_index(
        "subscriptions_by_organisation_query_id",
        "subscriptions",
        ["organisation", "query", "id"],
    )


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)
