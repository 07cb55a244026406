"""What a new edition of a table does to the one before: rows added, changed, ended, taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core import jcs

Row = Mapping[str, Any]
_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "bans": ("ingredient", "toxicity"),
    "editions": ("standard",),
    "limits": ("item", "crops"),
    "quotas": ("crop", "item"),
    "certificates": ("scope",),
    "thresholds": ("name",),
    "counties": ("code",),
}
"""By what a row is known again when something else in it changes."""


@dataclass(frozen=True, slots=True)
class Changes:
    """``changed`` and ``ended`` as (before, after); ``ended`` differ in their last day alone."""

    added: tuple[Row, ...] = ()
    changed: tuple[tuple[Row, Row], ...] = ()
    ended: tuple[tuple[Row, Row], ...] = ()
    gone: tuple[Row, ...] = ()
    same: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.ended or self.gone)


def changes(table: str, before: Sequence[Row], after: Sequence[Row]) -> Changes:
    """Every row of either stands in one place of the answer. The order of rows plays no part."""
    old, new = _pool(before), _pool(after)
    same = 0
    for key in list(new):
        while new[key] and old.get(key):
            new[key].pop()
            old[key].pop()
            same += 1
    left = [row for rows in old.values() for row in rows]
    fresh = [row for rows in new.values() for row in rows]
    named = _NAMED_BY[table]
    pairs: list[tuple[Row, Row]] = []
    # Of the same thing from the same day on first, then of the same thing.
    for by in ((*named, "from"), named):
        places: dict[bytes, list[Row]] = {}
        for row in left:
            places.setdefault(_key(row, by), []).append(row)
        rest = []
        for row in fresh:
            held = places.get(_key(row, by))
            if held:
                was = held.pop(0)
                left = [one for one in left if one is not was]
                pairs.append((was, row))
            else:
                rest.append(row)
        fresh = rest
    ended = [(was, now) for was, now in pairs if _ends(was, now)]
    return Changes(
        tuple(fresh),
        tuple(pair for pair in pairs if pair not in ended),
        tuple(ended),
        tuple(left),
        same,
    )


def _ends(was: Row, now: Row) -> bool:
    """Whether a last day was set, or set earlier, and nothing else."""
    if not now.get("to") or (was.get("to") and now["to"] > was["to"]):
        return False
    return _key(was, was.keys() - {"to"}) == _key(now, now.keys() - {"to"})


def _pool(rows: Sequence[Row]) -> dict[bytes, list[Row]]:
    pool: dict[bytes, list[Row]] = {}
    for row in rows:
        pool.setdefault(_key(row, row), []).append(row)
    return pool


def _key(row: Row, names: Any) -> bytes:
    return jcs.dumps({name: row[name] for name in names if row.get(name) is not None})


__all__ = ["Changes", "changes"]
