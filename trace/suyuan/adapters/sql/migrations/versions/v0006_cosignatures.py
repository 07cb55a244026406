"""What witnesses say of checkpoints.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cosignatures",
        sa.Column("size", _NUMBER, nullable=False),
        _words("witness"),
        _words("line"),
        _words("at"),
        sa.PrimaryKeyConstraint("size", "witness", name="cosignatures_pk"),
        sa.ForeignKeyConstraint(
            ["size"], ["checkpoints.size"], name="cosignatures_size_of_checkpoints"
        ),
        sqlite_with_rowid=False,
    )


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)
