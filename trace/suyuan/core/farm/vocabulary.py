"""The node's own vocabulary: every step and member of ours, with a label that two languages have.

What stands in anchored data is read for ever, so a term that was ever here stays; its URI is
``<base>voc/<name>``. Members of forms tell their labels themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from suyuan.core.epcis.words import BIZ_STEPS
from suyuan.core.farm.forms import FORMS
from suyuan.core.story_steps import OWN_STEPS
from suyuan.core.story_values import Said

_NONE: Mapping[str, Said] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Term:
    """One word. ``values``: what it may be, where that is a choice; ``parts``: members within it."""

    name: str
    kind: Literal["step", "member"]
    label: Said
    values: Mapping[str, Said] = field(default_factory=lambda: _NONE)
    parts: Mapping[str, Said] = field(default_factory=lambda: _NONE)


_MEMBERS: Mapping[str, Said] = MappingProxyType(
    {
        "address": Said("Address"),
        "advice": Said("What to do"),
        "amount": Said("Amount of money"),
        "area": Said("Area"),
        "authorisation": Said("Right to a brand, by its owner"),
        "attachments": Said("Photos and reports, by the digest of their bytes"),
        "brand": Said("Brand"),
        "buyer": Said("Buyer"),
        "certificate": Said("Certificate"),
        "checkIn": Said("Check-in at a market"),
        "claims": Said("What the label claims"),
        "codes": Said("What became of codes, by their places in the issue's tree"),
        "country": Said("Country"),
        "county": Said("County"),
        "creditCode": Said("Unified social credit code"),
        "drying": Said("Drying"),
        "form": Said("The form it was entered with"),
        "grade": Said("Grade"),
        "heads": Said("Number of animals"),
        "heat": Said("Temperature and time"),
        "idNumber": Said("Identity number"),
        "inspection": Said("Inspection by an authority"),
        "invoice": Said("Invoice or receipt"),
        "netWeight": Said("Net weight"),
        "operator": Said("Who applied or prescribed it"),
        "outline": Said("Outline of a plot"),
        "override": Said("A rule set aside, by whom and why"),
        "person": Said("Who did it"),
        "phone": Said("Phone"),
        "picture": Said("Picture"),
        "plannedPacking": Said("Day of packing as planned"),
        "plots": Said("Plots"),
        "position": Said("Position"),
        "preHarvestInterval": Said("Days before harvest"),
        "price": Said("Price paid"),
        "reason": Said("Why"),
        "quantity": Said("Quantity"),
        "record": Said("The record that says so"),
        "recordedBy": Said("Who typed it"),
        "records": Said("The records of these events, and where their proofs are"),
        "release": Said("Release at origin"),
        "returned": Said("What was returned"),
        "roasting": Said("Roasting"),
        "said": Said("Amounts as they were entered"),
        "sd": Said("Digests of private fields"),
        "seller": Said("Seller"),
        "serials": Said("Number of codes issued, and the root of their tree"),
        "shelfLifeDays": Said("Shelf life in days"),
        "stock": Said("Whether this is what was counted in the store"),
        "template": Said("The crop template it was entered under"),
        "test": Said("Test"),
        "village": Said("Village"),
        "withdrawal": Said("Withdrawal period"),
        "within": Said("The place that it lies in"),
    }
)
"""Members that no form names by themselves."""


def _terms() -> Iterator[Term]:
    labels = dict(OWN_STEPS)
    values: dict[str, dict[str, Said]] = {}
    parts: dict[str, dict[str, Said]] = {}
    members = dict(_MEMBERS)
    for form in FORMS.values():
        for step in form.steps:
            if step not in BIZ_STEPS:
                labels.setdefault(step, form.label)
        for one in form.fields:
            at, _, member = one.at.partition(":")
            if at != "voc":
                continue
            name, _, inner = member.partition("/")
            if inner:
                parts.setdefault(name, {}).setdefault(inner, one.label)
            else:
                members.setdefault(name, one.label)
                values.setdefault(name, {}).update(one.choices)
    values["form"] = {form.name: form.label for form in FORMS.values()}
    for name in sorted(labels):
        yield Term(name, "step", labels[name])
    for name in sorted(members):
        yield Term(
            name,
            "member",
            members[name],
            MappingProxyType(values.get(name, {})),
            MappingProxyType(parts.get(name, {})),
        )


TERMS: Mapping[str, Term] = MappingProxyType({term.name: term for term in _terms()})
"""By name: a step and a member never share one."""


def as_json_ld(
    terms: Mapping[str, Term], base: str, say: Mapping[str, Callable[[str], str]]
) -> Any:
    """The terms as JSON-LD (RDF Schema and SKOS); ``say``: language → its words for a key."""

    def labels(said: Said) -> dict[str, str]:
        return {language: words(said.template) for language, words in say.items()}

    voc = f"{base}voc/"
    graph = [
        {
            "@id": f"{voc}{term.name}",
            "@type": "skos:Concept" if term.kind == "step" else "rdf:Property",
            "rdfs:label": labels(term.label),
            "rdfs:isDefinedBy": {"@id": voc},
            **({"skos:member": [{"skos:notation": value, "rdfs:label": labels(said)}
                                for value, said in term.values.items()]} if term.values else {}),
            **({"skos:hasPart": [{"skos:notation": part, "rdfs:label": labels(said)}
                                 for part, said in term.parts.items()]} if term.parts else {}),
        }
        for term in terms.values()
    ]  # fmt: skip
    return {
        "@context": {
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "rdfs:label": {"@id": "http://www.w3.org/2000/01/rdf-schema#label",
                           "@container": "@language"},
        },
        "@graph": graph,
    }  # fmt: skip


__all__ = ["TERMS", "Term", "as_json_ld"]
