"""No lot becomes its own ancestor (docs/decisions/0017): the lineage below a record is walked before the
writer's turn, since it can be deep, and under the log's lock only what came since.

A circle that new records close goes on, behind each new arrow in it, from what that arrow leads to.
So it is enough to walk down from there: from what comes out, from outer things, and from the steps of
seasons, whose outcome may be there already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suyuan.core.lineage.cycles import Arrow, closing, ends
from suyuan.core.lineage.flows import Flows
from suyuan.ports.log import LogStore, Sequencer


@dataclass(frozen=True, slots=True)
class Below:
    """What was there below some records at a moment."""

    size: int
    """What the log held before it was walked."""
    things: frozenset[str]
    seasons: frozenset[str]
    """From which it was walked."""
    arrows: frozenset[Arrow]


def below(log: LogStore, flows: Sequence[Flows]) -> Below:
    """Walk down from what these records lead to. Takes no lock."""
    things, seasons = ends(flows)
    size = log.tail().size
    found = log.arrows(things, seasons) if things or seasons else ()
    return Below(size, frozenset(things), frozenset(seasons), frozenset(found))


def circles(
    seq: Sequencer, before: Below, new: Mapping[int, Sequence[Arrow]]
) -> list[tuple[int, str]]:
    """(number of the record, a thing of it) of those of ``new`` that close a circle in the log as it is
    now. ``before``: what was walked for them, or for more."""
    found = closing(_now(seq, before), list(new.values()))
    numbers = list(new)
    return [(numbers[place], thing) for place, thing in found]


def _now(seq: Sequencer, before: Below) -> set[Arrow]:
    """What was walked, and what was recorded since that leads on from it."""
    since = seq.arrows_since(before.size)
    if since is None:
        # Something was declared an error, or erased: old arrows may have gone, or come back.
        return set(seq.arrows(before.things, before.seasons))
    known = before.arrows | set(since)
    heads: dict[str, list[str]] = {}
    for tail, head in since:
        heads.setdefault(tail, []).append(head)
    walked = {*before.things, *(f"<{season}>" for season in before.seasons)}
    walked.update(node for arrow in before.arrows for node in arrow)
    waiting = [head for tail in heads.keys() & walked for head in heads[tail]]
    further: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node not in walked:
            walked.add(node)
            further.add(node)
            waiting += heads.get(node, ())
    seasons = {node[1:-1] for node in further if node.startswith("<")}
    things = {node for node in further if not node.startswith("<")}
    # Of a step that is one record all arrows are as new as that; a season's may be old.
    return {*known, *seq.arrows(things, seasons)} if further else set(known)


__all__ = ["Below", "below", "circles"]
