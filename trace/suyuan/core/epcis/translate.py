"""An event with its identifiers as EPC URNs, or as Digital Links (GS1-EPC-Format of EPCIS 2.0 REST).

Only what EPCIS itself defines is translated, extensions and ILMD stay as they are. An identifier
that has no such form stays too, and is told. The event hash never changes: a new form names the
very same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from suyuan.core.digital_link import parse_dl
from suyuan.core.epcis.xml_names import VOCABULARIES
from suyuan.core.errors import Malformed
from suyuan.core.gs1.urn import PrefixLength, to_urn

_Shape: TypeAlias = "dict[str, _Shape] | list[_Shape] | None"
"""Members of an object, items of an array, or (None) an identifier."""

_PLACE: _Shape = {"id": None}
_QUANTITIES: _Shape = [{"epcClass": None}]
_SENSOR: dict[str, _Shape] = dict.fromkeys(
    ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
)
_EVENT: _Shape = {
    **dict.fromkeys(("parentID", "transformationID")),
    **{name: [None] for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList")},
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputQuantityList": _QUANTITIES,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": [{"bizTransaction": None}],
    "sourceList": [{"source": None}],
    "destinationList": [{"destination": None}],
    "sensorElementList": [{"sensorMetadata": _SENSOR, "sensorReport": [_SENSOR]}],
}


class Translated(NamedTuple):
    """An event in the other form."""

    event: dict[str, Any]
    """A new event; what did not change is shared with the old one."""
    left: tuple[Malformed, ...]
    """Identifiers that have no such form, each with its JSON pointer and the reason."""


def to_links(event: Mapping[str, Any]) -> Translated:
    """EPC URNs become canonical Digital Links; Digital Links stay on the host they are on."""
    return _translated(event, _link)


def to_urns(event: Mapping[str, Any], prefix_length: PrefixLength) -> Translated:
    """Digital Links become EPC URNs, where the length of the company prefix is known."""

    def urn(text: str) -> str:
        if text.startswith("urn:") or parse_dl(text) is None:
            return text
        return to_urn(text, prefix_length)

    return _translated(event, urn)


_WEB = {
    "urn:epcglobal:cbv:bizstep:": "https://ref.gs1.org/cbv/BizStep-",
    "urn:epcglobal:cbv:disp:": "https://ref.gs1.org/cbv/Disp-",
    "urn:epcglobal:cbv:er:": "https://ref.gs1.org/cbv/ER-",
    "urn:epcglobal:cbv:btt:": "https://ref.gs1.org/cbv/BTT-",
    "urn:epcglobal:cbv:sdt:": "https://ref.gs1.org/cbv/SDT-",
}
"""Both ways to write the words of the CBV as URIs."""


def with_words(event: Mapping[str, Any], *, web: bool) -> dict[str, Any]:
    """An event whose CBV words are web URIs, or URNs (GS1-CBV-XML-Format); other texts stay."""

    def word(text: Any, kind: str) -> Any:
        if not isinstance(text, str):
            return text
        urn = VOCABULARIES[kind].prefix
        bare = text.removeprefix(urn).removeprefix(_WEB[urn])
        if bare == text and text not in VOCABULARIES[kind].words:
            return text
        return (_WEB[urn] if web else urn) + bare

    changed = dict(event)
    for name in ("bizStep", "disposition"):
        if name in changed:
            changed[name] = word(changed[name], name)
    if isinstance(changed.get("persistentDisposition"), Mapping):
        changed["persistentDisposition"] = {
            name: [word(item, "set") for item in items] if name in ("set", "unset") else items
            for name, items in changed["persistentDisposition"].items()
        }
    for name in ("bizTransaction", "source", "destination"):
        items = changed.get(f"{name}List")
        if isinstance(items, list):
            changed[f"{name}List"] = [
                {**item, "type": word(item["type"], name)} if "type" in item else item
                for item in items
            ]
    if isinstance(changed.get("errorDeclaration"), Mapping):
        declared = changed["errorDeclaration"]
        if "reason" in declared:
            changed["errorDeclaration"] = {**declared, "reason": word(declared["reason"], "reason")}
    return changed


def _link(text: str) -> str:
    if not text.startswith("urn:epc:"):
        return text
    link = parse_dl(text)
    if link is None:
        raise Malformed("no Digital Link names the same as {value}", value=text[:200])
    return link.uri


def _translated(event: Mapping[str, Any], convert: Callable[[str], str]) -> Translated:
    left: list[Malformed] = []

    def walk(value: Any, shape: _Shape, path: str) -> Any:
        if shape is None:
            if not isinstance(value, str):
                return value
            try:
                return convert(value)
            except Malformed as problem:
                left.append(problem.at(path))
                return value
        if isinstance(shape, list):
            if not isinstance(value, list):
                return value
            return _distinct(
                value, [walk(item, shape[0], f"{path}/{n}") for n, item in enumerate(value)]
            )
        if not isinstance(value, Mapping):
            return value
        return {
            name: walk(item, shape[name], f"{path}/{name}") if name in shape else item
            for name, item in value.items()
        }

    return Translated(walk(event, _EVENT, ""), tuple(left))


def _distinct(before: list[Any], after: list[Any]) -> list[Any]:
    """After, but an identifier stands as before where the list would have it twice.

    A list may hold both forms of one thing, and the schema wants its items to differ.
    """
    if not all(isinstance(item, str) for item in before) or len(set(after)) == len(set(before)):
        return after
    kept = set(before)
    items = []
    for old, new in zip(before, after, strict=True):
        items.append(new if new == old or new not in kept else old)
        kept.add(items[-1])
    return items
