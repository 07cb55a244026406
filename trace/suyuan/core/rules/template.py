"""What the rules need of a crop's or an animal's template (``rules.check`` says how one is written)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from suyuan.core.rules.finding import Basis
from suyuan.core.rules.tables import decimal_of, plain
from suyuan.core.story_values import Names, names_of, objects_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its source; a number that is not stated has no Figure."""

    value: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class Template:
    """A template as the rules read it."""

    id: str
    edition: str
    names: Names | None
    kind: str
    """``crop`` or ``animal``."""
    called: tuple[str, ...]
    """The crop's or animal's names, its own first, then the groups it belongs to."""
    product: str | None
    """Of an animal: what is harvested of it (meat, eggs, milk)."""
    yield_per_mu: Figure | None
    """Kilograms of fresh product that a mu gives at most in a season."""
    ratios: Mapping[str, Figure | None] = field(hash=False)
    """Of each processing step: mass out / mass in, at most."""
    overall: Figure | None = None
    """Mass of the finished product / mass of the fresh one, at most, over all steps."""
    tests: tuple[tuple[Names, Basis], ...] = ()
    """Items that must have been tested before release."""
    gates: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    """Of each form of records, the fields that must not be empty here."""


def template_of(document: Mapping[str, Any]) -> Template:
    """A template from its document, as far as it says anything."""
    edition = document.get("edition")
    edition = edition if isinstance(edition, str) else ""
    crop = document.get("crop")
    crop = crop if isinstance(crop, Mapping) else {}
    called = [crop.get("code"), crop.get("zh"), crop.get("en")]
    called += [*_list(crop.get("aliases")), *_list(crop.get("groups"))]
    gates = _list(document.get("gates"))
    return Template(
        str(document.get("id", "")),
        edition,
        names_of(document.get("name")),
        "animal" if document.get("kind") == "animal" else "crop",
        tuple(dict.fromkeys(plain(name) for name in called if isinstance(name, str))),
        document["product"] if isinstance(document.get("product"), str) else None,
        _figure(document.get("yieldPerMu"), edition),
        MappingProxyType(
            {
                str(step.get("step")): _figure(step.get("ratio"), edition)
                for step in objects_of(document.get("steps"))
            }
        ),
        _figure(document.get("overallRatio"), edition),
        tuple(
            (item, _basis(test, edition))
            for test in objects_of(document.get("tests"))
            if (item := names_of(test.get("item"))) is not None
        ),
        tuple(gate for gate in gates if isinstance(gate, str)),
        MappingProxyType(
            {
                form: tuple(map(str, _list(names)))
                for form, names in _mapping(document.get("fields"))
            }
        ),
    )


def _figure(value: object, edition: str) -> Figure | None:
    if not isinstance(value, Mapping):
        return None
    number = decimal_of(value.get("value"))
    return None if number is None else Figure(number, _basis(value, edition))


def _basis(value: Mapping[str, Any], edition: str) -> Basis:
    source = names_of(value.get("source")) or Names("合作社自定", "set by the cooperative")
    given = value.get("edition")
    return Basis(source, given if isinstance(given, str) else edition or None)


def _mapping(value: object) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


__all__ = ["Figure", "Template", "template_of"]
