"""The fields of EPCIS 2.0 events as tables of rules (EPCIS 2.0 §7, its JSON Schema)."""

from __future__ import annotations

from suyuan.core.epcis import words
from suyuan.core.epcis.own_fields import SUYUAN_FIELDS
from suyuan.core.epcis.shapes import (
    BOOLEAN,
    NUMBER,
    STRING,
    TIME,
    Rule,
    array,
    members,
    one_of,
    pattern,
    typed,
    uri,
    word,
)

MAX_EPCS = 1000
"""In one list of an event (formats.md §1)."""

EVENT_TYPES = (
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
)

_CBV = ("urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
_VOC = tuple(
    f"{scheme}://{host}gs1.org/voc/" for scheme in ("http", "https") for host in ("", "www.")
)

_EPC = uri("https://id.gs1.org/01/09521234000044/21/7K3F9XWM2PAB12")
_PLACE = uri("https://id.gs1.org/414/9521234000020")
_PARTY = uri("https://id.gs1.org/417/9521234000013")
_ANY_URI = uri("https://example.org/thing/1")
_EVENT_ID = uri("urn:uuid:9f86d081-884c-4d65-9a2f-eaa0c55ad015")

CONTEXT = typed(
    '["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]',
    "a context is a URI, an object or an array of those; right is for example {example}",
    dict,
    str=_ANY_URI,
    list=array(
        typed(
            '"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"',
            "a context is a URI or an object; right is for example {example}",
            dict,
            str=_ANY_URI,
        ),
        distinct=True,
    ),
)


_COMMON: dict[str, Rule] = {
    "@context": CONTEXT,
    "type": word(frozenset(EVENT_TYPES), (), "ObjectEvent"),
    "eventTime": TIME,
    "recordTime": TIME,
    "eventTimeZoneOffset": pattern(
        "[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)",
        "this is no time zone offset; right is for example {example}",
        "+08:00",
    ),
    "eventID": _EVENT_ID,
    "certificationInfo": typed(
        '"https://certifier.example.org/certificate/ABC12345"',
        "this is the URI of a certificate, or an array of such; right is for example {example}",
        str=_ANY_URI,
        list=array(_ANY_URI),
    ),
    "errorDeclaration": members(
        {
            "declarationTime": TIME,
            "reason": word(words.ERROR_REASONS, _CBV, "incorrect_data"),
            "correctiveEventIDs": array(_EVENT_ID),
        },
        ("declarationTime",),
        others="namespaced",
    ),
    **SUYUAN_FIELDS,
}

EPCS = array(_EPC, distinct=True, most=MAX_EPCS)
_EPCS_WITH_DOUBLES = array(_EPC, most=MAX_EPCS)
_QUANTITIES = array(
    members(
        {
            "epcClass": uri("https://id.gs1.org/01/09521234000044/10/LOT-1"),
            "quantity": NUMBER,
            "uom": pattern(
                "[A-Z0-9]{2,3}",
                "this is no UN/CEFACT unit code; right is for example {example}",
                "KGM",
            ),
        },
        ("epcClass",),
    )
)
_DISPOSITION = word(words.DISPOSITIONS, _CBV, "in_progress")
DISPOSITIONS = array(_DISPOSITION, least=1, distinct=True)
_SENSOR_REPORT = members(
    {
        "type": word(words.MEASUREMENTS, _VOC, "Temperature"),
        "exception": word(words.ALERTS, _VOC, "ALARM_CONDITION"),
        "component": word(words.COMPONENTS, _CBV, "latitude"),
        "time": TIME,
        "booleanValue": BOOLEAN,
        "hexBinaryValue": pattern(
            "[A-Fa-f0-9]+", "this is no hexadecimal text; right is for example {example}", "F0F0"
        ),
        **dict.fromkeys(("stringValue", "uom"), STRING),
        **dict.fromkeys(
            ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), NUMBER
        ),
        **dict.fromkeys(
            (
                "deviceID",
                "deviceMetadata",
                "rawData",
                "dataProcessingMethod",
                "bizRules",
                "microorganism",
                "chemicalSubstance",
                "coordinateReferenceSystem",
                "uriValue",
            ),
            _ANY_URI,
        ),
    },
    ("type",),
    others="namespaced",
)
_SENSOR_METADATA = members(
    {
        **dict.fromkeys(("time", "startTime", "endTime"), TIME),
        **dict.fromkeys(
            ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _ANY_URI
        ),
    },
    others="namespaced",
)


def _party_list(name: str) -> Rule:
    known = {"type": word(words.SOURCE_TYPES, _CBV, "possessing_party"), name: _PARTY}
    return array(members(known, ("type", name)))


def _transactions(least: int) -> Rule:
    known = {
        "type": word(words.TRANSACTION_TYPES, _CBV, "po"),
        "bizTransaction": uri("urn:epcglobal:cbv:bt:9521234000013:PO-4711"),
    }
    return array(members(known, ("bizTransaction",)), least=least)


_FIELDS: dict[str, Rule] = {
    "action": one_of("OBSERVE", "ADD", "DELETE"),
    "bizStep": word(words.BIZ_STEPS, _CBV, "shipping"),
    "disposition": _DISPOSITION,
    "persistentDisposition": members({"set": DISPOSITIONS, "unset": DISPOSITIONS}),
    "readPoint": members({"id": _PLACE}, ("id",), others="any"),
    "bizLocation": members({"id": _PLACE}, ("id",), others="any"),
    "bizTransactionList": _transactions(0),
    "sourceList": _party_list("source"),
    "destinationList": _party_list("destination"),
    "sensorElementList": array(
        members(
            {
                "sensorMetadata": _SENSOR_METADATA,
                "sensorReport": array(_SENSOR_REPORT, least=1),
            },
            ("sensorReport",),
            others="namespaced",
        )
    ),
    "ilmd": members({}, others="namespaced"),
    "parentID": uri("https://id.gs1.org/00/095212340000000013"),
    "transformationID": uri("https://example.org/season/2026-hickory-1"),
    "epcList": EPCS,
    "childEPCs": _EPCS_WITH_DOUBLES,
    "inputEPCList": EPCS,
    "outputEPCList": EPCS,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputQuantityList": _QUANTITIES,
}
_WHERE = (
    "bizStep disposition readPoint bizLocation bizTransactionList sourceList destinationList "
    "sensorElementList"
)


_BASE = ("@context", "type", "eventTime", "eventTimeZoneOffset")


def _event(fields: str, *required: str, **instead: Rule) -> Rule:
    own = {name: _FIELDS[name] for name in f"{fields} {_WHERE}".split()}
    return members({**_COMMON, **own, **instead}, (*_BASE, *required), others="namespaced")


EVENTS = {
    "ObjectEvent": _event("action epcList quantityList persistentDisposition ilmd", "action"),
    "AggregationEvent": _event("action parentID childEPCs childQuantityList", "action"),
    "AssociationEvent": _event("action parentID childEPCs childQuantityList", "action", "parentID"),
    "TransactionEvent": _event(
        "action parentID epcList quantityList",
        "bizTransactionList",
        "action",
        epcList=_EPCS_WITH_DOUBLES,
        bizTransactionList=_transactions(1),
    ),
    "TransformationEvent": _event(
        "inputEPCList inputQuantityList outputEPCList outputQuantityList transformationID "
        "persistentDisposition ilmd"
    ),
}
EXTENDED_EVENT = members(_COMMON, _BASE, others="any")
"""An event type of somebody's own: a URI, and fields of any name."""
