"""Rule 9, looked at afterwards: what left though it was on hold or recalled.

What was stopped, let go again or answered for goes by the order of the log. What lay in a carton when it
left goes by the times of the events, whenever that was told.

The gate refuses that where the books are kept here. Events of others are taken as they come, and this
says that they break the rule.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from suyuan.core.farm.deed import Deed
from suyuan.core.lineage.flows import hands_over
from suyuan.core.rules.case import Case, standing
from suyuan.core.rules.finding import Finding, ref
from suyuan.core.rules.override import with_overrides
from suyuan.core.rules.release import RULE, stops
from suyuan.core.story_values import Said

LEAVING = frozenset({"shipping", "selling"})
STOPPING = frozenset({"holding", "recall"})
CODE = "left"


def leaves(deed: Deed) -> bool:
    """Whether something goes out by it: sent off, sold, or handed over by another step."""
    return deed.kind in LEAVING or (
        deed.kind not in STOPPING
        and deed.corrects is None
        and hands_over(deed.event, deed.organisation) is not None
    )


def left(case: Case) -> Iterator[Finding]:
    """A warning for each record by which something went out in spite of a hold or a recall."""
    if not any(deed.kind in STOPPING for deed in case.deeds):
        return
    filed = sorted((one for one in standing(case.deeds) if one.index is not None), key=_place)
    out = [one for one in filed if leaves(one)]
    # What is loaded is put in by the same record.
    others = [one for one in filed if not leaves(one) or one.event.get("parentID") is not None]
    overrides = [one for one in others if one.kind == "override"]
    places = [_place(one) for one in others]
    times = sorted(one.time for one in others)
    known: dict[tuple[int, int, str], list[Finding]] = {}
    # They alone may say which lot a pack is of.
    gone: dict[str, list[Deed]] = {}
    for deed in out:
        for item in deed.about:
            gone.setdefault(item.id, []).append(deed)
    for deed in out:
        # What was sold before changes nothing of what was stopped: a run of sales is asked once.
        place = _place(deed)
        asked = bisect_left(places, place), bisect_right(times, deed.time)
        for item in deed.about:
            key = *asked, item.id
            if key not in known:
                then = [one for one in others if _stood(one, place, deed.time)]
                known[key] = list(_stopped(case, item.id, then, gone[item.id]))
            yield from _told(deed, item.id, known[key], overrides)


def _place(deed: Deed) -> int:
    return deed.index or 0


def _stood(deed: Deed, place: int, time: str) -> bool:
    """Whether a deed tells of how things were when something left, at a place in the log and a time."""
    if deed.kind in STOPPING or deed.kind == "override":
        return _place(deed) < place
    # What was put in or taken out later was not there, or still was. What it was made from it was made
    # from in any case: days without an hour say nothing of the order on one day.
    boxed = deed.event.get("parentID") is not None
    return deed.time <= time or (_place(deed) < place and not boxed)


def _stopped(
    case: Case, thing: str, before: Sequence[Deed], gone: Sequence[Deed]
) -> Iterator[Finding]:
    """The holds and recalls that stood against a thing then, and that nobody had answered for."""
    if not any(one.kind in STOPPING for one in before):
        return
    then = case.of((*before, *gone))
    yield from (one for one in with_overrides(stops(then, thing, then.behind(thing)), before)
                if one.open)  # fmt: skip


def _told(
    deed: Deed, thing: str, stopped: Sequence[Finding], overrides: Sequence[Deed]
) -> Iterator[Finding]:
    for one in stopped:
        # Answered for in the record that let it go, which is filed behind it.
        named = replace(one, refs=tuple(sorted({*one.refs, ref(deed)})))
        if not with_overrides([named], overrides)[0].open:
            continue
        text = Said(
            "sent off or sold on {day} in spite of this: {finding}", day=deed.day, finding=one.text
        )
        yield Finding(
            RULE, CODE, "warn", text, thing, None,
            tuple(sorted({*one.records, _place(deed)})), named.refs, drafts=False,
            facts=MappingProxyType({**one.facts, "by": deed.organisation, "day": deed.day}),
        )  # fmt: skip


__all__ = ["CODE", "leaves", "left"]
