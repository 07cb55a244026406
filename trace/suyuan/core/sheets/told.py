"""A filled form in people's words: label and text, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from suyuan.core.farm.deed import Amount, Item
from suyuan.core.farm.fill import Ground, Values
from suyuan.core.farm.form import Form
from suyuan.core.farm.write import spoken
from suyuan.core.identifiers import identify, product_of
from suyuan.core.story_values import Said


@dataclass(frozen=True, slots=True)
class Line:
    """One field; a choice is told by its label."""

    field: str
    label: Said
    text: str | Said


class Names:
    """What things are called, by their ids."""

    def __init__(self, ground: Ground, people: Mapping[str, str] | None = None) -> None:
        self._base, self._own = ground.base, ground.own.rstrip("/")
        self.people: Mapping[str, str] = people or {}
        """Names of persons by their ids, as far as the reader may know them."""
        self._by_id: dict[str, str] = {}
        tables = (ground.plots or {}, ground.things, ground.seasons or {}, *ground.called.values())
        for table in tables:
            for name, thing in table.items():
                if name != thing:
                    self._by_id.setdefault(thing, name)
        for alike in ground.alike.values():
            for thing, label in alike.labels().items():
                self._by_id.setdefault(thing, label)

    def of(self, uri: str) -> str:
        """Its name, with its lot; of what has none the last part of its URI; else the URI."""
        if uri in self._by_id:
            return self._by_id[uri]
        product = product_of(uri)
        if product is not None and product != uri:
            lot = unquote(identify(uri).uri.rsplit("/", 1)[-1])
            return f"{self.of(product)} · {lot}"
        own, found, lot = uri.rpartition("/lot/")
        if found and own in self._by_id:
            return f"{self._by_id[own]} · {unquote(lot)}"
        if uri.startswith(self._base):
            parts = [unquote(part) for part in uri.removeprefix(self._base).split("/")[1:]]
            if len(parts) > 1 and parts[0] == self._own:
                del parts[0]  # whose it is, is known to who reads the organisation's own books
            if parts:
                return " · ".join(parts)
        if "/01/" in uri:
            return uri.rsplit("/", 1)[-1]
        return uri


def told(form: Form, values: Values, names: Names) -> Iterator[Line]:
    """All that is filled in, in the order of the form."""
    for one in form.fields:
        if one.name not in values:
            continue
        value: Any = values[one.name]
        if one.choices:
            yield Line(one.name, one.label, one.choices.get(value, Said(str(value))))
        else:
            yield Line(one.name, one.label, _text(value, one.type, names))


_NAMED = frozenset({"season", "plots", "things", "place", "party"})


def _text(value: Any, kind: str, names: Names) -> str:
    if isinstance(value, Amount):
        return spoken(value)
    if isinstance(value, tuple):
        return "; ".join(_text(part, kind, names) for part in value)
    if isinstance(value, Item):
        much = f" {spoken(value.amount)}" if value.amount is not None else ""
        return f"{names.of(value.id)}{much}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return names.of(str(value)) if kind in _NAMED else str(value)
