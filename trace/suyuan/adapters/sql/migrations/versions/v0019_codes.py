"""What became of codes, read from the events recorded so far.

Revision ID: 0019
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from suyuan.core.brand.codes import CodeAct, code_acts_of
from suyuan.core.errors import Malformed

revision = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    acts = op.create_table(
        "code_acts",
        _number("target"),
        _number("idx"),
        _number("place"),
        _words("act"),
        _number("first"),
        _number("last"),
        _words("lot"),
        _words("authorisation"),
        _number("owner"),
        sa.PrimaryKeyConstraint("target", "idx", "place", name="code_acts_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("code_acts_by_lot", "code_acts", ["lot"])
    op.create_index("code_acts_by_authorisation", "code_acts", ["authorisation"])
    op.create_index("code_acts_by_act_idx", "code_acts", ["act", "idx"])
    op.create_index("code_acts_by_owner_idx", "code_acts", ["owner", "idx"])
    connection = op.get_bind()
    for part in _read(connection):
        # Before this revision there were issues alone: nothing acted on codes.
        rows = [
            {"target": index, "idx": index, "place": place, "act": one.act, "first": one.first,
             "last": one.last, "lot": one.lot, "authorisation": one.authorisation, "owner": owner}
            for index, owner, found in part
            for place, one in enumerate(found)
            if one.of is None
        ]  # fmt: skip
        op.bulk_insert(acts, rows)


def _read(connection: sa.Connection) -> Iterator[list[tuple[int, int, tuple[CodeAct, ...]]]]:
    query = sa.text(
        "SELECT e.idx, e.owner, c.content FROM events e JOIN contents c "
        "ON c.idx = e.idx WHERE e.idx > :after ORDER BY e.idx LIMIT :most"
    )
    after = -1
    while found := connection.execute(query, {"after": after, "most": AT_ONCE}).all():
        after = found[-1].idx
        yield [(idx, owner, acts) for idx, owner, content in found if (acts := _acts(content))]


def _acts(content: Any) -> tuple[CodeAct, ...]:
    data = bytes(content)
    if b'"suyuan:serials"' not in data:
        return ()
    try:
        return code_acts_of(json.loads(data)["event"])
    except (Malformed, ValueError, KeyError):  # damaged: the scrub tells, and a repair writes it
        return ()


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _NUMBER, autoincrement=False, nullable=False)


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
