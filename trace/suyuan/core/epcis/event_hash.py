"""CBV event hash ID, profile CBV2.0 as its reference implementation computes it since 2026.

The letters A-H in comments are the sections of epcis-hash.md. The hash is an index beside the
content: computed over the event as committed (private fields replaced), never used to refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.rendering import (
    COMMENTS,
    Render,
    extended,
    fields,
    in_order_of,
    leaf,
    nodes_of,
    own_nodes,
    plain_leaf,
    sorted_items,
    sorted_leaves,
    time_leaf,
    word_leaf,
)
from suyuan.core.epcis.values import verbatim
from suyuan.core.errors import Malformed

PROFILE = "CBV2.0-2026"
"""To be stored beside every hash: older generations share the suffix ``?ver=CBV2.0``."""

_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://ref.gs1.org/voc/"
_DROPPED = COMMENTS | {  # A
    "recordTime",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
    "@context",
    "type",
}


# B and C: what is written, and in which order.

_EPCS = sorted_leaves("epc")
_QUANTITIES = sorted_items(fields("quantityElement", epcClass=leaf, quantity=leaf, uom=leaf))
_PLACE = fields("", id=leaf)
_DISPOSITION = word_leaf(f"{_CBV}Disp-")
_SENSOR_METADATA = fields(
    "",
    time=time_leaf,
    startTime=time_leaf,
    endTime=time_leaf,
    deviceID=leaf,
    deviceMetadata=leaf,
    rawData=leaf,
    dataProcessingMethod=leaf,
    bizRules=leaf,
)
_SENSOR_REPORT = fields(
    "",
    type=word_leaf(_VOC),
    exception=word_leaf(_VOC),
    deviceID=leaf,
    deviceMetadata=leaf,
    rawData=leaf,
    dataProcessingMethod=leaf,
    time=time_leaf,
    microorganism=leaf,
    chemicalSubstance=leaf,
    value=leaf,
    component=word_leaf(f"{_CBV}Comp-"),
    stringValue=leaf,
    booleanValue=leaf,
    hexBinaryValue=leaf,
    uriValue=leaf,
    minValue=leaf,
    maxValue=leaf,
    meanValue=leaf,
    sDev=leaf,
    percRank=leaf,
    percValue=leaf,
    uom=leaf,
    coordinateReferenceSystem=leaf,
)
_SENSOR_ELEMENT = fields(
    "sensorElement",
    sensorMetadata=_SENSOR_METADATA,
    sensorReport=sorted_items(_SENSOR_REPORT, named=False),
)


def _pairs(vocabulary: str, name: str) -> Render:
    return sorted_items(fields(None, **{"type": word_leaf(vocabulary), name: leaf}))


_ORDER: tuple[tuple[str, Render], ...] = (
    ("eventTime", time_leaf),
    ("eventTimeZoneOffset", plain_leaf),
    ("epcList", _EPCS),
    ("parentID", leaf),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    ("action", leaf),
    ("transformationID", leaf),
    ("bizStep", word_leaf(f"{_CBV}BizStep-")),
    ("disposition", _DISPOSITION),
    (
        "persistentDisposition",
        fields(
            "",
            set=sorted_items(_DISPOSITION, named=False),
            unset=sorted_items(_DISPOSITION, named=False),
        ),
    ),
    ("readPoint", _PLACE),
    ("bizLocation", _PLACE),
    ("bizTransactionList", _pairs(f"{_CBV}BTT-", "bizTransaction")),
    ("sourceList", _pairs(f"{_CBV}SDT-", "source")),
    ("destinationList", _pairs(f"{_CBV}SDT-", "destination")),
    ("sensorElementList", sorted_items(_SENSOR_ELEMENT, named=False)),
)
_STANDARD = _DROPPED | {name for name, _ in _ORDER} | {"ilmd"}

# D: what may hold extensions, in the same order.

_EXTENSIBLE: tuple[tuple[str, Render], ...] = (
    ("readPoint", extended()),
    ("bizLocation", extended()),
    (
        "sensorElementList",
        in_order_of(
            _SENSOR_ELEMENT,
            extended(
                sensorMetadata=extended(),
                sensorReport=in_order_of(_SENSOR_REPORT, extended()),
            ),
            "sensorElement",
        ),
    ),
)


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
    parts = []
    name = "type"
    try:
        parts.append(f"eventType={verbatim(event.get(name))}")
        for name, render in _ORDER:
            if name in event:
                parts.append(render(name, event[name], namespaces))
        if "ilmd" in event:
            name = "ilmd"
            parts += nodes_of(name, event[name], namespaces)
        for name, walk in _EXTENSIBLE:
            if name in event:
                parts.append(walk(name, event[name], namespaces))
    except Malformed as problem:
        raise problem.at(f"/{name}") from None
    own = [name for name in event if name not in _STANDARD]
    parts += own_nodes(event, own, namespaces)
    return "".join(parts)
