"""Reports from the public.

Revision ID: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        _words("number"),
        _octets("code"),
        _octets("once"),
        *map(_words, ("organisation", "county", "subject", "serial", "kind")),
        _octets("words"),
        *map(_words, ("state", "outcome", "at", "receive_by", "answer_by")),
        *map(_words, ("received_at", "answered_at", "closed_at")),
        *map(_words, ("answer", "records", "history")),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("number", name="cases_pk"),
        sa.UniqueConstraint("once", name="cases_once_once"),
    )
    op.create_index("cases_by_subject", "cases", ["subject"])
    op.create_index("cases_by_organisation_at", "cases", ["organisation", "at"])
    op.create_index("cases_by_state_closed_at", "cases", ["state", "closed_at"])
    op.create_table(
        "case_files",
        _words("case"),
        _words("name"),
        _words("media_type"),
        _octets("body"),
        sa.PrimaryKeyConstraint("case", "name", name="case_files_pk"),
    )


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _octets(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)
