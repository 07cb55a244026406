"""Why other software refuses something, in words that have a translation.

Parsers speak English only. What of theirs is known gets a sentence here; of the rest only that it is
wrong, and where: the path of the refusal says the place. (What the system says: adapters.system.)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from suyuan.core.said import Said


class Reason(NamedTuple):
    """What is wrong, and JSON that would be right."""

    said: Said
    example: str


_JSON = {
    "Expecting value": Reason(
        Said("a value belongs here: an object, an array, a text in double quotes, a number, true, "
             "false or null"),
        '{"type": "ObjectEvent"}',
    ),
    "Expecting property name enclosed in double quotes": Reason(
        Said("the name of a member belongs here, in double quotes"), '{"type": "ObjectEvent"}'
    ),
    "Expecting ':' delimiter": Reason(
        Said("a colon belongs between a member's name and its value"), '{"type": "ObjectEvent"}'
    ),
    "Expecting ',' delimiter": Reason(
        Said("a comma belongs between two of them, or a bracket at the end"),
        '["urn:a:1", "urn:a:2"]',
    ),
    "Illegal trailing comma before end of object": Reason(
        Said("no comma belongs behind the last one"), '{"type": "ObjectEvent"}'
    ),
    "Illegal trailing comma before end of array": Reason(
        Said("no comma belongs behind the last one"), '["urn:a:1", "urn:a:2"]'
    ),
    "Unterminated string starting at": Reason(
        Said("a text begins here and has no end; it ends with a double quote"), '"shipping"'
    ),
    "Invalid control character at": Reason(
        Said("a line break or other control character in a text is written as an escape"),
        '"a\\nb"',
    ),
    "Invalid \\escape": Reason(
        Said("this backslash begins no escape; a backslash itself is written twice"), '"a\\\\b"'
    ),
    "Invalid \\uXXXX escape": Reason(
        Said("four hexadecimal digits belong behind \\u"), '"\\u5c71"'
    ),
    "Extra data": Reason(
        Said("the document ended before this; one value is all that it holds"),
        '{"type": "ObjectEvent"}',
    ),
}  # fmt: skip
_NOT_JSON = Reason(Said("this is no JSON (RFC 8259)"), '{"type": "ObjectEvent"}')


def of_json(message: str) -> Reason:
    """Of ``json.JSONDecodeError.msg``."""
    found = _JSON.get(message)
    if found is None:
        # Some versions say of a character what it is.
        found = next((one for known, one in _JSON.items() if message.startswith(known)), None)
    return found or _NOT_JSON


_XML = {
    "ERR_TAG_NOT_FINISHED": Said("an element has no end"),
    "ERR_TAG_NAME_MISMATCH": Said("the end tag is not that of the element that was begun last"),
    "ERR_DOCUMENT_EMPTY": Said("an element belongs here: <name>"),
    "ERR_DOCUMENT_END": Said("there is something behind the end of the document"),
    "ERR_NAME_REQUIRED": Said("a name belongs here; the signs & and < are written &amp; and &lt;"),
    "ERR_ATTRIBUTE_WITHOUT_VALUE": Said("this attribute has no value"),
    "ERR_ATTRIBUTE_NOT_STARTED": Said("the value of an attribute stands in quotes"),
    "ERR_ATTRIBUTE_NOT_FINISHED": Said("the value of an attribute has no end"),
    "ERR_ATTRIBUTE_REDEFINED": Said("this attribute stands here twice"),
    "ERR_SPACE_REQUIRED": Said("a blank belongs between two attributes"),
    "ERR_GT_REQUIRED": Said("> belongs here"),
    "ERR_LT_IN_ATTRIBUTE": Said("< in the value of an attribute is written &lt;"),
    "ERR_UNDECLARED_ENTITY": Said("this entity is none of XML's own five"),
    "ERR_ENTITYREF_SEMICOL_MISSING": Said("an entity ends with a semicolon"),
    "ERR_INVALID_CHAR": Said("this character has no place in XML"),
    "ERR_INVALID_ENCODING": Said("these bytes are no text in the encoding of the document"),
    "ERR_MISPLACED_CDATA_END": Said("]]> has no place here"),
    "ERR_CDATA_NOT_FINISHED": Said("a CDATA section has no end"),
    "ERR_COMMENT_NOT_FINISHED": Said("a comment has no end"),
    "ERR_HYPHEN_IN_COMMENT": Said("two hyphens have no place in a comment"),
    "ERR_PI_NOT_FINISHED": Said("a processing instruction has no end"),
    "ERR_RESERVED_XML_NAME": Said("the XML declaration stands at the very beginning or nowhere"),
    "ERR_VERSION_MISSING": Said('an XML declaration says version="1.0"'),
    "ERR_UNKNOWN_VERSION": Said('an XML declaration says version="1.0"'),
    "NS_ERR_UNDEFINED_NAMESPACE": Said("this prefix is not declared; xmlns:prefix declares it"),
    "NS_ERR_XML_NAMESPACE": Said("this declaration of a namespace is none"),
    "ERR_NAME_TOO_LONG": Said("this name is too long"),
    "ERR_RESOURCE_LIMIT": Said("this is nested too deep, or a part of it is too long"),
}


def of_xml(type_name: str) -> Said:
    """Of an entry of libxml2's error log, by the name of its type."""
    return _XML.get(type_name) or Said("this is not well-formed ({code})", code=type_name)


_CSV = (
    ("line contains NUL", Said("a zero byte has no place in a table")),
    ("field larger than field limit", Said("a cell is too long; a quotation mark may be open")),
    ("unexpected end of data", Said("the table ends within a cell: a quotation mark is open")),
    ("new-line character", Said("a line break within a cell: the cell stands in quotation marks")),
    (
        "",
        Said("behind the quotation mark that ends a cell, a comma or the end of the line belongs"),
    ),
)


def of_csv(message: str) -> Said:
    """Of ``str(csv.Error)``; the last of the table is what its strict reader says of a quote."""
    return next(said for known, said in _CSV if known in message)


_PLACE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")


def place_of_toml(message: str) -> str:
    """``line 3, column 7``, where ``str(tomllib.TOMLDecodeError)`` names one."""
    found = _PLACE.search(message)
    return f"line {found[1]}, column {found[2]}" if found else ""
