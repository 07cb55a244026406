"""Inputs of an organisation: what it calls its own, which one a pack's code means, and buying, selling,
counting and giving back. Every record goes through flow.books."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.write import values_of
from suyuan.core.identifiers import identify, product_of
from suyuan.core.input_form import fits_pack
from suyuan.core.input_label import relabelled
from suyuan.core.packs import Pack
from suyuan.core.rules.override import Overriding
from suyuan.core.rules.product import label_of
from suyuan.core.story_values import names_of
from suyuan.flow.actors import Actor
from suyuan.flow.books import Books, Entry
from suyuan.flow.credentials import letters
from suyuan.flow.judge import Judge
from suyuan.flow.master import MasterData
from suyuan.flow.watch import Watch
from suyuan.ports.books import DeedQuery
from suyuan.ports.outside import Chance

_NAMESPACE = uuid.UUID("2c1f5c0a-64b1-5e55-a1d8-6f3f9a3e8f01")
_BOUGHT = 200
"""Earlier records that are looked at for a code or a buyer."""


@dataclass(frozen=True, slots=True)
class Input:
    """A product that an organisation handles."""

    id: str
    master: Mapping[str, Any]

    @property
    def name(self) -> str:
        names = names_of(self.master.get("name"))
        return names.zh if names else self.id.rstrip("/").rsplit("/", 1)[-1]

    @property
    def registration(self) -> str:
        label = self.master.get("suyuan:label")
        found = label.get("registration") if isinstance(label, Mapping) else None
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who bought before: an opaque id, and what was written down of him or her last."""

    id: str
    name: str = ""
    phone: str = ""


@dataclass(slots=True)
class Inputs:
    """The verbs. ``record`` stores nothing unless all of it can be."""

    books: Books
    judge: Judge
    masters: MasterData
    watch: Watch
    chance: Chance
    base: str

    def known(self, actor: Actor) -> list[Input]:
        """Inputs that the organisation named or moved, by name."""
        actor.require("inputs")
        ground = self.books.grounds.of(actor.organisation)
        moved = self.watch.products(actor.organisation)
        found = self.judge.masters(actor.viewer, {*ground.things.values(), *moved})
        own = [
            Input(name, master)
            for name, master in found.items()
            if name in moved or label_of(master).kind is not None
        ]
        own += [Input(name, {}) for name in moved - found.keys()]
        return sorted(own, key=lambda one: (one.name, one.id))

    def label(self, actor: Actor, new: Mapping[str, Any], of: Input | None) -> str:
        """Record what a label says: of an input that is known (``of``), else of a new one; its id.

        Each time it is a version of its own; the earlier ones stay in the log.
        """
        actor.require("inputs")
        if of is None and any(one.name == new["name"]["zh"] for one in self.known(actor)):
            raise Refused("an input is called so already; change its label", path="/new_name")
        base = of.master if of is not None else {}
        master = {**relabelled(base, new), "id": of.id if of is not None else self.new_id(None)}
        self.masters.record(actor.caller, [("", master)])
        return str(master["id"])

    def of_pack(self, actor: Actor, pack: Pack) -> Input | None:
        """The input that a code means: by its GTIN, its registration, or a pack of the same kind that
        was bought before; None for one that is new here."""
        if pack.product is not None:
            master = self.judge.masters(actor.viewer, [pack.product]).get(pack.product)
            moved = self.watch.products(actor.organisation)
            if master is None and pack.product not in moved:
                return None
            return Input(pack.product, master or {})
        known = {one.id: one for one in self.known(actor)}
        for line in self._with_text(actor, pack.family):
            codes = line.get("packCodes")
            if isinstance(codes, list) and any(str(c).startswith(pack.family) for c in codes):
                for name in line["items"]:
                    if name in known:
                        return known[name]
        if pack.pesticide is not None:
            fits = [one for one in known.values() if fits_pack(one.registration, pack)]
            if len(fits) == 1:
                return fits[0]
        return None

    def _with_text(self, actor: Actor, text: str) -> list[dict[str, Any]]:
        query = DeedQuery(actor.organisation, frozenset({"purchase"}), text=text, limit=20)
        return [
            {
                **line.deed.stated,
                "items": [product_of(item.id) or item.id for item in line.deed.about],
            }
            for line in self.books.find(actor.viewer, query).lines
            if not line.declared
        ]

    def buyers(self, actor: Actor) -> list[Buyer]:
        """Those whom the organisation sold to last, each once, newest first."""
        actor.require("inputs")
        kinds = frozenset({"sale_of_input"})
        found: dict[str, Buyer] = {}
        query = DeedQuery(actor.organisation, kinds, limit=_BOUGHT)
        for line in self.books.find(actor.viewer, query).lines:
            values = values_of(FORMS["sale_of_input"], line.deed.event)
            who = line.deed.destination
            if who is not None and not line.declared:
                known = Buyer(
                    who, str(values.get("buyer_name", "")), str(values.get("buyer_phone", ""))
                )
                found.setdefault(who, known)
        return list(found.values())

    def new_buyer(self) -> str:
        """An id for somebody who has none: it stands in records for the person, and says nothing."""
        return f"{self.base}buyer/{letters(self.chance, 12).lower()}"

    def new_id(self, pack: Pack | None) -> str:
        """Of a new input: its GTIN where the pack has one, else an id of the organisation's own."""
        if pack is not None and pack.product is not None:
            return pack.product
        return f"{self.base}input/{letters(self.chance, 10).lower()}"

    def empties(self, actor: Actor) -> str:
        """What returned packaging is called: of each organisation its own, so that all may record it."""
        return f"{self.base}empties/{uuid.uuid5(_NAMESPACE, actor.organisation).hex[:12]}"

    def record(
        self,
        actor: Actor,
        form: str,
        given: Mapping[str, Any],
        *,
        new: Mapping[str, Any] | None = None,
        overrides: Sequence[Overriding] = (),
    ) -> int:
        """File one record, with the master data of a new input before it; the record's index.

        Blocked where a rule blocks that none of ``overrides`` names. Both are checked, rules of farming
        included, before either is stored.
        """
        actor.require("inputs")
        caller = actor.caller
        entry = Entry(form, given)
        if new is not None:
            self.masters.check([("", dict(new))])
        incoming = self.books.events(caller, [entry], typed_by=actor.name)
        self.books.gate(caller, incoming, overrides)
        if new is not None:
            self.masters.record(caller, [("", dict(new))])
        return self.books.record(caller, [entry], typed_by=actor.name, overrides=overrides)[0]


def lot_of(item: Input, lot: str) -> str:
    """The id of a lot of an input; Refused for one without a GTIN: there a lot has no id of its own."""
    text = "".join(lot.split())
    if not text:
        return item.id
    if product_of(f"{item.id}/10/{text}") is None:
        raise Refused("a lot number goes with a barcode (GTIN); leave it empty here", path="/lot")
    try:
        return identify(f"{item.id}/10/{text}").uri
    except Malformed:
        raise Malformed(
            "a lot number has at most 20 letters, digits and signs, as printed on the pack",
            path="/lot",
        ) from None


def lines_of(items: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Things with amounts as a form takes them."""
    return [{"item": name, "amount": amount} for name, amount in items]


__all__ = ["Buyer", "Input", "Inputs", "lines_of", "lot_of"]
