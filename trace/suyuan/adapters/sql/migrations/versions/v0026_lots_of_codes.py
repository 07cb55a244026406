"""Packs of lots by the codes that were issued for them, where their records name no lot.

Revision ID: 0026
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from suyuan.adapters.sql.issued import lots_of
from suyuan.core.lineage.flows import Way
from suyuan.core.visibility import record_class

revision = "0026"
down_revision: str | None = "0024"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000
_PACKS = sa.text(
    "SELECT id, uri FROM objects WHERE id > :after AND uri LIKE 'https://id.gs1.org/01/%/21/%' "
    "ORDER BY id LIMIT :most"
)
_LINES = sa.text(
    "SELECT t.idx, f.way, f.place, f.lot, c.content FROM touches t "
    "JOIN events e ON e.idx = t.idx JOIN contents c ON c.idx = t.idx "
    "LEFT JOIN flows f ON f.idx = t.idx AND f.thing = t.object "
    "WHERE t.object = :pack ORDER BY t.idx, f.way, f.place"
)
_FREE = sa.text(
    "UPDATE flows SET lot = :lot WHERE thing = :pack AND way = :way AND idx = :idx AND place = :place"
)
_NEW = sa.text(
    "INSERT INTO flows (thing, way, idx, place, lot, trade) "
    "VALUES (:pack, :way, :idx, :place, :lot, :trade)"
)


def upgrade() -> None:
    op.create_index("serials_by_serial", "serials", ["serial"])
    connection, after = op.get_bind(), 0
    while found := connection.execute(_PACKS, {"after": after, "most": _AT_ONCE}).all():
        after = found[-1].id
        issued = lots_of(connection, [row.uri for row in found])
        for pack, uri in found:
            for place, lot in enumerate(issued.get(uri, ()), 1):
                number = connection.scalar(
                    sa.text("SELECT id FROM objects WHERE uri = :uri"), {"uri": lot}
                )
                if number is not None:
                    _connect(connection, pack, number, -place)


def _connect(connection: sa.Connection, pack: int, lot: int, place: int) -> None:
    """Name the lot once in each event that names the pack, as adapters/sql/rows.py does."""
    lines: dict[int, list[Any]] = {}
    for row in connection.execute(_LINES, {"pack": pack}):
        lines.setdefault(row.idx, []).append(row)
    for index, own in lines.items():
        event = _event(own[0].content)
        if event is None or any(row.lot == lot for row in own) or "errorDeclaration" in event:
            continue
        free = next((row for row in own if row.way is not None and row.lot is None), None)
        here = {"pack": pack, "idx": index, "lot": lot}
        if free is not None:
            connection.execute(_FREE, {**here, "way": free.way, "place": free.place})
        else:
            trade = int(record_class("event", event) == "trade")
            new = {**here, "way": int(Way.PACK_OF), "place": place, "trade": trade}
            connection.execute(_NEW, new)


def _event(content: Any) -> dict[str, Any] | None:
    """None for a damaged content: suyuan verify tells of it."""
    try:
        event: dict[str, Any] = json.loads(bytes(content))["event"]
    except (ValueError, LookupError):
        return None
    return event
