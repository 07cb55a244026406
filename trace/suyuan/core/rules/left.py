"""Rule 9, looked at afterwards: what left though it was on hold or recalled, by the order of the log.

The gate refuses that where the books are kept here. Events of others are taken as they come, and this
says that they break the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    every = list(standing(case.deeds))
    for deed in every:
        if deed.kind in LEAVING and deed.index is not None:
            yield from _of(case, deed, every)


def _of(case: Case, deed: Deed, every: list[Deed]) -> Iterator[Finding]:
    place = deed.index or 0
    before = tuple(one for one in every if one.index is not None and one.index < place)
    if not any(one.kind in STOPPING for one in before):
        return
    then = Case((*before, deed), case.tables, case.templates, case.masters, case.now)
    for item in deed.about:
        stopped = [one for one in stops(then, item.id, then.behind(item.id))
                   if one.verdict == "block"]  # fmt: skip
        for one in stopped:
            # Answered for at the gate before, or in the record that let it go.
            named = replace(one, refs=tuple(sorted({*one.refs, ref(deed)})))
            if (
                not with_overrides([one], before)[0].open
                or not with_overrides([named], every)[0].open
            ):
                continue
            text = Said(
                "sent off or sold on {day} in spite of this: {finding}",
                day=deed.day,
                finding=one.text,
            )
            yield Finding(
                RULE, CODE, "warn", text, item.id, None,
                tuple(sorted({*one.records, place})), named.refs, drafts=False,
                facts=MappingProxyType({**one.facts, "by": deed.organisation, "day": deed.day}),
            )  # fmt: skip


__all__ = ["CODE", "LEAVING", "left"]
