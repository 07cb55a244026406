"""EPCIS XML (EPCIS 2.0 §9) as the JSON that says the same (§10), for everything that reads JSON.

Values are kept as they stand, but for what JSON writes otherwise: words of the standard vocabularies
lose their prefix, the standard's numbers and truth values become such, and so does an extension's
value that says so itself with ``xsi:type``. An extension's name keeps its prefix, which is declared
where XML declares it: on the document or on the event.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from suyuan.core.epcis.xml_events import EventReader, children_of, one, some, text_of
from suyuan.core.epcis.xml_names import CONTEXT, ORDER
from suyuan.core.epcis.xml_parsing import Element, line_of, name_of, parse
from suyuan.core.epcis.xml_prefixes import Prefixes
from suyuan.core.errors import Malformed, TooLarge


class XmlDocument(NamedTuple):
    """What an XML document says."""

    document: dict[str, Any]
    """An EPCISDocument, an EPCISQueryDocument or one event, for ``read_document``."""
    misplaced: list[Malformed]
    """Elements that are not in the order of the XML schema. It changes nothing of what they say."""


def too_many(most: int) -> TooLarge:
    """A document has more events than are read at a time."""
    return TooLarge("a document has at most {most} events; this one has more", most=most)


def read_xml(data: bytes, *, most: int = 100_000) -> XmlDocument:
    """Reads a document, a query document or a bare event; stops at the first event too many.

    Whether its events are valid is for ``validate_event``. Raises Malformed or TooLarge, with the
    line as path, and nothing else.
    """
    events: list[dict[str, Any]] = []
    readers: list[EventReader] = []

    def reader(root: Element) -> EventReader:
        if not readers:
            names = Prefixes({})
            names.declare(root)
            # EPCIS 1.x, which is read too, has some fields elsewhere.
            readers.append(EventReader(names.own, ordered=":xsd:1" not in root.tag))
        return readers[0]

    def take(element: Element) -> None:
        if len(events) == most:
            raise too_many(most).at(line_of(element))
        events.append(reader(element.getroottree().getroot()).event(element))

    root = parse(data, take)
    namespace, kind = name_of(root)
    if not namespace and kind in ORDER:
        return _bare_event(root)
    if namespace or kind not in ("EPCISDocument", "EPCISQueryDocument", "QueryResults"):
        message = "{name} is no EPCIS document, no query document and no event"
        raise Malformed(message, path=line_of(root), name=kind[:60])
    found = reader(root)
    document = _wrapping(root, found)
    if kind == "EPCISDocument":
        one(root, "EPCISBody")
        document["epcisBody"] = {"eventList": events}
    else:
        document["type"] = "EPCISQueryDocument"
        results = root if kind == "QueryResults" else one(one(root, "EPCISBody"), "QueryResults")
        document["epcisBody"] = {"queryResults": _results(results, events)}
    found.extensions(root, document)
    return XmlDocument(document, found.misplaced)


def _bare_event(root: Element) -> XmlDocument:
    for name in ("schemaVersion", "creationDate"):  # as on a document; they say nothing of it
        root.attrib.pop(name, None)
    found = EventReader({})
    event = found.event(root)
    own = event.pop("@context", None)
    context = [CONTEXT, own] if own else [CONTEXT]
    return XmlDocument({"@context": context, **event}, found.misplaced)


def _wrapping(root: Element, reader: EventReader) -> dict[str, Any]:
    context = [CONTEXT, reader.outer] if reader.outer else [CONTEXT]
    found: dict[str, Any] = {"@context": context, "type": name_of(root)[1]}
    reader.attributes(root, found)
    for header in some(root, "EPCISHeader"):
        told: dict[str, Any] = {}
        for name, child in children_of(header):
            if name == "StandardBusinessDocumentHeader":
                _business_header(child, found)
            elif name == "EPCISMasterData":
                lists = [_vocabularies(part, reader) for part in some(child, "VocabularyList")]
                master = {"vocabularyList": [item for part in lists for item in part]}
                told["epcisMasterData"] = master
        reader.extensions(header, told)
        if told:
            found["epcisHeader"] = told
    return found


_TOLD = {
    "Sender": ("sender", "Identifier"),
    "Receiver": ("receiver", "Identifier"),
    "DocumentIdentification": ("instanceIdentifier", "InstanceIdentifier"),
}


def _business_header(header: Element, document: dict[str, Any]) -> None:
    for name, child in children_of(header):
        if name in _TOLD:
            key, part = _TOLD[name]
            document[key] = text_of(one(child, part), attributes=True)


def _results(results: Element, events: list[dict[str, Any]]) -> dict[str, Any]:
    # Only a SimpleEventQuery has a list of events as its result.
    found: dict[str, Any] = {"queryName": "SimpleEventQuery"}
    for name in ("queryName", "subscriptionID"):
        for element in some(results, name):
            found[name] = text_of(element)
    one(one(results, "resultsBody"), "EventList")
    return {**found, "resultsBody": {"eventList": events}}


def _vocabularies(element: Element, reader: EventReader) -> list[dict[str, Any]]:
    """Master data of a header (EPCIS 2.0 §9.6.1)."""
    found: list[dict[str, Any]] = []
    for vocabulary in some(element, "Vocabulary"):
        items = [
            _vocabulary_element(item, reader)
            for part in some(vocabulary, "VocabularyElementList")
            for item in some(part, "VocabularyElement")
        ]
        one_of_them: dict[str, Any] = {}
        reader.attributes(vocabulary, one_of_them)
        found.append({**one_of_them, "vocabularyElementList": items})
        reader.extensions(vocabulary, found[-1])
    return found


def _vocabulary_element(element: Element, reader: EventReader) -> dict[str, Any]:
    found: dict[str, Any] = {}
    reader.attributes(element, found)
    attributes = [_attribute(item, reader) for item in some(element, "attribute")]
    children = [text_of(item) for part in some(element, "children") for item in some(part, "id")]
    if attributes:
        found["attributes"] = attributes
    if children:
        found["children"] = children
    reader.extensions(element, found)
    return found


def _attribute(element: Element, reader: EventReader) -> dict[str, Any]:
    """``id`` and value; the value is an object where it has parts of its own."""
    name = element.attrib.pop("id", "")
    value = reader.value(element)
    return {"id": name, "attribute": value.strip() if isinstance(value, str) else value}
