"""Words and places that events name; what a capture job does where an event cannot be taken.

Revision ID: 0003
"""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

from suyuan.core.epcis.known import known_in
from suyuan.core.visibility import record_class

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEEP = sa.text("UPDATE events SET known = :known WHERE idx = :idx")


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("behaviour", _text(), nullable=False, server_default="rollback")
    )
    op.add_column("events", sa.Column("known", _text(), nullable=False, server_default="[]"))
    known = op.create_table(
        "known",
        sa.Column("resource", _text(), nullable=False),
        sa.Column("value", _text(), nullable=False),
        sa.Column("trade", sa.SmallInteger(), nullable=False),
        sa.Column("owner", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("party", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("records", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("resource", "value", "trade", "owner", "party", name="known_pk"),
        sqlite_with_rowid=False,
    )
    rows = [(*row, count) for row, count in sorted(_counted(op.get_bind()).items())]
    names = [column.name for column in known.c]
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        op.bulk_insert(known, [dict(zip(names, row, strict=True)) for row in part])


def _counted(connection: sa.Connection) -> Counter[tuple[str, str, int, int, int]]:
    """What the events recorded so far name, by reading each of them once."""
    counts: Counter[tuple[str, str, int, int, int]] = Counter()
    query = sa.text(
        "SELECT e.idx, c.content, e.owner, e.parties FROM events e JOIN contents c ON c.idx = e.idx "
        "WHERE e.idx > :after ORDER BY e.idx LIMIT :most"
    )
    after = -1
    while found := connection.execute(query, {"after": after, "most": AT_ONCE}).all():
        for index, content, owner, parties in found:
            after = index
            event = json.loads(bytes(content))["event"]
            trade = int(record_class("event", event) == "trade")
            named = {0, *json.loads(parties)} if trade else {0}
            values = known_in(event)
            for resource, value in values:
                counts.update((resource, value, trade, owner, party) for party in named)
            if values:
                told = json.dumps([bool(trade), *values], ensure_ascii=False)
                connection.execute(_KEEP, {"known": told, "idx": index})
    return counts


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
