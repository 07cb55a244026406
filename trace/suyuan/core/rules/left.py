"""Rule 9, looked at afterwards: what left though it was on hold or recalled, by the order of the log.

The gate refuses that where the books are kept here. Events of others are taken as they come, and this
says that they break the rule.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case, standing
from suyuan.core.rules.finding import Finding, ref
from suyuan.core.rules.override import with_overrides
from suyuan.core.rules.release import RULE, stops
from suyuan.core.story_values import Said

LEAVING = frozenset({"shipping", "selling"})
STOPPING = frozenset({"holding", "recall"})
CODE = "left"


def left(case: Case) -> Iterator[Finding]:
    """A warning for each record by which something went out in spite of a hold or a recall."""
    if not any(deed.kind in STOPPING for deed in case.deeds):
        return
    filed = sorted((one for one in standing(case.deeds) if one.index is not None), key=_place)
    others = [one for one in filed if one.kind not in LEAVING]
    overrides = [one for one in others if one.kind == "override"]
    places = [_place(one) for one in others]
    known: dict[tuple[int, str], list[Finding]] = {}
    # They alone may say which lot a pack is of.
    gone: dict[str, list[Deed]] = {}
    for deed in filed:
        for item in deed.about if deed.kind in LEAVING else ():
            gone.setdefault(item.id, []).append(deed)
    for deed in filed:
        if deed.kind not in LEAVING:
            continue
        # What was sold before changes nothing of what was stopped: a run of sales is asked once.
        before = bisect_left(places, _place(deed))
        for item in deed.about:
            key = before, item.id
            if key not in known:
                known[key] = list(_stopped(case, item.id, others[:before], gone[item.id]))
            yield from _told(deed, item.id, known[key], overrides)


def _place(deed: Deed) -> int:
    return deed.index or 0


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


__all__ = ["CODE", "LEAVING", "left"]
