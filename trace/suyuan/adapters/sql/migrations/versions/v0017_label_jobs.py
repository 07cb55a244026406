"""Jobs of labels, and the stock and printers they are for.

Revision ID: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_jobs",
        _number("seq", autoincrement=True),
        _words("id"),
        _words("organisation"),
        _words("person"),
        _words("lot"),
        _number("record", nullable=True),
        _number("first"),
        _number("count"),
        _words("way"),
        _words("stock"),
        _words("printer"),
        _words("wire"),
        _words("state"),
        _number("printed"),
        _number("sent"),
        _number("again"),
        _words("trouble"),
        _words("doubts"),
        _words("created_at"),
        _words("finished_at", nullable=True),
        _words("holder", nullable=True),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="label_jobs_pk"),
        sa.UniqueConstraint("id", name="label_jobs_id_once"),
    )
    op.create_index("label_jobs_by_record", "label_jobs", ["record"])
    op.create_index("label_jobs_by_organisation_seq", "label_jobs", ["organisation", "seq"])
    op.create_index("label_jobs_by_state_seq", "label_jobs", ["state", "seq"])
    op.create_table(
        "label_supplies",
        _words("kind"),
        _words("organisation"),
        _words("id"),
        _words("document"),
        sa.PrimaryKeyConstraint("kind", "organisation", "id", name="label_supplies_pk"),
        sqlite_with_rowid=False,
    )


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def _number(name: str, *, nullable: bool = False, autoincrement: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable, autoincrement=autoincrement)
