"""Forms that were sent, and in which units stock is said. Animals brought into a group are no input by
that alone: rule 8 counts them, rule 5 what was bought.

Revision ID: 0023
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

from suyuan.core.farm.index import index_deed
from suyuan.core.private import reveal

revision = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None

_STOCKED = "put = 1 AND idx IN (SELECT idx FROM deeds WHERE kind = 'stocking')"
_AT_ONCE = 5_000
_KEY = "owner, own, item, unit, col, other"


def upgrade() -> None:
    op.create_table(
        "forms",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="forms_pk"),
    )
    op.create_index("forms_by_at", "forms", ["at"])
    op.execute(
        "UPDATE tallies SET count = count - (SELECT count(*) FROM moves "  # noqa: S608
        "WHERE moves.owner = tallies.owner AND moves.item = tallies.name "
        f"AND moves.col NOT IN ('bought', 'counted') AND {_STOCKED}) WHERE what = 'input'"
    )
    op.execute("DELETE FROM tallies WHERE count <= 0")
    same = " AND ".join(f"moves.{one} = month_sums.{one}" for one in _KEY.split(", "))
    of = f"{same} AND substr(moves.day, 1, 7) = month_sums.month AND wrong = 0 AND {_STOCKED}"
    op.execute(
        "UPDATE month_sums SET amount = amount - (SELECT count(*) FROM moves "  # noqa: S608
        f"WHERE {of}) WHERE part = 'put'"
    )
    op.execute("DELETE FROM month_sums WHERE part = 'put' AND amount = 0")
    op.execute(f"UPDATE moves SET put = 0 WHERE {_STOCKED}")  # noqa: S608
    counts = _words(op.get_bind())
    op.bulk_insert(
        sa.table("tallies", *map(sa.column, ("owner", "what", "name", "count"))),
        [
            {"owner": owner, "what": "word", "name": name, "count": count}
            for (owner, name), count in sorted(counts.items())
        ],
    )


def _words(connection: sa.Connection) -> Counter[tuple[int, str]]:
    """How often each line of each organisation was said in which unit."""
    query = sa.text(
        "SELECT e.idx, e.owner, c.content, c.disclosures FROM events e "
        "JOIN contents c ON c.idx = e.idx WHERE e.idx > :after "
        "AND EXISTS (SELECT 1 FROM moves m WHERE m.idx = e.idx) ORDER BY e.idx LIMIT :most"
    )
    counts: Counter[tuple[int, str]] = Counter()
    after = -1
    while found := connection.execute(query, {"after": after, "most": _AT_ONCE}).all():
        after = found[-1].idx
        for _, owner, content, disclosures in found:
            event = _revealed(content, disclosures)
            for move in index_deed(event).moves if event is not None else ():
                if move.word is not None and move.own:
                    counts[owner, f"{move.item}\n{move.unit}\n{move.word.encode()}"] += 1
    return counts


def _revealed(content: Any, disclosures: Any) -> dict[str, Any] | None:
    """None for a damaged content: suyuan verify tells of it."""
    try:
        event: dict[str, Any] = json.loads(bytes(content))["event"]
    except (ValueError, LookupError):
        return None
    lines = bytes(disclosures).decode()
    return reveal(event, lines.split("\n")) if lines else event
