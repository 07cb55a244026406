"""Private fields of events, after the manner of RFC 9901 (formats.md §2).

A field that is taken out leaves a digest in ``suyuan:sd``. Whoever gets its disclosure, base64url of
``[salt, pointer, name, value]``, can put it back and check it; others see that something is there.
"""

from __future__ import annotations

import hashlib
import json
import re
from binascii import a2b_base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from suyuan.core import jcs, shapes
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Malformed, NotFound, Refused
from suyuan.core.strict_json import loads

SD = "suyuan:sd"

NEVER_PRIVATE = frozenset(
    {
        "@context",
        "type",
        "eventTime",
        "eventTimeZoneOffset",
        "recordTime",
        "action",
        "bizStep",
        "disposition",
        "epcList",
        "childEPCs",
        "inputEPCList",
        "outputEPCList",
        "quantityList",
        "childQuantityList",
        "inputQuantityList",
        "outputQuantityList",
        "sourceList",
        "destinationList",
        "readPoint",
        "bizLocation",
        "parentID",
        "transformationID",
        "errorDeclaration",
        "sensorElementList",
        "suyuan:serials",
    }
)
"""Members of the event itself that say what it is and what it touches."""

# 32 bytes leave two idle bits in the last character, and idle bits are zero.
_LISTED = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_STANDARD = str.maketrans("-_", "+/")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One private field: where its parent object is, its name and value; the digest that lists it."""

    pointer: str
    name: str
    value: Any
    digest: str


def listed(event: Mapping[str, Any]) -> frozenset[str]:
    """The digests in ``suyuan:sd``, base64url; Malformed unless sorted, each once."""
    if SD not in event:
        return frozenset()
    digests = shapes.array(event[SD], f"/{SD}")
    for place, digest in enumerate(digests):
        if isinstance(digest, str) and _LISTED.fullmatch(digest):
            continue
        try:
            unb64url(digest, size=32)
        except Malformed as problem:
            raise problem.at(f"/{SD}/{place}") from None
    if any(first >= second for first, second in pairwise(digests)):
        raise Malformed("the digests of private fields are sorted, each once", path=f"/{SD}")
    return frozenset(digests)


def parse_disclosure(text: str) -> Disclosure:
    """Read one disclosure; Malformed for its shape, Refused for a field that may not be private."""
    parts = loads(unb64url(text))
    if not isinstance(parts, list) or len(parts) != 4:
        raise Malformed("a disclosure is the array of salt, pointer, name and value")
    salt, pointer, name, value = parts
    shapes.salt(salt, "/0")
    if not isinstance(pointer, str) or _POINTER.fullmatch(pointer) is None:
        raise Malformed("this is not a JSON pointer (RFC 6901)", path="/1")
    if not isinstance(name, str):
        raise Malformed("a text belongs here", path="/2")
    _check_may_be_private(pointer, name, value)
    return Disclosure(pointer, name, value, _digest(text))


def hide(
    event: Mapping[str, Any], fields: Iterable[tuple[str, str]]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Take fields out of an event: the event to sign, and the disclosures, outermost first.

    ``fields``: (JSON pointer of the field itself, fresh salt of 22 base64url characters). A field
    within a field becomes a disclosure of its own. Raises NotFound for a field that is not there,
    Refused for one that cannot be private; the path is the field's pointer.
    """
    shown = dict(event)
    listed(shown)
    made: list[str] = []
    for pointer, salt in sorted(fields, key=lambda field: _tokens(field[0]), reverse=True):
        try:
            made.append(_take_out(shown, pointer, salt))
        except Refused as problem:
            raise problem.at(pointer) from None
    if made:
        shown[SD] = sorted({*shown.get(SD, []), *map(_digest, made)})
    return shown, tuple(reversed(made))


def reveal(event: Mapping[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    """The event with the disclosed fields back in their places, applied in the order given.

    ``suyuan:sd`` keeps the digests of fields that stay hidden, and goes when there are none. Refused
    as formats.md §2 says; the path is ``/disclosures/<n>``.
    """
    left = set(listed(event))
    shown = dict(event)
    for place, text in enumerate(disclosures):
        try:
            field = parse_disclosure(text)
            if field.digest not in left:
                raise Refused("the event does not list this private field, or it came twice")
            left.remove(field.digest)
            _put_back(shown, field)
        except Refused as problem:
            # What lies deeper is a place inside the encoded disclosure, which nobody can look up.
            problem.path = f"/disclosures/{place}"
            raise
    if left:
        shown[SD] = sorted(left)
    else:
        shown.pop(SD, None)
    return shown


def put_back(event: dict[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    """As ``reveal``, of an event and disclosures that were found to fit before they were stored: not
    checked anew."""
    if not disclosures:
        return event
    shown = dict(event)
    for text in disclosures:
        padded = text.translate(_STANDARD) + "=" * (-len(text) % 4)
        _, pointer, name, value = json.loads(a2b_base64(padded).decode())
        (_parent(shown, pointer) if pointer else shown)[name] = value
    listed_here = shown.get(SD, ())
    if len(listed_here) == len(disclosures):
        shown.pop(SD, None)
    else:
        shown[SD] = sorted(set(listed_here) - set(map(_digest, disclosures)))
    return shown


def _check_may_be_private(pointer: str, name: str, value: object) -> None:
    if name == SD or _holds_digests(value):
        raise Refused("a private field does not hold {name} itself", name=SD)
    if pointer == "" and name in NEVER_PRIVATE:
        raise Refused("{name} is never private", name=name)


def _holds_digests(value: object) -> bool:
    if isinstance(value, dict):
        return SD in value or any(map(_holds_digests, value.values()))
    return isinstance(value, list) and any(map(_holds_digests, value))


def _take_out(event: dict[str, Any], pointer: str, salt: str) -> str:
    parent_pointer, slash, token = pointer.rpartition("/")
    if not slash or _POINTER.fullmatch(pointer) is None:
        raise Malformed("this is not a JSON pointer to a field (RFC 6901)")
    name = _unescape(token)
    parent = _parent(event, parent_pointer)
    if name not in parent:
        raise NotFound("there is no such field")
    _check_may_be_private(parent_pointer, name, parent[name])
    shapes.salt(salt, "")
    return b64url(jcs.dumps([salt, parent_pointer, name, parent.pop(name)]))


def _put_back(event: dict[str, Any], field: Disclosure) -> None:
    parent = _parent(event, field.pointer)
    if field.name in parent:
        raise Refused("{name} is there already", name=field.name[:60])
    parent[field.name] = field.value


def _parent(event: dict[str, Any], pointer: str) -> dict[str, Any]:
    """The object that a pointer names, for a change: it and all around it become copies in ``event``."""
    found = event
    for token in _tokens(pointer):
        inner = found.get(token)
        if isinstance(inner, list):
            raise Refused("a private field cannot lie within an array")
        if not isinstance(inner, dict):
            raise Refused("the object that the private field belongs to is missing")
        found[token] = dict(inner)
        found = found[token]
    return found


def _tokens(pointer: str) -> list[str]:
    return [_unescape(token) for token in pointer.split("/")[1:]]


def _unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _digest(text: str) -> str:
    return b64url(hashlib.sha256(text.encode("ascii")).digest())
