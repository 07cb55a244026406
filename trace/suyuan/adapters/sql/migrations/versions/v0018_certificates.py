"""Certificates as an organisation keeps them, their prints, and links for a market's check-in.

Revision ID: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificates",
        _number("seq", autoincrement=True),
        *(_words(name) for name in ("code", "organisation", "lot", "state", "values")),
        _words("number", nullable=True),
        _number("record", nullable=True),
        _number("voided", nullable=True),
        _words("created_at"),
        _words("changed_at"),
        _number("version"),
        sa.PrimaryKeyConstraint("seq", name="certificates_pk"),
        sa.UniqueConstraint("code", name="certificates_code_once"),
        sa.UniqueConstraint("organisation", "number", name="certificates_organisation_number_once"),
    )
    op.create_index("certificates_by_organisation_seq", "certificates", ["organisation", "seq"])
    op.create_index("certificates_by_lot", "certificates", ["lot"])
    op.create_table(
        "certificate_prints",
        _words("code"),
        _number("copy"),
        *(_words(name) for name in ("at", "person", "way")),
        sa.PrimaryKeyConstraint("code", "copy", name="certificate_prints_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "check_in_links",
        _words("id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        *(_words(name) for name in ("organisation", "market", "person", "created_at", "until")),
        _words("revoked_at", nullable=True),
        _number("used"),
        _words("used_at"),
        sa.PrimaryKeyConstraint("id", name="check_in_links_pk"),
        sa.UniqueConstraint("digest", name="check_in_links_digest_once"),
    )
    op.create_index("check_in_links_by_organisation", "check_in_links", ["organisation"])


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def _number(name: str, *, nullable: bool = False, autoincrement: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable, autoincrement=autoincrement)
