"""Tables that are uploaded, and how they were read before.

Revision ID: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        _words("id"),
        _words("organisation"),
        _words("name"),
        _words("created_at"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _words("plans"),
        _words("job", nullable=True),
        _words("places"),
        _words("outcome"),
        sa.PrimaryKeyConstraint("id", name="imports_pk"),
    )
    op.create_index(
        "imports_by_organisation_created_at_id", "imports", ["organisation", "created_at", "id"]
    )
    op.create_index("imports_by_created_at", "imports", ["created_at"])
    op.create_table(
        "import_plans",
        _words("organisation"),
        sa.Column("headings", sa.LargeBinary(), nullable=False),
        _words("plan"),
        _words("used_at"),
        sa.PrimaryKeyConstraint("organisation", "headings", name="import_plans_pk"),
    )


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)
