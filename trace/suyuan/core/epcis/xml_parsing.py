"""XML from strangers: no DTD, no entities, nothing loaded, and no more in memory than one event.

Bytes go to the parser in pieces; each event is handed over as soon as it is whole, and dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from suyuan.core.epcis.xml_names import STANDARD
from suyuan.core.errors import Malformed, TooLarge
from suyuan.core.reasons import of_xml

Element: TypeAlias = Any
"""An ``lxml.etree._Element``."""

MAX_PART = 8 << 20
"""Bytes of UTF-8 between the ends of two events, those of a header included."""
MOST_MARKUP = 200_000
"""Tags between the ends of two events: as many empty elements would take fifty times their length."""
MOST_IN_ALL = 3_000_000
"""Tags in one document."""
_PIECE = 1 << 16

_ENCODINGS = frozenset({"gb18030", "gbk", "gb2312", "iso-8859-1", "windows-1252"})
_AS_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_DECLARED = re.compile(rb"<\?xml\s[^>]{0,100}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")
_PROLOG = re.compile(rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_BARE_DOCTYPE = re.compile(rb"<!DOCTYPE\s+[\w:.-]+\s*>")


def name_of(element: Element) -> tuple[str, str]:
    """Namespace and local name; "" is the namespace of EPCIS's own names."""
    return split(element.tag)


def split(tag: str) -> tuple[str, str]:
    """``{namespace}local`` taken apart; "" is the namespace of EPCIS's own names."""
    namespace, brace, local = tag.rpartition("}")
    if not brace:
        return "", tag
    return ("" if namespace[1:] in STANDARD else namespace[1:]), local


def line_of(element: Element) -> str:
    """Where an element stands, as the path of an error."""
    return f"line {element.sourceline}"


def parse(data: bytes, event: Callable[[Element], None]) -> Element:
    """Root of a document, its event lists empty; ``event`` gets every event in them.

    Raises Malformed with ``line 3, column 7`` as its path, or TooLarge; passes on what ``event``
    raises.
    """
    data = _utf8(data)
    _refuse_dtd(data)
    if data.count(b"<") > MOST_IN_ALL:
        raise TooLarge("more than {most} tags in one document", most=MOST_IN_ALL)
    parser = etree.XMLPullParser(
        events=("start",),
        tag="{*}EventList",
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    lists = _Lists(event)
    since = tags = 0
    try:
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            parser.feed(piece)
            if lists.take(parser):
                since = tags = 0
            since += len(piece)
            tags += piece.count(b"<")
            if since > MAX_PART:
                message = "more than {most} bytes belong to one event; make several events of it"
                raise TooLarge(message, path=f"byte {start}", most=MAX_PART)
            if tags > MOST_MARKUP:
                message = "more than {most} tags belong to one event; make several events of it"
                raise TooLarge(message, path=f"byte {start}", most=MOST_MARKUP)
        root = parser.close()
    except etree.XMLSyntaxError as problem:
        raise _syntax(problem, parser) from None
    lists.take(parser, whole=True)
    return root


def _syntax(problem: Any, parser: Any) -> Malformed:
    first = next((one for one in parser.feed_error_log if one.level >= 2), None)
    line, column = (first.line, first.column) if first else problem.position
    kind = first.type_name if first else etree.ErrorTypes._getName(problem.code, "")
    return Malformed(
        "not XML: {reason}", path=f"line {line or 1}, column {column or 1}", reason=of_xml(kind)
    )


def _utf8(data: bytes) -> bytes:
    """The same document in UTF-8; what its declaration says of its encoding no longer counts."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        return data[3:]
    else:
        found = _DECLARED.match(data)
        encoding = found[1].decode("ascii", "replace").lower() if found else "utf-8"
        if encoding in _AS_UTF8:
            return data
        if encoding not in _ENCODINGS:
            message = "the encoding {name} is not read here; save the document as UTF-8"
            raise Malformed(message, path="line 1", name=encoding)
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError:
        message = "the document is not in {name}, as it says; save it as UTF-8"
        raise Malformed(message, path="line 1", name=encoding) from None


def _refuse_dtd(data: bytes) -> None:
    found = _PROLOG.match(data)
    start = found.end() if found else 0
    # GS1's own examples have one that declares nothing.
    if data.startswith(b"<!DOCTYPE", start) and not _BARE_DOCTYPE.match(data, start):
        line = data.count(b"\n", 0, start) + 1
        raise Malformed(
            "a DTD has no place in an EPCIS document; leave it out", path=f"line {line}"
        )


class _Lists:
    """The lists of events met so far. What has a sibling behind it is whole."""

    def __init__(self, event: Callable[[Element], None]) -> None:
        self._event = event
        self._lists: list[Element] = []

    def take(self, parser: Any, *, whole: bool = False) -> bool:
        """Hands over, and drops, the events that are whole; whether there were any."""
        for _, element in parser.read_events():
            if [name_of(one) for one in element.iterancestors()] in _AROUND:
                self._lists.append(element)
        taken = False
        for events in self._lists:
            first = next(iter(events), None)
            while first is not None and (whole or first.getnext() is not None):
                self._unwrap(first)
                second = first.getnext()
                # Not the last one: behind that the parser goes on.
                events.remove(first)
                first, taken = second, True
        return taken

    def _unwrap(self, element: Element) -> None:
        """EPCIS 1.x has newer events in a wrapper, perhaps in two."""
        while name_of(element) == ("", "extension") and len(element) == 1:
            element = element[0]
        if name_of(element) == ("", "extension"):
            for one in element:
                self._unwrap(one)
        else:
            self._event(element)


_AROUND = [
    [("", name) for name in names.split()]
    for names in (
        "EPCISBody EPCISDocument",
        "resultsBody QueryResults EPCISBody EPCISQueryDocument",
        "resultsBody QueryResults",
    )
]
