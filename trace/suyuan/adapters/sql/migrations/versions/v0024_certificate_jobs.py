"""Certificates as jobs of labels.

Revision ID: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    op.add_column("label_jobs", sa.Column("certificate", words, nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("label_jobs", sa.Column("copy", number, nullable=True))
