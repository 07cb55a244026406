"""Events by time, and by step and time; named queries.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("events_by_biz_step_idx", "events")
    op.create_index(
        "events_by_biz_step_event_time_idx", "events", ["biz_step", "event_time", "idx"]
    )
    op.create_index("events_by_event_time_idx", "events", ["event_time", "idx"])
    op.create_table(
        "queries",
        _words("organisation"),
        _words("name"),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        _words("created_at"),
        sa.PrimaryKeyConstraint("organisation", "name", name="queries_pk"),
    )


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
