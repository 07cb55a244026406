"""Laboratories, and links by which they sign.

Revision ID: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "laboratories",
        _words("organisation"),
        _words("number"),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        _words("added_at"),
        sa.PrimaryKeyConstraint("organisation", name="laboratories_pk"),
    )
    op.create_table(
        "sign_requests",
        _words("id"),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        _words("organisation"),
        _words("laboratory"),
        _words("purpose"),
        _words("subject"),
        _words("asked"),
        _words("person"),
        _words("created_at"),
        _words("until"),
        _words("state"),
        _words("answered_at"),
        _words("answer"),
        sa.PrimaryKeyConstraint("id", name="sign_requests_pk"),
        sa.UniqueConstraint("token", name="sign_requests_token_once"),
    )
    op.create_index("sign_requests_by_subject", "sign_requests", ["subject"])
    for name in ("organisation", "laboratory"):
        op.create_index(
            f"sign_requests_by_{name}_created_at", "sign_requests", [name, "created_at"]
        )


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
