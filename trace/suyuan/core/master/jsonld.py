"""Master data as JSON-LD, in the words of the GS1 Web Vocabulary (https://ref.gs1.org/voc/).

What we recorded stands beside it under its own names: nothing is lost, and nothing is said that was
not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.core.digital_link import parse_dl

CONTEXT = {
    "gs1": "https://ref.gs1.org/voc/",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "@vocab": "https://ref.gs1.org/voc/",
}
TYPES = {"Product": "gs1:Product", "Place": "gs1:Place", "Organization": "gs1:Organization"}
_NAMES = {
    "Product": "gs1:productName",
    "Place": "gs1:physicalLocationName",
    "Organization": "gs1:organizationName",
}
_KEYS = {"01": "gs1:gtin", "414": "gs1:globalLocationNumber", "417": "gs1:partyGLN"}


def as_json_ld(master: Mapping[str, Any], voc: str) -> dict[str, Any]:
    """``voc``: the node's own vocabulary, which ``suyuan:`` stands for."""
    kind = str(master["type"])
    told: dict[str, Any] = {
        "@context": {**CONTEXT, "suyuan": voc},
        "@id": master["id"],
        "@type": TYPES.get(kind, f"suyuan:{kind}"),
    }
    link = parse_dl(str(master["id"]))
    if link is not None and link.key in _KEYS:
        told[_KEYS[link.key]] = link.value
    if "name" in master:
        told[_NAMES.get(kind, "schema:name")] = _texts(master["name"])
    if "suyuan:brand" in master:
        told["gs1:brand"] = {"@type": "gs1:Brand", "gs1:brandName": _texts(master["suyuan:brand"])}
    weight = master.get("suyuan:netWeight")
    if isinstance(weight, Mapping):
        told["gs1:netContent"] = {
            "@type": "gs1:QuantitativeValue",
            "gs1:value": {"@value": str(weight.get("value")), "@type": "xsd:float"},
            "gs1:unitCode": weight.get("uom"),
        }
    if "suyuan:grade" in master:
        told["gs1:gradeCodeValue"] = _texts(master["suyuan:grade"])
    picture = master.get("suyuan:picture")
    if isinstance(picture, Mapping) and isinstance(picture.get("digest"), str):
        told["gs1:image"] = {
            "@type": "gs1:ReferencedFileDetails",
            "gs1:referencedFileURL": {
                "@id": f"/attachments/{picture['digest'].removeprefix('sha-256:')}"
            },
        }
    if "suyuan:address" in master or "suyuan:village" in master:
        told["gs1:address"] = {
            "@type": "gs1:PostalAddress",
            **({"gs1:streetAddress": _texts(master["suyuan:address"])}
               if "suyuan:address" in master else {}),
            **({"gs1:addressLocality": _texts(master["suyuan:village"])}
               if "suyuan:village" in master else {}),
        }  # fmt: skip
    if isinstance(master.get("suyuan:within"), str):
        told["schema:containedInPlace"] = {"@id": master["suyuan:within"]}
    if isinstance(master.get("suyuan:outline"), Mapping):
        told["schema:geo"] = {"@type": "@json", "@value": master["suyuan:outline"]}
    if "suyuan:creditCode" in master:
        told["gs1:additionalOrganizationID"] = {
            "@type": "gs1:AdditionalOrganizationIDDetails",
            "gs1:additionalOrganizationIDValue": master["suyuan:creditCode"],
        }
    told.update({name: value for name, value in master.items() if name.startswith("suyuan:")})
    return told


def _texts(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return [
        {"@value": value[language], "@language": language}
        for language in ("zh", "en")
        if language in value
    ]
