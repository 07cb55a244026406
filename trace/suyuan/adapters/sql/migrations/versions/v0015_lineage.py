"""The lineage: what went into what, read from the events recorded so far.

Revision ID: 0015
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from suyuan.core.errors import Malformed
from suyuan.core.lineage.flows import JOINING, Flows, Way, flows_of, with_lots

revision = "0015"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    flows = op.create_table(
        "flows",
        _number("thing"),
        sa.Column("way", sa.SmallInteger(), nullable=False),
        _number("idx"),
        _number("place"),
        sa.Column("joint", _NUMBER, nullable=True),
        sa.Column("other", _NUMBER, nullable=True),
        sa.Column("lot", _NUMBER, nullable=True),
        _words("amount"),
        _words("unit"),
        sa.Column("trade", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("thing", "way", "idx", "place", name="flows_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("flows_by_idx", "flows", ["idx"])
    for name in ("joint", "other", "lot"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"flows_by_{name}", "flows", [name, "way"], sqlite_where=there, postgresql_where=there
        )
    wrongs = op.create_table(
        "wrongs",
        _number("idx"),
        _number("declaration"),
        sa.PrimaryKeyConstraint("idx", "declaration", name="wrongs_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("wrongs_by_declaration", "wrongs", ["declaration"])
    connection = op.get_bind()
    for part in _read(connection):
        names = {line.thing for _, _, _, found in part for line in found.lines if line.whole}
        names |= {one for _, _, _, found in part for line in found.lines
                  for one in (line.other, line.season) if one is not None}  # fmt: skip
        numbers = _numbers(connection, sorted(names))
        rows = [
            {
                "thing": numbers[line.thing] if line.whole else 0,
                "way": int(line.way),
                "idx": index,
                "place": line.place,
                "joint": None if line.way not in JOINING
                else index if line.season is None else -numbers[line.season],
                "other": None if line.other is None or line.way is Way.PACK_OF
                else numbers[line.other],
                "lot": None if lot is None else numbers[lot],
                "amount": line.amount,
                "unit": line.unit,
                "trade": int(found.trade),
            }
            for index, _, _, found in part
            for line, lot in with_lots(found.lines)
        ]  # fmt: skip
        op.bulk_insert(flows, rows)
        op.bulk_insert(
            wrongs,
            [
                {"idx": wrong, "declaration": index}
                for index, owner, event_id, found in part
                if found.declares_error and event_id is not None
                for wrong in _same(connection, event_id, owner, index)
            ],
        )


_Read = tuple[int, int, str | None, Flows]
"""Index, number of the owner, eventID, lines."""


def _read(connection: sa.Connection) -> Iterator[list[_Read]]:
    query = sa.text(
        "SELECT e.idx, e.owner, e.event_id, c.content, o.uri FROM events e JOIN contents c "
        "ON c.idx = e.idx JOIN objects o ON o.id = e.owner "
        "WHERE e.idx > :after ORDER BY e.idx LIMIT :most"
    )
    after = -1
    while found := connection.execute(query, {"after": after, "most": AT_ONCE}).all():
        after = found[-1].idx
        yield [
            (idx, owner, event_id, _flows(content, uri))
            for idx, owner, event_id, content, uri in found
        ]


def _flows(content: Any, owner: str) -> Flows:
    try:
        return flows_of(json.loads(bytes(content))["event"], owner=owner)
    except Malformed:  # damaged: the scrub tells, and a repair writes its lines
        return Flows()


def _same(connection: sa.Connection, event_id: str, owner: int, before: int) -> list[int]:
    query = sa.text(
        "SELECT idx FROM events WHERE event_id = :event_id AND owner = :owner AND idx < :before"
    )
    asked = {"event_id": event_id, "owner": owner, "before": before}
    return list(connection.scalars(query, asked))


def _numbers(connection: sa.Connection, names: list[str]) -> dict[str, int]:
    """Of all of these; organisations that nothing was numbered for yet get the next."""
    objects = sa.table("objects", sa.column("id", sa.Integer), sa.column("uri", sa.Text))
    found: dict[str, int] = {}
    for start in range(0, len(names), 500):
        wanted = sa.select(objects.c.uri, objects.c.id).where(
            objects.c.uri.in_(names[start : start + 500])
        )
        found.update((uri, number) for uri, number in connection.execute(wanted))
    new = [name for name in names if name not in found]
    if new:
        last = connection.scalar(sa.select(sa.func.max(objects.c.id))) or 0
        rows = [{"id": last + place, "uri": name} for place, name in enumerate(new, 1)]
        connection.execute(sa.insert(objects), rows)
        found.update((str(row["uri"]), int(str(row["id"]))) for row in rows)
    return found


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _NUMBER, autoincrement=False, nullable=False)


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=True)
