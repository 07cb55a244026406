"""EPCIS JSON as the XML that says the same (EPCIS 2.0 §9), in the order that its schema wants.

What ``read_xml`` makes of valid events has the same hashes. JSON has a few things that XML lacks: an
array in an array, names and characters that XML does not take; those are refused. An empty array in
an extension, and the ``id`` of a document, are left out.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from suyuan.core.epcis.document import read_document
from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.xml_event_writing import EventWriter
from suyuan.core.epcis.xml_names import BUILT_IN, EPCIS, HEADER, QUERY, XSD, XSI
from suyuan.core.epcis.xml_parsing import Element
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import is_uri

_PREFIX = re.compile(r"[A-Za-z_][\w.\-]*", re.ASCII)
_RESERVED = frozenset({"epcis", "epcisq", "xsi", "xsd", "xml", "sbdh"})
_IN_VALUES = {prefix: name for name, prefix in BUILT_IN.items() if prefix in ("cbv", "epcis")}
_OWN = {"epcis": EPCIS, "xsi": XSI, "xsd": XSD}


def write_xml(value: Any, *, created: str) -> bytes:
    """An EPCISDocument, or an EPCISQueryDocument where that was given, in UTF-8.

    ``created``: the creation date (RFC 3339) where the document, an event or an array of events,
    has none of its own. Raises Malformed, or Many, with JSON pointers, where it is no such document
    or XML cannot say it; whether its events are valid is for ``validate_event``.
    """
    found = read_document(value)
    document = value if isinstance(value, dict) and found.base else {}
    context = document.get("@context")
    query = document.get("type") == "EPCISQueryDocument"
    declared = {**_OWN, **({"epcisq": QUERY} if query else {}), **_prefixes(context)}
    name = f"{{{QUERY}}}EPCISQueryDocument" if query else f"{{{EPCIS}}}EPCISDocument"
    root = etree.Element(name, nsmap=declared)
    root.set("schemaVersion", document.get("schemaVersion", "2.0"))
    root.set("creationDate", document.get("creationDate", created))
    wrapping = EventWriter(Namespaces(context))
    _header(root, document, wrapping, root.get("creationDate"))
    around = etree.SubElement(root, "EPCISBody")
    if query:
        around = _results(around, document["epcisBody"]["queryResults"])
    events = etree.SubElement(around, "EventList")
    namespaces: tuple[Any, EventWriter] = (None, EventWriter(Namespaces()))
    for place, event in enumerate(found.events):
        own = event.get("@context")
        if own is not namespaces[0]:
            namespaces = (own, EventWriter(Namespaces(own)))
        new = {p: n for p, n in _prefixes(own).items() if declared.get(p) != n}
        namespaces[1].event(events, event, new, found.pointer(place))
    wrapping.extensions(root, document, "", _DOCUMENT)
    etree.indent(root, "  ")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


_DOCUMENT = frozenset(
    {
        "@context",
        "type",
        "id",
        "schemaVersion",
        "creationDate",
        "epcisHeader",
        "epcisBody",
        "sender",
        "receiver",
        "instanceIdentifier",
    }
)


def _prefixes(context: Any) -> dict[str, str]:
    """What a ``@context`` declares, as far as XML can declare it; other names get a made-up prefix."""
    found: dict[str, str] = {}
    for item in context if isinstance(context, list) else [context]:
        for prefix, term in item.items() if isinstance(item, dict) else ():
            name = term.get("@id") if isinstance(term, dict) else term
            usable = _PREFIX.fullmatch(prefix) and prefix not in _RESERVED and prefix != "gs1"
            if usable and isinstance(name, str) and _is_namespace(name):
                found[prefix] = name
            elif prefix in _IN_VALUES and name != _IN_VALUES[prefix]:
                # Without its declaration, values that begin with it would say something else.
                message = "XML cannot declare the prefix {prefix} so; leave it to EPCIS"
                raise Malformed(message, path="/@context", prefix=prefix)
    return found


def _is_namespace(name: str) -> bool:
    if not is_uri(name):
        return False
    try:
        etree.Element("a", nsmap={"a": name})
    except ValueError:
        return False
    return True


def _header(
    root: Element, document: dict[str, Any], writer: EventWriter, created: str | None
) -> None:
    parties = {"Sender": document.get("sender"), "Receiver": document.get("receiver")}
    instance = document.get("instanceIdentifier")
    inner = document.get("epcisHeader", {})
    business = instance is not None or any(party is not None for party in parties.values())
    if not business and not inner:
        return
    header = etree.SubElement(root, "EPCISHeader")
    if business:
        standard = etree.SubElement(
            header, f"{{{HEADER}}}StandardBusinessDocumentHeader", nsmap={"sbdh": HEADER}
        )
        _leaf(standard, "HeaderVersion", "1.0")
        for name, party in parties.items():
            if party is not None:
                _leaf(etree.SubElement(standard, f"{{{HEADER}}}{name}"), "Identifier", party)
        identification = etree.SubElement(standard, f"{{{HEADER}}}DocumentIdentification")
        for name, text in (
            ("Standard", "EPCglobal"),
            ("TypeVersion", "1.0"),
            ("InstanceIdentifier", instance or ""),
            ("Type", "Events"),
            ("CreationDateAndTime", created or ""),
        ):
            _leaf(identification, name, text)
    if "epcisMasterData" in inner:
        extension = etree.SubElement(header, "extension")
        master = etree.SubElement(extension, "EPCISMasterData")
        path = "/epcisHeader/epcisMasterData/vocabularyList"
        _vocabularies(master, inner["epcisMasterData"].get("vocabularyList", []), writer, path)
    writer.extensions(header, inner, "/epcisHeader", frozenset({"epcisMasterData"}))


def _leaf(parent: Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{HEADER}}}{name}").text = text


def _vocabularies(
    parent: Element, vocabularies: list[dict[str, Any]], writer: EventWriter, path: str
) -> None:
    listed = etree.SubElement(parent, "VocabularyList")
    for place, vocabulary in enumerate(vocabularies):
        here = f"{path}/{place}"
        element = etree.SubElement(listed, "Vocabulary")
        writer.attribute(element, "type", vocabulary["type"], f"{here}/type")
        items = vocabulary.get("vocabularyElementList", [])
        if items:
            part = etree.SubElement(element, "VocabularyElementList")
            for number, item in enumerate(items):
                where = f"{here}/vocabularyElementList/{number}"
                _vocabulary_element(part, item, writer, where)
        known = frozenset({"type", "vocabularyElementList"})
        writer.extensions(element, vocabulary, here, known)


def _vocabulary_element(
    parent: Element, item: dict[str, Any], writer: EventWriter, path: str
) -> None:
    element = etree.SubElement(parent, "VocabularyElement")
    writer.attribute(element, "id", item["id"], f"{path}/id")
    for place, attribute in enumerate(item.get("attributes", [])):
        where = f"{path}/attributes/{place}"
        node = writer.node(element, "attribute", attribute.get("attribute", ""), where)
        writer.attribute(node, "id", attribute["id"], f"{where}/id")
    if "children" in item:
        writer.texts(element, "children", "id", item["children"], f"{path}/children")
    writer.extensions(element, item, path, frozenset({"id", "attributes", "children"}))


def _results(body: Element, results: dict[str, Any]) -> Element:
    element = etree.SubElement(body, f"{{{QUERY}}}QueryResults")
    for name in ("queryName", "subscriptionID"):
        if name in results:
            etree.SubElement(element, name).text = results[name]
    return etree.SubElement(element, "resultsBody")
