"""Reports of recall drills.

Revision ID: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drills",
        _words("id"),
        _words("organisation"),
        _words("person"),
        _words("at"),
        _words("report"),
        sa.PrimaryKeyConstraint("id", name="drills_pk"),
    )
    op.create_index("drills_by_organisation_at", "drills", ["organisation", "at"])


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
