"""Which values of an event each fixed parameter of a SimpleEventQuery looks at (EPCIS 2.0 §8.2.7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from suyuan.core.epcis import words
from suyuan.core.epcis.reading_events import CBV, QUANTITY_LISTS, VOC, EventReader, time_of

Values: TypeAlias = Callable[[EventReader], Iterable[Any]]
"""The values that a test is made on; one that passes is enough."""


def id_of(part: str) -> Values:
    def values(reader: EventReader) -> Iterator[str]:
        if "id" in (place := reader.part(part)):
            yield reader.uri(place["id"])

    return values


def _member(name: str, vocabulary: str = "") -> Values:
    def values(reader: EventReader) -> Iterator[str]:
        if name in reader.event:
            value = reader.event[name]
            yield reader.word(value, vocabulary) if vocabulary else reader.uri(value)

    return values


def _lists(*names: str, classes: bool = False, parent: bool = False) -> Values:
    def values(reader: EventReader) -> Iterator[str]:
        if parent and "parentID" in reader.event:
            yield reader.uri(reader.event["parentID"])
        if classes:
            yield from (reader.uri(item.get("epcClass")) for item in reader.quantities(*names))
        else:
            yield from map(reader.uri, reader.items(*names))

    return values


def _persistent(which: str) -> Values:
    def values(reader: EventReader) -> Iterator[str]:
        found = reader.part("persistentDisposition").get(which)
        for word in found if isinstance(found, list) else ():
            yield reader.word(word, f"{CBV}Disp-")

    return values


def _declared(name: str) -> Values:
    def values(reader: EventReader) -> Iterator[str]:
        found = reader.part("errorDeclaration").get(name)
        for item in found if isinstance(found, list) else [] if found is None else [found]:
            yield reader.word(item, f"{CBV}ER-") if name == "reason" else reader.uri(item)

    return values


def _sensed(name: str, *, metadata: bool = False, vocabulary: str = "") -> Values:
    """Of single readings, and of what is said for whole sensor elements where that has it too."""

    def values(reader: EventReader) -> Iterator[Any]:
        for holder in (
            *reader.sensor_reports(),
            *(reader.sensor_metadata() if metadata else ()),
        ):
            if name in holder:
                value = holder[name]
                if vocabulary:
                    yield reader.word(value, vocabulary)
                else:
                    yield reader.uri(value) if isinstance(value, str) else value

    return values


def _as_written(name: str, *, upper: bool = False) -> Values:
    def values(reader: EventReader) -> Iterator[str]:
        for report in reader.sensor_reports():
            if isinstance(value := report.get(name), str):
                yield value.upper() if upper else value

    return values


def _amounts(reader: EventReader) -> Iterator[Any]:
    return (item.get("quantity") for item in reader.quantities(*QUANTITY_LISTS))


def _times(values: Values) -> Values:
    return lambda reader: (time for value in values(reader) if (time := time_of(value)))


def _sensor_times(name: str) -> Values:
    def values(reader: EventReader) -> Iterator[Any]:
        for holder in (*reader.sensor_metadata(), *reader.sensor_reports()):
            yield holder.get(name)

    return values


TIMES: dict[str, Values] = {
    f"{test}_{name}": _times(values)
    for name, values in {
        "eventTime": lambda reader: (reader.event.get("eventTime"),),
        "recordTime": lambda reader: (reader.record_time,),
        "errorDeclarationTime": lambda reader: (
            reader.part("errorDeclaration").get("declarationTime"),
        ),
        "errorDeclaration_Time": lambda reader: (
            reader.part("errorDeclaration").get("declarationTime"),
        ),
        "time": _sensor_times("time"),
        "startTime": _sensor_times("startTime"),
        "endTime": _sensor_times("endTime"),
    }.items()
    for test in ("GE", "LT")
}
_ALL_EPCS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
EPCS: dict[str, Values] = {
    "MATCH_epc": _lists("epcList", "childEPCs"),
    "MATCH_parentID": _lists(parent=True),
    "MATCH_inputEPC": _lists("inputEPCList"),
    "MATCH_outputEPC": _lists("outputEPCList"),
    "MATCH_anyEPC": _lists(*_ALL_EPCS, parent=True),
    "MATCH_epcClass": _lists("quantityList", "childQuantityList", classes=True),
    "MATCH_inputEPCClass": _lists("inputQuantityList", classes=True),
    "MATCH_outputEPCClass": _lists("outputQuantityList", classes=True),
    "MATCH_anyEPCClass": _lists(*QUANTITY_LISTS, classes=True),
}
WORDS: dict[str, tuple[str, frozenset[str], str]] = {
    "EQ_bizStep": (f"{CBV}BizStep-", words.BIZ_STEPS, "shipping"),
    **dict.fromkeys(
        ("EQ_disposition", "EQ_persistentDisposition_set", "EQ_persistentDisposition_unset"),
        (f"{CBV}Disp-", words.DISPOSITIONS, "in_transit"),
    ),
    "EQ_errorReason": (f"{CBV}ER-", words.ERROR_REASONS, "incorrect_data"),
    "EQ_type": (VOC, words.MEASUREMENTS, "Temperature"),
    "EQ_exception": (VOC, words.ALERTS, "ALARM_CONDITION"),
    "EQ_component": (f"{CBV}Comp-", words.COMPONENTS, "latitude"),
}
"""Vocabulary (a URI prefix), its words, and one of them."""
_PLACE = "https://id.gs1.org/414/9521234000020"
URIS = {
    **dict.fromkeys(("EQ_readPoint", "EQ_bizLocation", "WD_readPoint", "WD_bizLocation"), _PLACE),
    **dict.fromkeys(
        ("EQ_eventID", "EQ_correctiveEventID"), "urn:uuid:9f86d081-884c-4d65-9a2f-eaa0c55ad015"
    ),
    "EQ_transformationID": "https://example.org/season/2026-hickory-1",
}
"""What identifiers look like that a parameter wants; of the others, any URI does."""


def _parties(name: str) -> Values:
    return lambda reader: (reader.uri(item.get(name)) for item in reader.quantities(f"{name}List"))


MASTER_FIELDS: dict[str, Values] = {
    "bizLocation": id_of("bizLocation"),
    "readPoint": id_of("readPoint"),
    "epcClass": _lists(*QUANTITY_LISTS, classes=True),
    "epc": _lists(*_ALL_EPCS),
    "parentID": _lists(parent=True),
    "source": _parties("source"),
    "destination": _parties("destination"),
    "bizTransaction": _parties("bizTransaction"),
    "transformationID": _member("transformationID"),
    "bizStep": _member("bizStep", f"{CBV}BizStep-"),
    "disposition": _member("disposition", f"{CBV}Disp-"),
}
"""Fields whose values name things that may have master data; a lot or pack also names its product."""
_DISPOSITION = f"{CBV}Disp-"
FIXED: dict[str, tuple[str, Values, str]] = {
    "EQ_action": ("action", lambda reader: (reader.event.get("action"),), ""),
    "EQ_bizStep": ("word", _member("bizStep", f"{CBV}BizStep-"), "EQ_bizStep"),
    "EQ_disposition": ("word", _member("disposition", _DISPOSITION), ""),
    "EQ_persistentDisposition_set": ("word", _persistent("set"), ""),
    "EQ_persistentDisposition_unset": ("word", _persistent("unset"), ""),
    "EQ_readPoint": ("uri", id_of("readPoint"), ""),
    "EQ_bizLocation": ("uri", id_of("bizLocation"), ""),
    "EQ_transformationID": ("uri", _member("transformationID"), ""),
    "EQ_eventID": ("uri", _member("eventID"), "EQ_eventID"),
    "EQ_errorReason": ("word", _declared("reason"), ""),
    "EQ_correctiveEventID": ("uri", _declared("correctiveEventIDs"), ""),
    "EQ_type": ("word", _sensed("type", vocabulary=VOC), ""),
    "EQ_exception": ("word", _sensed("exception", vocabulary=VOC), ""),
    "EQ_component": ("word", _sensed("component", vocabulary=f"{CBV}Comp-"), ""),
    "EQ_deviceID": ("uri", _sensed("deviceID", metadata=True), ""),
    "EQ_deviceMetadata": ("uri", _sensed("deviceMetadata", metadata=True), ""),
    "EQ_rawData": ("uri", _sensed("rawData", metadata=True), ""),
    "EQ_dataProcessingMethod": ("uri", _sensed("dataProcessingMethod", metadata=True), ""),
    "EQ_bizRules": ("uri", _sensed("bizRules", metadata=True), ""),
    "EQ_microorganism": ("uri", _sensed("microorganism"), ""),
    "EQ_chemicalSubstance": ("uri", _sensed("chemicalSubstance"), ""),
    "EQ_coordinateReferenceSystem": ("uri", _sensed("coordinateReferenceSystem"), ""),
    "EQ_uriValue": ("uri", _sensed("uriValue"), ""),
    "EQ_stringValue": ("text", _as_written("stringValue"), ""),
    "EQ_hexBinaryValue": ("hex", _as_written("hexBinaryValue", upper=True), ""),
    "EQ_booleanValue": (
        "truth",
        lambda reader: (report.get("booleanValue") for report in reader.sensor_reports()),
        "",
    ),
    **{
        f"{test}_{name}": ("number", values, test)
        for name, values in {"quantity": _amounts, "percRank": _sensed("percRank")}.items()
        for test in ("EQ", "GT", "GE", "LT", "LE")
    },
}
