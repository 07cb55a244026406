"""No lot is made of itself: whether new lines close a circle in what is already known.

Order plays no part. A record that comes late closes the circle or one that came before did; the one that
closes it is refused. Nodes are things, and joints: a step, which is one event or one transformationID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from suyuan.core.identifiers import identify
from suyuan.core.lineage.flows import Flow, Flows, Way


class Arrow(NamedTuple):
    """From what goes in to what it goes into."""

    tail: str
    head: str


def joint_of(flow: Flow, event: str) -> str:
    """The node of a step: its transformationID, else ``event``, which is no URI."""
    return flow.season if flow.season is not None else event


def arrows_of(lines: Iterable[Flow], event: str) -> list[Arrow]:
    """The arrows that an event's lines draw; ``event`` names its step. A thing in a thing is one too."""
    found: list[Arrow] = []
    for line in lines:
        way = line.way
        if way is Way.PACK_OF or not line.whole:
            continue
        if way is Way.USED:
            found.append(Arrow(line.thing, f"<{joint_of(line, event)}>"))
        elif way is Way.MADE:
            found.append(Arrow(f"<{joint_of(line, event)}>", line.thing))
        elif way is Way.PUT and line.other is not None:
            found.append(Arrow(line.thing, line.other))
    return found


def closing(known: Iterable[Arrow], new: Sequence[Sequence[Arrow]]) -> list[tuple[int, str]]:
    """(number of the event, a thing of it that would be made of itself) of those that close a circle.

    ``new``: the arrows of each event, in their order; one that closes a circle is left out for those
    after it. Linear where there is none, which is nearly always.
    """
    there = list(known)
    whole: dict[str, list[str]] = {}
    for arrows in (there, *new):
        for tail, head in arrows:
            whole.setdefault(tail, []).append(head)
    if _acyclic(whole):
        return []
    heads: dict[str, list[str]] = {}
    for tail, head in there:
        heads.setdefault(tail, []).append(head)
    found: list[tuple[int, str]] = []
    for number, arrows in enumerate(new):
        for tail, head in arrows:
            heads.setdefault(tail, []).append(head)
        wrong = next((arrow for arrow in arrows if _reaches(heads, arrow.head, arrow.tail)), None)
        if wrong is None:
            continue
        found.append((number, wrong.tail if not wrong.tail.startswith("<") else wrong.head))
        for tail, head in arrows:
            heads[tail].remove(head)
    return found


def _acyclic(heads: dict[str, list[str]]) -> bool:
    """Kahn's way: take away what nothing points at, until nothing is left."""
    degree = dict.fromkeys(heads, 0)
    for found in heads.values():
        for head in found:
            degree[head] = degree.get(head, 0) + 1
    free = [node for node, count in degree.items() if not count]
    taken = 0
    while free:
        node = free.pop()
        taken += 1
        for head in heads.get(node, ()):
            degree[head] -= 1
            if not degree[head]:
                free.append(head)
    return taken == len(degree)


def _reaches(heads: dict[str, list[str]], start: str, end: str) -> bool:
    seen = {start}
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node == end:
            return True
        for head in heads.get(node, ()):
            if head not in seen:
                seen.add(head)
                waiting.append(head)
    return False


def ends(flows: Iterable[Flows]) -> tuple[list[str], list[str]]:
    """Things that something goes into or that come out, and seasons that something goes into."""
    heads: dict[str, None] = {}
    seasons: dict[str, None] = {}
    for one in flows:
        for line in one.lines:
            if line.way is Way.MADE:
                heads[line.thing] = None
            elif line.way is Way.PUT and line.other is not None:
                heads[line.other] = None
            elif line.way is Way.USED and line.season is not None:
                seasons[line.season] = None
    return list(heads), list(seasons)


_MEMBERS = ("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "childEPCs",
            "childQuantityList", "epcList", "quantityList")  # fmt: skip


def pointer_of(event: Mapping[str, Any], thing: str) -> str:
    """JSON pointer of the first place where an event names a thing; "" for none."""
    for member in _MEMBERS:
        items = event.get(member)
        for number, item in enumerate(items if isinstance(items, list) else []):
            named = item.get("epcClass") if isinstance(item, dict) else item
            if isinstance(named, str) and identify(named).object == thing:
                inner = "/epcClass" if isinstance(item, dict) else ""
                return f"/{member}/{number}{inner}"
    return "/parentID" if "parentID" in event else ""


__all__ = ["Arrow", "arrows_of", "closing", "ends", "joint_of", "pointer_of"]
