"""What events say of food in the terms of 21 CFR 1.1310: lots, amounts, locations, documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

from suyuan.core.errors import Malformed
from suyuan.core.exports.lineage import Deed, Master
from suyuan.core.identifiers import Identifier, identify, parse_dl, product_of
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import Said, names_of, number_of, objects_of, quantity_of, text_of
from suyuan.core.touches import cbv_word

PIECES = "H87"
"""UN/CEFACT: where things are counted and no unit is given."""

_SPROUTS = re.compile(r"(?<!brussels )(?<!brussel )\bsprouts?\b|芽菜|豆芽|芽苗|芽球", re.IGNORECASE)
_NESTING = frozenset({"AggregationEvent", "AssociationEvent"})
_BEFORE_PACKING = frozenset({"cooling", "chilling", "packing"})


class Part(NamedTuple):
    """An amount of one lot (or of a product, where no lot is named)."""

    uri: str
    quantity: float | None
    unit: str | None


class Product(NamedTuple):
    """What is known of a product. None: master data does not say."""

    name: str | None
    brand: str | None
    commodity: str | None
    variety: str | None
    size: str | None
    """Of a packaging: how much is in one, ``250 GRM``."""
    style: str | None
    sprouts: bool
    """§1.1330(b) asks for more where they are packed first."""


@dataclass(slots=True)
class Told:
    """A location description, and what of it is missing; ``text`` is None where all is."""

    text: str | None = None
    missing: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Food:
    """All deeds on some lots, with what one has to know of the others to tell each."""

    deeds: tuple[Deed, ...]
    names: frozenset[str]
    """The lots: an event may be about others beside them."""
    master: Master
    makers: dict[str, list[Deed]] = field(default_factory=dict)
    """Lot or pack → the events that made it."""
    transformed: set[str] = field(default_factory=set)
    """Lots that something was done to which the rule calls a transformation."""
    packed: set[str] = field(default_factory=set)
    """Lots that came to be when food was packed under a code of their own, or later."""
    handled: dict[str, list[Deed]] = field(default_factory=dict)
    """Lot → the events that used, moved or observed it."""
    _transforming: set[int] = field(default_factory=set)
    _amounts: dict[int, tuple[list[Part], list[Part], list[Part]]] = field(default_factory=dict)
    """Of each deed: used, made, moved or observed; cartons by what was in them then."""
    _pack_lots: dict[str, str] = field(default_factory=dict)
    _inside: dict[str, dict[str, str]] = field(default_factory=dict)
    """Carton → what is in it → its lot, itself where it is none's."""

    def __post_init__(self) -> None:
        for deed in self.deeds:
            objects = deed.objects
            for epcs in (objects.epcs, objects.input_epcs, objects.output_epcs, objects.children):
                self._pack_lots.update((e.object, e.lot) for e in epcs if e.object and e.lot)
            used = self._parts(deed, objects.input_epcs, "inputQuantityList")
            about = self._parts(deed, objects.epcs, "quantityList")
            made = about if objects.action == "ADD" else []
            if objects.type == "TransformationEvent":
                made = self._parts(deed, objects.output_epcs, "outputQuantityList")
            self._amounts[deed.index] = used, made, about
            for uri in {part.uri for part in used + about}:
                self.handled.setdefault(uri, []).append(deed)
            for name in {*objects.makes, *(part.uri for part in made)}:
                self.makers.setdefault(name, []).append(deed)
            self._change({part.uri for part in used}, {part.uri for part in made}, deed)
            if objects.type in _NESTING and objects.parent is not None:
                self._nest(deed, objects.parent.uri)

    def _change(self, used: set[str], made: set[str], deed: Deed) -> None:
        """Manufacturing, commingling and repacking are transformations; the initial packing and what
        is before it are none (§1.1310), nor is packing under the lot code that the food has."""
        packs = step_of(deed.event) == "packing"
        again = packs and not used.isdisjoint(self.packed | self.transformed) and bool(made - used)
        changes = again or step_of(deed.event) not in _BEFORE_PACKING
        if changes and deed.objects.type == "TransformationEvent" and not deed.harvests:
            self._transforming.add(deed.index)
        if deed.index in self._transforming or not used.isdisjoint(self.transformed):
            self.transformed |= made
        elif packs or not used.isdisjoint(self.packed):
            self.packed |= made - used

    def transforms(self, deed: Deed) -> bool:
        """Whether an event is what the rule calls a transformation."""
        return deed.index in self._transforming

    def _nest(self, deed: Deed, parent: str) -> None:
        inside = self._inside.setdefault(parent, {})
        children = [child for child in deed.objects.children if child.object]
        if deed.objects.action != "DELETE":
            inside.update((c.object or "", c.lot or c.object or "") for c in children)
        elif not deed.objects.children:
            inside.clear()
        else:
            for child in children:
                inside.pop(child.object or "", None)

    def ours(self, parts: Iterable[Part]) -> list[Part]:
        """Those that are of the lots themselves: a carton may hold others too."""
        return [part for part in parts if part.uri in self.names]

    def inputs(self, deed: Deed) -> list[Part]:
        """What it used, lot by lot."""
        return self._amounts[deed.index][0]

    def outputs(self, deed: Deed) -> list[Part]:
        """What it made, lot by lot: outputs, or what an ObjectEvent that adds names."""
        return self._amounts[deed.index][1]

    def about(self, deed: Deed) -> list[Part]:
        """What it observed or moved, lot by lot, cartons by what was in them."""
        return self._amounts[deed.index][2]

    def _parts(self, deed: Deed, epcs: Iterable[Identifier], member: str) -> list[Part]:
        counted: Counter[str] = Counter()
        for epc in epcs:
            counted.update(self._lots(epc.lot or self._pack_lots.get(epc.uri) or epc.uri))
        parts = [Part(uri, count, PIECES) for uri, count in counted.items()]
        for item in objects_of(deed.event.get(member)):
            quantity = number_of(item.get("quantity"))
            unit = text_of(item.get("uom")) or (None if quantity is None else PIECES)
            try:
                parts.append(Part(identify(str(item.get("epcClass"))).uri, quantity, unit))
            except Malformed:
                continue
        return parts

    def _lots(self, name: str) -> Iterator[str]:
        """Itself, or the lots of all that is in a carton, also of cartons on a pallet."""
        wanted, seen = [name], set()
        while wanted:
            name = wanted.pop()
            if name in self._inside and name not in seen:
                seen.add(name)
                wanted += reversed(self._inside[name].values())
            elif name not in seen:
                yield name

    def harvests_of(self, name: str) -> list[Deed]:
        """The harvests behind a lot, in the log's order."""
        found: dict[int, Deed] = {}
        wanted, seen = [name], set()
        while wanted:
            name = wanted.pop()
            if name in seen:
                continue
            seen.add(name)
            for deed in self.makers.get(name, ()):
                if deed.harvests:
                    found[deed.index] = deed
                else:
                    wanted += [part.uri for part in self.inputs(deed)]
        return [found[index] for index in sorted(found)]

    def name_of(self, uri: str) -> str | None:
        """Its English name in master data."""
        return _english(self.master(uri), "name")

    def product(self, uri: str) -> Product:
        """The parts of a product description (§1.1310), each as master data has it."""
        master = self.master(product_of(uri) or uri)
        commodity = names_of(master.get("suyuan:commodity")) if master else None
        size = quantity_of(master.get("suyuan:netWeight")) if master else None
        return Product(
            name=_english(master, "name"),
            brand=_english(master, "suyuan:brand"),
            commodity=commodity.en if commodity else None,
            variety=_english(master, "suyuan:variety"),
            size=f"{size.amount:g} {size.unit}" if size else None,
            style=_english(master, "suyuan:packaging"),
            sprouts=commodity is not None and _SPROUTS.search(" ".join(commodity)) is not None,
        )

    def location(self, uri: str | None, owner: str | None = None, *, address: bool = True) -> Told:
        """Location description (§1.1310): business name, phone number, address (if it is asked for).

        From the master data of the place, and of the organisation that speaks of it.
        """
        if uri is None:
            return Told()
        place = self.master(uri) or {}
        business = (self.master(owner) if owner else None) or {}
        names = [names_of(of.get("name")) for of in (business, place)]
        street = text_of(place.get("suyuan:address")) or text_of(business.get("suyuan:address"))
        phone = text_of(place.get("suyuan:phone")) or text_of(business.get("suyuan:phone"))
        village = names_of(place.get("suyuan:village"))
        told = Told()
        for what, said in (
            (any(names), Said("name of {of}", of=uri)),
            (street or not address, Said("address of {of}", of=uri)),
            (phone, Said("phone number of {of}", of=uri)),
        ):
            if not what:
                told.missing.append(said)
        known = [named.en for named in names if named] + [village.en if village else None]
        told.text = ", ".join(filter(None, [*dict.fromkeys(known), street, phone, uri]))
        return told

    def source_of(self, lot: str) -> Told:
        """Where a lot got its code: the place of the event that made it."""
        made = self.makers.get(lot)
        return self.location(here(made[0]), made[0].owner) if made else Told()


def _english(master: Mapping[str, Any] | None, member: str) -> str | None:
    names = names_of(master.get(member)) if master else None
    return names.en if names else None


def lot_code(uri: str) -> str | None:
    """A lot's code as GS1 writes it for people: ``(01)09521234000044(10)LOT-1``; None without a lot."""
    link = parse_dl(uri)
    lot = link.get("10") if link is not None and link.key == "01" else None
    return f"(01){link.value}(10){unquote(lot)}" if link is not None and lot else None


def here(deed: Deed) -> str | None:
    """Where it was done: readPoint, else bizLocation."""
    place = deed.objects.read_point or deed.objects.biz_location
    return place.uri if place else None


def party(deed: Deed, member: str, key: str) -> str | None:
    """Of a sourceList or destinationList: the location, else who has it, else who owns it."""
    found: dict[str, str] = {}
    for item in objects_of(deed.event.get(member)):
        kind, who = item.get("type"), item.get(key)
        if isinstance(kind, str) and isinstance(who, str):
            found[cbv_word(kind, "sdt", "SDT") or ""] = who
    for kind in ("location", "possessing_party", "owning_party"):
        if kind in found:
            try:
                return identify(found[kind]).uri
            except Malformed:
                return None
    return None


def documents(deed: Deed) -> Told:
    """Reference document type and number: its bizTransactionList."""
    told = Told()
    texts = []
    for item in objects_of(deed.event.get("bizTransactionList")):
        if number := text_of(item.get("bizTransaction")):
            kind = cbv_word(text_of(item.get("type")), "btt", "BTT")
            texts.append(" ".join(filter(None, [kind, number])))
            if not kind:
                told.missing.append(Said("type of the reference document {number}", number=number))
    told.text = "; ".join(texts) or None
    return told
