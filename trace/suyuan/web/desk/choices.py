"""What can be chosen by name in a form: products, lots that were bought or made, seasons, parties.

A product that is made for the first time, and whoever gets goods for the first time, is named here too:
a clerk needs no GTIN for either.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from suyuan.core.farm.form import Form
from suyuan.core.farm.forms import form_for
from suyuan.core.farm.write import values_of
from suyuan.core.identifiers import is_uri, product_of
from suyuan.ports.books import DeedQuery
from suyuan.web.desk.deps import Desk
from suyuan.web.desk.telling import Naming

USING: Mapping[str, frozenset[str]] = {
    "spraying": frozenset({"pesticide"}),
    "fertilising": frozenset({"fertiliser"}),
    "sowing": frozenset({"seed"}),
    "treating": frozenset({"veterinary"}),
    "immunising": frozenset({"vaccine"}),
    "feeding": frozenset({"feed"}),
}
"""Form → kinds of inputs that it uses (``suyuan:label.kind``)."""
_MADE = frozenset({"harvest", "processing", "packing"})
"""Forms by which something comes to be."""
NEW: Mapping[str, str] = {
    "harvest": "items",
    "processing": "outputs",
    "packing": "outputs",
    "stocking": "items",
    "sowing": "items",
}
"""Form → field whose things may be named here for the first time."""
_OUTSIDE = frozenset({"purchase", "sale_of_input", "returning"})
_HERDS = frozenset({"processing", "shipping", "selling", "destroying", "storing", "receiving"})
"""Forms in which animals can be named as the group that they live in."""
_MOST = 300
_MOST_NAME = 80
_MOST_NEW = 20


class Choices:
    """Label → id of what a form offers. ``key``: of the sheet, from which new ids follow."""

    def __init__(self, desk: Desk, form: Form, naming: Naming, key: str = "") -> None:
        self.naming, self._desk, self._key = naming, desk, key
        self.ids: dict[str, str] = {}
        self.made: list[str] = []
        """Labels of what can come out: products, no lots."""
        self.parties: dict[str, str] = {}
        self.called: dict[str, str] = {}
        """Names of parties that no register has, by their ids."""
        self._offer(form)

    def _offer(self, form: Form) -> None:
        desk, naming = self._desk, self.naming
        ground = desk.node.books.grounds.of(desk.actor.organisation)
        products = sorted({uri for uri in ground.things.values() if _is_product(uri)})[:_MOST]
        masters = desk.node.judge.masters(desk.actor.viewer, products)
        naming.learn(products)
        lots, fitting = list[str](), list[str]()
        for uri in products:
            label = masters.get(uri, {}).get("suyuan:label")
            kind = label.get("kind") if isinstance(label, Mapping) else None
            if _fits(form, kind, uri):
                fitting.append(uri)
        at = {one.at for one in form.fields}
        if form.name in _MADE or at & {"about", "inputs"}:
            lots = _lots(desk, form)
        herds = _seasons(desk, animals=form.name in _HERDS) if (
            form.name in _HERDS or any(one.type == "things" and one.at == "about"
                                       for one in form.fields)) else []  # fmt: skip
        # What something is done with, or that is sent, is a lot; a product is what comes of it.
        order = [*herds, *lots, *fitting] if form.name != "harvest" else [*fitting, *lots]
        for uri in order:
            self.ids.setdefault(naming(uri), uri)
        self.made = [naming(uri) for uri in fitting]
        if any(one.type == "party" and one.name != "member" for one in form.fields):
            self._offer_parties(form)

    def _offer_parties(self, form: Form) -> None:
        """Organisations of this node, and those who got or sent goods before."""
        desk = self._desk
        for one in desk.node.database.accounts.organisations():
            if one.id != desk.actor.organisation:
                name = one.name_zh if desk.words.language == "zh" else one.name_en
                self.parties.setdefault(name or one.name_zh, one.id)
        query = DeedQuery(desk.actor.organisation, frozenset({form.kind}), limit=100)
        for line in desk.node.books.find(desk.actor.viewer, query).lines:
            used = form_for(line.deed.kind, line.deed.form)
            values = values_of(used, line.deed.event) if used is not None else {}
            for party, called in (("destination", "receiver"), ("buyer", "buyer_name"),
                                  ("source", "sender")):  # fmt: skip
                uri, known = values.get(party), values.get(called)
                if isinstance(uri, str) and isinstance(known, str) and known:
                    self.parties.setdefault(known, uri)
                    self.called.setdefault(uri, known)

    @property
    def labels(self) -> list[str]:
        return list(self.ids)

    def id_of(self, text: str) -> str:
        return self.ids.get(text.strip(), text.strip())

    def label_of(self, uri: str) -> str:
        """The label it is offered by; the name alone could mean something else."""
        for label, known in self.ids.items():
            if known == uri:
                return label
        name = self.naming(uri) if "://" in uri else uri
        self.ids.setdefault(name, uri)
        return name

    def party_of(self, text: str) -> str:
        """The id of whoever is called so; of somebody new one that says nothing."""
        name = text.strip()
        if not name or name in self.parties or is_uri(name) or name.isdigit():
            return self.parties.get(name, name)
        if len(name) > _MOST_NAME or not self._key:
            return name
        made = uuid.uuid5(uuid.UUID(self._key), f"party {name}").hex[:16]
        uri = f"{self._desk.node.settings.uri_base}buyer/{made}"
        self.parties[name] = uri
        self.called[uri] = name
        return uri

    def party_label(self, uri: str) -> str:
        for label, known in self.parties.items():
            if known == uri:
                return label
        return self.label_of(uri)

    # -- what is made for the first time -----------------------------------------------------------

    @property
    def may_name(self) -> bool:
        """Whether the reader may add a product: it is everybody's, so not a member for the own plots."""
        actor = self._desk.actor
        return actor.may("sign and file") and actor.scope("record") == "organisation"

    def name_new(self) -> None:
        """Record the products that were ticked as new; each is offered by its name from now on.

        To name a product is no claim of what was done, so it may stand though the record does not.
        """
        desk = self._desk
        if not self.may_name:
            return
        for text in desk.form.getlist("new")[:_MOST_NEW]:
            name = " ".join(text.split()) if isinstance(text, str) else ""
            if not name or len(name) > _MOST_NAME or name in self.ids or "://" in name:
                continue
            made = uuid.uuid5(uuid.UUID(self._key), f"product {name}").hex[:10]
            uri = f"{desk.node.settings.uri_base}product/{made}"
            master: dict[str, Any] = {"id": uri, "type": "Product", "name": {"zh": name}}
            desk.node.masters.record(desk.actor.caller, [("", master)])
            self.ids[name] = uri
            self.made.append(name)
            self.naming.call(uri, name)


def is_named(text: str) -> bool:
    """Whether a text is no name but an identifier: a URI, a GTIN with or without its lot."""
    return is_uri(text) or re.match(r"\d{14}(/|$)", text) is not None


def _is_product(uri: str) -> bool:
    return bool(re.fullmatch(r"https://id\.gs1\.org/01/\d{14}", uri)) or (
        ("/product/" in uri or "/input/" in uri) and "/lot/" not in uri
    )


def _fits(form: Form, kind: Any, uri: str) -> bool:
    wanted = USING.get(form.name)
    if wanted is not None:
        # Of an input out of a table nothing may be known but its name; what is made here is none.
        return kind in wanted or (kind is None and ("/product/" not in uri or form.name in NEW))
    if form.name == "stocking":
        return kind in (None, "other")
    if form.name in _OUTSIDE:
        return kind is not None
    return kind is None


def _lots(desk: Desk, form: Form) -> list[str]:
    """Lots of the newest hundred records that made or brought some, newest first."""
    wanted = {"purchase"} if form.name in USING or form.name in _OUTSIDE else {
        "harvest", "processing", "packing", "receiving"}  # fmt: skip
    query = DeedQuery(desk.actor.organisation, frozenset(wanted), limit=100)
    found: dict[str, None] = {}
    for line in desk.node.books.find(desk.actor.viewer, query).lines:
        deed = line.deed
        if not line.declared:
            for one in deed.about if deed.kind in ("purchase", "receiving") else deed.outputs:
                if product_of(one.id) or "/lot/" in one.id:
                    found.setdefault(one.id)
    return list(found)[:_MOST]


def _seasons(desk: Desk, *, animals: bool) -> list[str]:
    """Seasons that go on; ``animals``: groups of animals alone."""
    if not desk.actor.may("seasons"):
        return []
    return [
        one.id
        for one in desk.node.seasons.seen_by(desk.actor)
        if one.closed is None and (one.is_animal or not animals)
    ][:_MOST]


__all__ = ["NEW", "USING", "Choices", "is_named"]
