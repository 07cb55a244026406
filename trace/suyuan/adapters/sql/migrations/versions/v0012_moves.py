"""What deeds move, what they are marked for, and how many there are.

Revision ID: 0012
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from suyuan.core.farm.index import DeedIndex, index_deed
from suyuan.core.private import reveal

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SEEN = sa.text("col IN ('counted', 'empties')")


def upgrade() -> None:
    marks, seasons, moves, tallies = _tables()
    counts: Counter[tuple[int, str, str]] = Counter()
    corrected: set[tuple[int, str]] = set()
    for part in _indexed(op.get_bind()):
        found = [row for one in part for row in _marks(*one)]
        op.bulk_insert(marks, [dict(zip(marks.c.keys(), row, strict=True)) for row in found])
        days = [
            (owner, d.season, d.day, idx, int(d.kind == "harvest"))
            for idx, owner, _, _, d in part
            if d.season
        ]
        op.bulk_insert(seasons, [dict(zip(seasons.c.keys(), row, strict=True)) for row in days])
        moved = [row for one in part for row in _moves(*one)]
        op.bulk_insert(moves, [dict(zip(moves.c.keys(), row, strict=True)) for row in moved])
        counts.update((owner, "deed", "") for _, owner, _, _, _ in part)
        for row in moved:
            if row[1] and row[8]:
                counts[row[0], "holder", row[8]] += 1
            if row[14] or row[4] in ("bought", "counted"):
                counts[row[0], "input", row[2]] += 1
        corrected |= {(owner, d.corrects) for _, owner, _, _, d in part if d.corrects}
    named = [
        {"owner": owner, "what": what, "name": name, "count": count}
        for (owner, what, name), count in sorted(counts.items())
    ]
    op.bulk_insert(tallies, named)
    wrong = sa.text(
        "UPDATE moves SET wrong = 1 WHERE idx IN "
        "(SELECT idx FROM events WHERE owner = :owner AND event_id = :name)"
    )
    for owner, event_id in sorted(corrected):
        op.get_bind().execute(wrong, {"owner": owner, "name": event_id})
    for name, amount, which in _PARTS:
        op.execute(
            f"INSERT INTO month_sums SELECT {_KEY}, '{name}', {amount} FROM moves WHERE wrong = 0 "  # noqa: S608
            f"AND col NOT IN ('counted', 'empties', 'nothing') AND {which} GROUP BY {_KEY}"
        )


_KEY = "owner, own, item, unit, col, other, substr(day, 1, 7)"
_PARTS = (
    ("n", "count(*)", "owner >= 0"),
    ("whole", "sum(whole)", "whole <> 0"),
    ("rest", "sum(rest)", "rest <> 0"),
    ("packs", "sum(packs)", "packs IS NOT NULL"),
    ("put", "sum(put)", "put <> 0"),
)


def _tables() -> tuple[sa.Table, sa.Table, sa.Table, sa.Table]:
    marks = op.create_table(
        "marks",
        _words("mark"),
        _words("day"),
        _key("idx"),
        sa.Column("owner", _NUMBER, nullable=False),
        sa.Column("days", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["idx"], ["records.idx"], name="marks_idx_of_records"),
        sa.PrimaryKeyConstraint("mark", "day", "idx", name="marks_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("marks_by_idx", "marks", ["idx"])
    op.create_index("marks_by_owner_mark_day_idx", "marks", ["owner", "mark", "day", "idx"])
    seasons = op.create_table(
        "season_days",
        _key("owner"),
        _words("season"),
        _words("day"),
        _key("idx"),
        sa.Column("harvest", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["idx"], ["records.idx"], name="season_days_idx_of_records"),
        sa.PrimaryKeyConstraint("owner", "season", "day", "idx", name="season_days_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("season_days_by_idx", "season_days", ["idx"])
    moves = op.create_table(
        "moves",
        _key("owner"),
        sa.Column("own", sa.SmallInteger(), nullable=False),
        _words("item"),
        _words("unit"),
        _words("col"),
        _words("day"),
        _key("idx"),
        _key("n"),
        _words("holder"),
        _words("other"),
        _words("at"),
        sa.Column("whole", _NUMBER, nullable=False),
        sa.Column("rest", _NUMBER, nullable=False),
        sa.Column("packs", _NUMBER, nullable=True),
        sa.Column("put", sa.SmallInteger(), nullable=False),
        sa.Column("wrong", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["idx"], ["records.idx"], name="moves_idx_of_records"),
        sa.PrimaryKeyConstraint(
            "owner", "own", "item", "unit", "col", "day", "idx", "n", name="moves_pk"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("moves_by_idx", "moves", ["idx"])
    op.create_index(
        "moves_by_owner_holder_item_unit_col", "moves", ["owner", "holder", "item", "unit", "col"]
    )
    op.create_index(
        "moves_seen", "moves", ["owner", "col", "day"], sqlite_where=_SEEN, postgresql_where=_SEEN
    )
    op.create_index("moves_by_owner_day", "moves", ["owner", "day"])
    op.create_table(
        "month_sums",
        _key("owner"),
        sa.Column("own", sa.SmallInteger(), nullable=False),
        _words("item"),
        _words("unit"),
        _words("col"),
        _words("other"),
        _words("month"),
        _words("part"),
        sa.Column("amount", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint(
            "owner", "own", "item", "unit", "col", "other", "month", "part", name="month_sums_pk"
        ),
        sqlite_with_rowid=False,
    )
    tallies = op.create_table(
        "tallies",
        _key("owner"),
        _words("what"),
        _words("name"),
        sa.Column("count", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("owner", "what", "name", name="tallies_pk"),
        sqlite_with_rowid=False,
    )
    return marks, seasons, moves, tallies


_Read = tuple[int, int, str, str, DeedIndex]


def _indexed(connection: sa.Connection) -> Iterator[list[_Read]]:
    """(index, number of the owner, owner, recordTime, deed) of the events recorded so far."""
    query = sa.text(
        "SELECT e.idx, e.owner, r.owner AS name, r.record_time, c.content, c.disclosures "
        "FROM events e JOIN records r ON r.idx = e.idx JOIN contents c ON c.idx = e.idx "
        "WHERE e.idx > :after ORDER BY e.idx LIMIT :most"
    )
    after = -1
    while found := connection.execute(query, {"after": after, "most": AT_ONCE}).all():
        after = found[-1].idx
        yield [
            (idx, owner, name, time, index_deed(_revealed(content, disclosures)))
            for idx, owner, name, time, content, disclosures in found
        ]


def _marks(
    idx: int, owner: int, _: str, time: str, deed: DeedIndex
) -> Iterator[tuple[str, str, int, int, int]]:
    if deed.mark is not None:
        yield deed.mark, deed.day, idx, owner, 0
    there = (datetime.fromisoformat(time) + timedelta(hours=8)).date()
    late = (there - date.fromisoformat(deed.day)).days
    if late > 1:
        yield "late", deed.day, idx, owner, late


def _moves(idx: int, owner: int, name: str, _: str, deed: DeedIndex) -> Iterator[tuple[Any, ...]]:
    place = 0
    for move in deed.moves:
        holder, other = ("" if who == name else who for who in (move.holder, move.other))
        if not move.own and not other:
            continue
        packs = None if move.packs is None else _parts(move.packs)[0]
        yield (
            owner, int(move.own), move.item, move.unit, move.column, deed.day, idx, place, holder,
            other, f"{deed.time} {idx:015d}.{place:04d}", *_parts(move.amount), packs, int(move.put), 0,
        )  # fmt: skip
        place += 1


def _parts(amount: Any) -> tuple[int, int]:
    return divmod(int(amount.scaleb(18).to_integral_value()), 10**12)


def _revealed(content: Any, disclosures: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(bytes(content))["event"]
    lines = bytes(disclosures).decode()
    return reveal(event, lines.split("\n")) if lines else event


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _NUMBER, autoincrement=False, nullable=False)


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
