"""Scans of codes, and the cases that they raise.

Revision ID: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scans",
        _words("code"),
        _words("lot"),
        _words("owner"),
        _words("first_at"),
        _words("last_at"),
        _number("seen"),
        sa.PrimaryKeyConstraint("code", name="scans_pk"),
    )
    op.create_table(
        "scan_days",
        _words("code"),
        _words("day"),
        _words("county"),
        _number("seen"),
        _words("first_hour"),
        _words("last_hour"),
        sa.PrimaryKeyConstraint("code", "day", "county", name="scan_days_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scan_cases",
        _words("code"),
        _words("id"),
        _words("lot"),
        _words("owner"),
        _words("reasons"),
        _words("opened_at"),
        _words("newest_at"),
        _words("state"),
        _words("person"),
        _words("note"),
        _words("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("code", name="scan_cases_pk"),
        sa.UniqueConstraint("id", name="scan_cases_id_once"),
    )
    op.create_index(
        "scan_cases_by_owner_state_opened_at", "scan_cases", ["owner", "state", "opened_at"]
    )


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False, autoincrement=False)
