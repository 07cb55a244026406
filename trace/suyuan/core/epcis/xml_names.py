"""What XML and JSON of EPCIS 2.0 call differently: namespaces, order of elements, words.

Sources: EPCIS 2.0 §9 (XML) and §10 (JSON), its XML schemas, CBV 2.0 §7.
"""

from __future__ import annotations

from typing import NamedTuple

from suyuan.core.epcis import words

EPCIS = "urn:epcglobal:epcis:xsd:2"
QUERY = "urn:epcglobal:epcis-query:xsd:2"
HEADER = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

STANDARD = frozenset(
    {
        EPCIS,
        QUERY,
        HEADER,
        "urn:epcglobal:epcis:xsd:1",
        "urn:epcglobal:epcis-query:xsd:1",
        "urn:epcglobal:epcis-masterdata:xsd:1",
        "urn:epcglobal:epcis-masterdata:xsd:2",
    }
)
"""Namespaces whose elements are EPCIS's own, as those without a namespace are."""
SCHEMA = frozenset({XSI, XSD, "urn:epcglobal:xsd:1", "urn:epcglobal:xsd:2"})
"""Further namespaces that no extension lives in."""

BUILT_IN = {
    "https://ref.gs1.org/voc/": "gs1",
    "https://gs1.org/voc/": "gs1",
    "http://gs1.org/voc/": "gs1",
    "https://ref.gs1.org/cbv/": "cbv",
    "https://ref.gs1.org/epcis/": "epcis",
    "urn:epcglobal:cbv:mda": "cbvmda",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
}
"""Prefixes that need no declaration in a ``@context``."""

_BASE = "eventTime recordTime eventTimeZoneOffset eventID errorDeclaration certificationInfo "
_WHERE = " action bizStep disposition readPoint bizLocation "
_END = " sourceList destinationList sensorElementList persistentDisposition ilmd"
ORDER: dict[str, tuple[str, ...]] = {
    kind: tuple((_BASE + fields).split())
    for kind, fields in {
        "ObjectEvent": "epcList" + _WHERE + "bizTransactionList quantityList" + _END,
        "AggregationEvent": "parentID childEPCs"
        + _WHERE
        + "bizTransactionList childQuantityList"
        + _END,
        "TransactionEvent": "bizTransactionList parentID epcList" + _WHERE + "quantityList" + _END,
        "TransformationEvent": "inputEPCList inputQuantityList outputEPCList outputQuantityList "
        "transformationID" + _WHERE + "bizTransactionList" + _END,
        "AssociationEvent": "parentID childEPCs childQuantityList"
        + _WHERE
        + "bizTransactionList"
        + _END,
    }.items()
} | {
    "persistentDisposition": ("unset", "set"),
    "quantityElement": ("epcClass", "quantity", "uom"),
    "sensorElement": ("sensorMetadata", "sensorReport"),
}
"""Children in the order that the XML schema wants; extensions follow."""


def names(text: str) -> frozenset[str]:
    """Names written behind each other."""
    return frozenset(text.split())


LISTS = {
    "epcList": "epc",
    "childEPCs": "epc",
    "inputEPCList": "epc",
    "outputEPCList": "epc",
    "correctiveEventIDs": "correctiveEventID",
    "quantityList": "quantityElement",
    "childQuantityList": "quantityElement",
    "inputQuantityList": "quantityElement",
    "outputQuantityList": "quantityElement",
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
    "sensorElementList": "sensorElement",
}
"""Lists, and what XML calls each item of theirs."""
WRAPPERS = frozenset({"extension", "baseExtension"})
"""What stands in one of these counts as standing in its parent."""
TEXTS = names("""
    eventTime recordTime eventTimeZoneOffset eventID parentID action transformationID
    certificationInfo id epcClass uom declarationTime
""")
"""Fields that are a text of no vocabulary."""
OBJECTS = names("readPoint bizLocation ilmd errorDeclaration sensorMetadata sensorReport")
NUMBERS = names("quantity value minValue maxValue meanValue sDev percRank percValue")


class Vocabulary(NamedTuple):
    """Bare words of JSON that XML writes behind a prefix."""

    prefix: str
    words: frozenset[str]

    def to_json(self, text: str) -> str:
        """The bare word, or the text itself where it is none of these."""
        word = text.removeprefix(self.prefix)
        return word if word in self.words else text

    def to_xml(self, text: str) -> str:
        """The other way round."""
        return self.prefix + text if text in self.words else text


VOCABULARIES = {
    "bizStep": Vocabulary("urn:epcglobal:cbv:bizstep:", words.BIZ_STEPS),
    "disposition": Vocabulary("urn:epcglobal:cbv:disp:", words.DISPOSITIONS),
    "set": Vocabulary("urn:epcglobal:cbv:disp:", words.DISPOSITIONS),
    "unset": Vocabulary("urn:epcglobal:cbv:disp:", words.DISPOSITIONS),
    "reason": Vocabulary("urn:epcglobal:cbv:er:", words.ERROR_REASONS),
    "bizTransaction": Vocabulary("urn:epcglobal:cbv:btt:", words.TRANSACTION_TYPES),
    "source": Vocabulary("urn:epcglobal:cbv:sdt:", words.SOURCE_TYPES),
    "destination": Vocabulary("urn:epcglobal:cbv:sdt:", words.SOURCE_TYPES),
    "type": Vocabulary("gs1:", words.MEASUREMENTS),
    "exception": Vocabulary("gs1:", words.ALERTS),
    "component": Vocabulary("cbv:Comp-", words.COMPONENTS),
}
"""By element or attribute; ``bizTransaction``, ``source`` and ``destination``: of their ``type``."""

KNOWN = frozenset().union(*ORDER.values(), TEXTS, OBJECTS, LISTS, NUMBERS, VOCABULARIES)
"""Names of fields; any other name may be repeated, as an extension's."""
