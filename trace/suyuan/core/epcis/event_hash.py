"""CBV event hash ID, profile CBV2.0 as its reference implementation computes it since 2026.

The letters A-H in comments are the sections of epcis-hash.md. The hash is an index beside the
content: computed over the event as committed (private fields replaced), never used to refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.values import hash_time, hash_value, hash_word, verbatim
from suyuan.core.errors import Malformed
from suyuan.core.strict_json import pointer_token

PROFILE = "CBV2.0-2026"
"""To be stored beside every hash: older generations share the suffix ``?ver=CBV2.0``."""

_MAX_DEPTH = 64
_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://ref.gs1.org/voc/"
_COMMENTS = frozenset({"comment", "rdfs:comment"})
_DROPPED = _COMMENTS | {  # A
    "recordTime",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
    "@context",
    "type",
}

Render: TypeAlias = Callable[[str, Any, Namespaces], str]
"""(name, value, namespaces) → text, "" for nothing."""


def event_hash(event: Mapping[str, Any], context: Any = None) -> str:
    """``ni:///sha-256;…?ver=CBV2.0`` of an event in the JSON data model.

    ``context``: a ``@context``, or Namespaces prepared once for many events; by default the
    event's own ``@context``. Raises Malformed, with its JSON pointer, where the event has not the
    shape of EPCIS or is nested too deeply, and nothing else.
    """
    try:
        data = prehash(event, context).encode()
    except UnicodeEncodeError:
        raise Malformed("a lone surrogate is no character") from None
    return f"ni:///sha-256;{hashlib.sha256(data).hexdigest()}?ver=CBV2.0"


def event_hashes(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Hashes of the events of a document, in order; events with the same ``@context`` share it."""
    hashes: list[str] = []
    context: Any = None
    namespaces = Namespaces()
    for event in events:
        own = event.get("@context")
        if own is not context:
            context, namespaces = own, Namespaces(own)
        hashes.append(event_hash(event, namespaces))
    return hashes


def prehash(event: Mapping[str, Any], context: Any = None) -> str:
    """The text that is hashed; arguments and errors as for ``event_hash``."""
    if isinstance(context, Namespaces):
        namespaces = context
    else:
        namespaces = Namespaces(event.get("@context") if context is None else context)
    parts = [f"eventType={verbatim(event.get('type'))}"]
    name = ""
    try:
        for name, render in _ORDER:
            if name in event:
                parts.append(render(name, event[name], namespaces))
        if "ilmd" in event:
            name = "ilmd"
            parts += _nodes(name, event[name], namespaces)
        for name, walk in _EXTENSIBLE:
            if name in event:
                parts.append(walk(name, event[name], namespaces))
    except Malformed as problem:
        raise problem.at(f"/{name}") from None
    own = [name for name in event if name not in _STANDARD]
    parts += _own(event, own, namespaces)
    return "".join(parts)


# B and C: the ordered part. Pointers are put together only when something is wrong.


def _time(name: str, value: Any, namespaces: Namespaces) -> str:
    return _leaf(name, hash_time(value))


def _offset(name: str, value: Any, namespaces: Namespaces) -> str:
    return _leaf(name, verbatim(value))


def _value(name: str, value: Any, namespaces: Namespaces) -> str:
    text = hash_value(value, namespaces)
    return f"{name}={text}" if text else ""


def _leaf(name: str, text: str) -> str:
    return f"{name}={text}" if text else ""


def _word(vocabulary: str) -> Render:
    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        return _leaf(name, hash_word(value, namespaces, vocabulary))

    return render


def _fields(name_first: str | None, **renders: Render) -> Render:
    """An object's known members in this order, behind a name: the given one, or that of its place.

    ``name_first`` "" means the place's name, None no name.
    """
    order = tuple(renders.items())

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        _is_object(value)
        key, parts = "", []
        try:
            for key, inner in order:
                if key in value:
                    parts.append(inner(key, value[key], namespaces))
        except Malformed as problem:
            raise problem.at(f"/{key}") from None
        text = "".join(parts)
        if name_first is None or not text:
            return text
        return (name_first or name) + text

    return render


def _sorted(inner: Render, item_name: str = "", *, named: bool = True) -> Render:
    """An array's items as texts, sorted by code point, behind the array's name if ``named``."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        texts = _items(inner, item_name or name, value, namespaces)
        texts.sort()
        text = "".join(texts)
        return name + text if named and text else text

    return render


def _items(inner: Render, name: str, value: Any, namespaces: Namespaces) -> list[str]:
    if type(value) is not list:
        raise Malformed("an array belongs here")
    texts: list[str] = []
    try:
        for item in value:
            texts.append(inner(name, item, namespaces))
    except Malformed as problem:
        raise problem.at(f"/{len(texts)}") from None
    return texts


def _is_object(value: Any) -> None:
    if type(value) is not dict:
        raise Malformed("an object belongs here")


_EPCS = _sorted(_value, "epc")
_QUANTITIES = _sorted(_fields("quantityElement", epcClass=_value, quantity=_value, uom=_value))
_PLACE = _fields("", id=_value)
_DISPOSITION = _word(f"{_CBV}Disp-")
_SENSOR_METADATA = _fields(
    "",
    time=_time,
    startTime=_time,
    endTime=_time,
    deviceID=_value,
    deviceMetadata=_value,
    rawData=_value,
    dataProcessingMethod=_value,
    bizRules=_value,
)
_SENSOR_REPORT = _fields(
    "",
    type=_word(_VOC),
    exception=_word(_VOC),
    deviceID=_value,
    deviceMetadata=_value,
    rawData=_value,
    dataProcessingMethod=_value,
    time=_time,
    microorganism=_value,
    chemicalSubstance=_value,
    value=_value,
    component=_word(f"{_CBV}Comp-"),
    stringValue=_value,
    booleanValue=_value,
    hexBinaryValue=_value,
    uriValue=_value,
    minValue=_value,
    maxValue=_value,
    meanValue=_value,
    sDev=_value,
    percRank=_value,
    percValue=_value,
    uom=_value,
    coordinateReferenceSystem=_value,
)
_SENSOR_ELEMENT = _fields(
    "sensorElement",
    sensorMetadata=_SENSOR_METADATA,
    sensorReport=_sorted(_SENSOR_REPORT, named=False),
)


def _pairs(vocabulary: str, name: str) -> Render:
    return _sorted(_fields(None, **{"type": _word(vocabulary), name: _value}))


_ORDER: tuple[tuple[str, Render], ...] = (
    ("eventTime", _time),
    ("eventTimeZoneOffset", _offset),
    ("epcList", _EPCS),
    ("parentID", _value),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    ("action", _value),
    ("transformationID", _value),
    ("bizStep", _word(f"{_CBV}BizStep-")),
    ("disposition", _DISPOSITION),
    (
        "persistentDisposition",
        _fields(
            "",
            set=_sorted(_DISPOSITION, named=False),
            unset=_sorted(_DISPOSITION, named=False),
        ),
    ),
    ("readPoint", _PLACE),
    ("bizLocation", _PLACE),
    ("bizTransactionList", _pairs(f"{_CBV}BTT-", "bizTransaction")),
    ("sourceList", _pairs(f"{_CBV}SDT-", "source")),
    ("destinationList", _pairs(f"{_CBV}SDT-", "destination")),
    ("sensorElementList", _sorted(_SENSOR_ELEMENT, named=False)),
)
_STANDARD = _DROPPED | {name for name, _ in _ORDER} | {"ilmd"}


# C and D: ilmd and extensions, whose names and shapes are other people's.


def _own(holder: Mapping[str, Any], names: list[str], namespaces: Namespaces) -> list[str]:
    """Nodes for these members, sorted."""
    nodes: list[str] = []
    name = ""
    try:
        for name in names:
            nodes += _nodes(namespaces.key(name), holder[name], namespaces)
    except Malformed as problem:
        raise problem.at(f"/{pointer_token(name)}") from None
    nodes.sort()
    return nodes


def _nodes(key: str, value: Any, namespaces: Namespaces, depth: int = 0) -> list[str]:
    """A node for a value, one for each item of an array."""
    if type(value) is not list:
        return [_node(key, value, namespaces, depth)]
    return [_node(key, item, namespaces, depth) for item in value]


def _node(key: str, value: Any, namespaces: Namespaces, depth: int) -> str:
    if depth > _MAX_DEPTH:
        raise Malformed("nested deeper than {depth} levels", depth=_MAX_DEPTH)
    kind = type(value)
    if kind is dict:
        text = hash_value(value.get("#text"), namespaces)
        children: list[str] = []
        for name, item in value.items():
            if name not in _COMMENTS and name != "#text":
                children += _nodes(namespaces.key(name), item, namespaces, depth + 1)
    elif kind is list:
        text, children = "", _nodes("", value, namespaces, depth + 1)
    else:
        text = hash_value(value, namespaces)
        return f"{key}={text}" if text else key
    children.sort()
    return "".join([f"{key}={text}" if text else key, *children])


def _extended(**inner: Render) -> Render:
    """Extensions in an object: of its parts in order, then its own, all behind its name."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        _is_object(value)
        parts = [walk(key, value[key], namespaces) for key, walk in inner.items() if key in value]
        own = [key for key in value if ":" in key and key not in _COMMENTS]
        if own:
            parts += _own(value, own, namespaces)
        text = "".join(parts)
        return name + text if text else ""

    return render


def _in_order_of(standard: Render, extensions: Render, item_name: str = "") -> Render:
    """Extensions of an array's items, which are ordered as their standard parts are."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        name = item_name or name
        texts = _items(extensions, name, value, namespaces)
        if any(texts):
            keys = _items(standard, name, value, namespaces)
            texts = [text for _, text in sorted(zip(keys, texts, strict=True))]
        return "".join(texts)

    return render


_EXTENSIBLE: tuple[tuple[str, Render], ...] = (
    ("readPoint", _extended()),
    ("bizLocation", _extended()),
    (
        "sensorElementList",
        _in_order_of(
            _SENSOR_ELEMENT,
            _extended(
                sensorMetadata=_extended(),
                sensorReport=_in_order_of(_SENSOR_REPORT, _extended()),
            ),
            "sensorElement",
        ),
    ),
)
