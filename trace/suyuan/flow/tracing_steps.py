"""Lines of the store as steps that can be told, with names in place of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suyuan.core.lineage.flows import Way
from suyuan.core.lineage.steps import Part, Side, Step
from suyuan.ports.lineage import Facts, Line


def told_step(
    side: Side,
    level: int,
    lines: Sequence[Line],
    names: Mapping[int, str],
    facts: Mapping[int, Facts],
    joint: int,
    hidden: int,
) -> Step:
    def parts(way: Way) -> tuple[Part, ...]:
        return tuple(
            Part(names.get(line.thing), line.amount, line.unit, line.index)
            for line in lines
            if line.way == way
        )

    last = max((facts[line.index] for line in lines if line.index in facts and line.way == Way.MADE),
               key=lambda one: one.time, default=None)  # fmt: skip
    last = last or next((facts[line.index] for line in lines if line.index in facts), None)
    return Step(
        "made",
        side,
        level,
        parts(Way.USED),
        parts(Way.MADE),
        names.get(-joint) if joint < 0 else None,
        last.step if last else "",
        last.time if last else "",
        names.get(last.owner, "") if last else "",
        hidden,
    )


def told_pair(
    kind: str,
    side: Side,
    found: tuple[int, int, int, int],
    names: Mapping[int, str],
    facts: Mapping[int, Facts],
) -> Step:
    first, second, index, level = found
    # A pack comes from its lot; a carton holds what was put into it.
    inner, outer = (second, first) if kind == "pack" else (first, second)
    said = facts.get(index)
    return Step(
        "pack" if kind == "pack" else "put",
        side,
        level,
        (Part(names.get(inner), None, None, index),),
        (Part(names.get(outer), None, None, index),),
        None,
        said.step if said else "",
        said.time if said else "",
        names.get(said.owner, "") if said else "",
    )


__all__ = ["told_pair", "told_step"]
