"""By what a row of a table is known again, whatever its names are taken for by then.

A row is what it says: the filled form with each name as it stands there, as if nothing else were known
of plots, seasons and products. Rows that were filed before that was so are known by what their names
meant, and rows that name a thing by its id by the name that it has.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Set
from typing import Any
from urllib.parse import unquote

from suyuan.core import jcs
from suyuan.core.farm.fill import Ground
from suyuan.core.farm.form import Form
from suyuan.core.identifiers import product_of

_KINDS: Mapping[str, str] = {
    "season": "season",
    "plots": "plot",
    "items": "item",
    "things": "item",
    "place": "item",
    "party": "item",
}
"""What the values of fields of these types name."""


def said(form: Form, given: Mapping[str, Any]) -> str:
    """A filled form as one text."""
    return jcs.dumps({"kind": form.name, "values": given}).decode()


def made_of_names(form: Form, alone: Mapping[str, Any]) -> Iterator[str]:
    """The ids that a row's things had while there was nothing but their names."""
    for one in form.fields:
        if one.type in _KINDS and one.name in alone:
            yield from _ids(alone[one.name])


def before(
    form: Form,
    now: Mapping[str, Any],
    alone: Mapping[str, Any],
    names: Mapping[str, str],
    used: Set[str],
    ground: Ground,
) -> Iterator[str]:
    """What a row may have been filed as, beside what it says.

    ``now``: what its names mean now; ``alone``: with the names alone; ``names``: the name of each
    thing that has one of its own; ``used``: those ids that are made of names and that something is
    recorded of: what is in a log under such an id was filed before its name meant another.
    """  # fmt: skip
    groups: dict[str, list[str]] = {}
    for one in form.fields:
        named = one.type in _KINDS and now.get(one.name) != alone.get(one.name)
        if named and not used.isdisjoint(_ids(alone.get(one.name, []))):
            groups.setdefault(_KINDS[one.type], []).append(one.name)
    for some in itertools.product((False, True), repeat=len(groups)):
        taken = [n for use, own in zip(some, groups.values(), strict=True) if use for n in own]
        yield said(form, {**now, **{name: alone[name] for name in taken}})
    renamed = {
        one.name: _renamed(now[one.name], _KINDS.get(one.type, ""), names, ground)
        for one in form.fields
        if one.name in now
    }
    if renamed != alone:
        yield said(form, renamed)


def _ids(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        yield one["item"] if isinstance(one, Mapping) else one


def _renamed(value: Any, kind: str, names: Mapping[str, str], ground: Ground) -> Any:
    """With ids that are made of names, where a thing has one."""
    if not kind:
        return value
    if isinstance(value, list):
        return [_renamed(one, kind, names, ground) for one in value]
    if isinstance(value, Mapping):
        return {**value, "item": _renamed(value["item"], kind, names, ground)}
    if value in names:
        return ground.id_of(kind, names[value])
    product = product_of(value)
    if product in names and product is not None:
        return ground.id_of("lot", names[product], unquote(value.rsplit("/", 1)[-1]))
    return value


__all__ = ["before", "made_of_names", "said"]
