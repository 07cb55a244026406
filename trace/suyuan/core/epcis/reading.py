"""What people send as EPCIS, JSON or XML: read to the same value, and all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from suyuan.core.epcis.document import Document, read_document
from suyuan.core.epcis.validate import validate_event
from suyuan.core.epcis.xml_reading import read_xml, too_many
from suyuan.core.errors import Malformed, Many, Refused
from suyuan.core.strict_json import loads

MOST_EVENTS = 100_000
"""In one document, where nothing else is said."""
MAX_DOCUMENT_DEPTH = 40
"""Of a JSON document; its events stand some levels down."""

_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*+<|\xff\xfe|\xfe\xff")


class Source(NamedTuple):
    """One document as it was sent."""

    value: Any
    """Its JSON; of an XML document, its translation."""
    misplaced: list[Malformed]
    """Elements of XML in an order that is not the schema's; what they say is in ``value``."""


def is_xml(data: bytes) -> bool:
    """Whether this can only be XML: no JSON begins so."""
    return _XML.match(data) is not None


def read_source(data: bytes, *, most: int = MOST_EVENTS) -> Source:
    """The JSON of a document in either form; Malformed or TooLarge, with a line or JSON pointer.

    XML is read no further than ``most`` events.
    """
    if not is_xml(data):
        return Source(loads(data, max_depth=MAX_DOCUMENT_DEPTH), [])
    found = read_xml(data, most=most)
    return Source(found.document, found.misplaced)


def read_events(data: bytes, *, ordered: bool = False, most: int = MOST_EVENTS) -> Document:
    """The events of a document in either form, as they are committed; valid or not.

    Raises TooLarge where they are more than ``most``; Malformed, or Many, where it is no such
    document, or, if ``ordered``, where its elements are not in the order of the XML schema.
    """
    source = read_source(data, most=most)
    problems = source.misplaced if ordered else []
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    found = read_document(source.value)
    if len(found.events) > most:
        raise too_many(most)
    return found


def problems_of(data: bytes) -> Iterator[Refused]:
    """All that is wrong with a document and its events; nothing if it may be captured."""
    try:
        source = read_source(data)
        yield from source.misplaced
        found = read_document(source.value)
    except Many as several:
        yield from (one for one in several.errors if isinstance(one, Refused))
    except Refused as problem:
        yield problem
    else:
        for place, event in enumerate(found.events):
            yield from validate_event(event, at=found.pointer(place))
