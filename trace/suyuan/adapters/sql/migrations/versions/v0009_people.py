"""Persons, what they may do, their sessions.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "persons",
        _words("id"),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        _words("created_at"),
        _words("disabled_at", nullable=True),
        sa.Column("version", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="persons_pk"),
    )
    op.create_table(
        "person_names",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _words("person"),
        sa.PrimaryKeyConstraint("digest", name="person_names_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("person_names_by_person", "person_names", ["person"])
    op.create_table(
        "person_roles",
        _words("person"),
        _words("organisation"),
        _words("role"),
        sa.PrimaryKeyConstraint("person", "organisation", "role", name="person_roles_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "person_roles_by_organisation_person", "person_roles", ["organisation", "person"]
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _words("person"),
        _words("organisation"),
        _words("stage"),
        _words("means"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        _words("device"),
        sa.PrimaryKeyConstraint("digest", name="sessions_pk"),
    )
    op.create_index("sessions_by_person", "sessions", ["person"])
    op.create_table(
        "attempts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", _NUMBER, nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("gone", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="attempts_pk"),
    )
    op.create_index("attempts_by_gone", "attempts", ["gone"])


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)
