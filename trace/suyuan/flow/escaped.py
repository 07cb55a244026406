"""What left though it was on hold or recalled, for the authority of the area.

Found from the holds: down from each thing that was held, what was sent off or sold after it, and of
that what the rules say breaks them (core/rules/left.py). What left after the hold had ended, or after
somebody had answered for it by an override, does not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from suyuan.core.errors import NotFound, TooLarge
from suyuan.core.lineage.flows import HANDED, Way
from suyuan.core.rules.left import CODE
from suyuan.core.visibility import Viewer
from suyuan.flow.judge import Judge
from suyuan.flow.tracing import Sight, Tracing
from suyuan.ports.books import DeedQuery, DeedStore

_STOPS = frozenset({"holding", "recall"})
_BEGINS = (int(Way.HELD), int(Way.RECALLED))
_OUT = (*HANDED, Way.GONE)
"""GONE: sold with an action of DELETE. Of what was destroyed no rule says that it left."""
MOST = 200
"""Holds and recalls of an organisation that are looked at: the newest."""


@dataclass(slots=True)
class Escaped:
    """The verb. Writes nothing."""

    deeds: DeedStore
    tracing: Tracing
    judge: Judge

    def records(
        self,
        viewer: Viewer,
        holders: Sequence[str],
        organisations: Collection[str],
        *,
        since: date,
        until: date,
    ) -> list[int]:
        """Records by which one of ``organisations`` let go in these days what one of ``holders`` had
        stopped, the newest first; as far as the viewer may see them."""
        acts = [
            index
            for one in holders
            for _, index in self.deeds.find(DeedQuery(one, _STOPS, limit=MOST))
        ]
        store = self.tracing.store
        first: dict[int, int] = {}
        for line in store.of_records(acts, _BEGINS) if acts else ():
            first[line.thing] = min(first.get(line.thing, line.index), line.index)
        if not first:
            return []
        sight = Sight(store, self.tracing.accounts, viewer)
        moves = self.tracing.moves(sight, self.tracing.walk(sight, first, "down"))
        began = min(first.values())
        out = {
            thing: found
            for thing, of_it in moves.items()
            if (found := {one.index for one in of_it
                          if one.way in _OUT and one.index > began and one.holder in organisations})
        }  # fmt: skip
        names, broken = store.names(out), set[int]()
        for thing, indices in out.items():
            try:
                said = self.judge.standing(viewer, names[thing], [9])
            except (NotFound, TooLarge):
                # Of what rests on more than a question may, the record itself is told.
                broken |= {one.index for one in moves[thing]
                           if one.index in indices and one.way != Way.GONE}  # fmt: skip
                continue
            for one in said:
                day = one.facts.get("day")
                if one.code == CODE and isinstance(day, date) and since <= day <= until:
                    broken |= indices.intersection(one.records)
        return sorted(broken, reverse=True)


__all__ = ["Escaped"]
