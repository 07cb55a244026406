"""Master data, found without reading the whole log.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    masters = sa.text("kind = 'master'")
    op.create_index(
        "records_masters", "records", ["idx"], sqlite_where=masters, postgresql_where=masters
    )
