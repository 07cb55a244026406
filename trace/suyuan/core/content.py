"""Content: what a recorder says and signs (formats.md §2), and its digest.

Closed shapes but for the event and the master data themselves, of which only those members are
looked at that formats.md uses; the rest of EPCIS is for core/epcis.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from suyuan.core import private, shapes
from suyuan.core.encoding import parse_digest
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import identify
from suyuan.core.keys import KeyRecord, parse_key
from suyuan.core.serials import Issued, parse_issued
from suyuan.core.strict_json import MAX_DEPTH, loads
from suyuan.core.touches import EventObjects, event_objects

Kind: TypeAlias = Literal["event", "master", "key", "erasure"]

KINDS: tuple[Kind, ...] = ("event", "master", "key", "erasure")


@dataclass(frozen=True, slots=True)
class Content:
    """One content, read. Of the last four, the one of its kind is there."""

    kind: Kind
    value: Mapping[str, Any]
    """The ``event``, ``master``, ``key`` or ``erasure`` object as signed."""
    salt: str
    event: EventObjects | None = None
    issued: Issued | None = None
    """What an event says in ``suyuan:serials``."""
    key: KeyRecord | None = None
    erases: bytes | None = None
    """Leaf hash of the record that an erasure is about."""


def content_of(kind: Kind, value: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """The content object, ready for JCS and signature; its shape is not checked."""
    return {"kind": kind, kind: dict(value), "salt": salt}


def content_digest(canonical: bytes) -> bytes:
    """SHA-256 of JCS(content): what the entry holds and the signature covers."""
    return hashlib.sha256(canonical).digest()


def decode_content(data: bytes) -> Content:
    """Read the bytes of a content (formats.md §0, §2); Malformed, with its JSON pointer."""
    return _content(loads(data))


def stored_value(kind: Kind, data: bytes) -> dict[str, Any]:
    """The object in the bytes of a content that was read by ``decode_content`` before it was stored: not
    checked anew, which costs several times the reading. Malformed where it is damaged."""
    try:
        found = json.loads(data.decode())[kind]
    except (ValueError, TypeError, KeyError):
        found = None
    return found if isinstance(found, dict) else dict(decode_content(data).value)


def parse_content(value: object) -> Content:
    """Read a content that is a part of another document; Malformed, with its JSON pointer."""
    if isinstance(value, dict):
        _check_depth(value, MAX_DEPTH)
    return _content(value)


def _content(value: object) -> Content:
    if not isinstance(value, dict):
        raise Malformed("a content is an object")
    kind = value.get("kind")
    if kind not in KINDS:
        raise Malformed("a content's kind is event, master, key or erasure", path="/kind")
    shapes.closed(value, ("kind", kind, "salt"))
    salt = shapes.salt(value["salt"], "/salt")
    inner = value[kind]
    if not isinstance(inner, dict):
        raise Malformed("an object belongs here", path=f"/{kind}")
    try:
        return _READERS[kind](inner, salt)
    except Malformed as problem:
        raise problem.at(f"/{kind}") from None


def _event(event: dict[str, Any], salt: str) -> Content:
    objects = event_objects(event)
    private.listed(event)
    _check_attachments(event)
    issued = None
    if "suyuan:serials" in event:
        issued = parse_issued(event["suyuan:serials"], "/suyuan:serials")
    return Content("event", event, salt, event=objects, issued=issued)


def _master(master: dict[str, Any], salt: str) -> Content:
    for name in ("id", "type"):
        if not isinstance(master.get(name), str) or not master[name]:
            raise Malformed("master data has a text as its {name}", path=f"/{name}", name=name)
    try:
        identify(master["id"])
    except Malformed as problem:
        raise problem.at("/id") from None
    return Content("master", master, salt)


def _key(key: dict[str, Any], salt: str) -> Content:
    return Content("key", key, salt, key=parse_key(key))


def _erasure(erasure: dict[str, Any], salt: str) -> Content:
    shapes.closed(erasure, ("of", "reason"))
    shapes.text(erasure["reason"], "/reason")
    try:
        of = parse_digest(erasure["of"])
    except Malformed as problem:
        raise problem.at("/of") from None
    return Content("erasure", erasure, salt, erases=of)


_READERS = {"event": _event, "master": _master, "key": _key, "erasure": _erasure}


def _check_attachments(event: Mapping[str, Any]) -> None:
    if "suyuan:attachments" not in event:
        return
    path = "/suyuan:attachments"
    for place, item in enumerate(shapes.array(event["suyuan:attachments"], path)):
        here = f"{path}/{place}"
        shapes.closed(item, ("digest", "mediaType", "size", "name"), path=here)
        try:
            parse_digest(item["digest"])
        except Malformed as problem:
            raise problem.at(f"{here}/digest") from None
        shapes.text(item["mediaType"], f"{here}/mediaType")
        shapes.count(item["size"], f"{here}/size")
        shapes.text(item["name"], f"{here}/name")


def _check_depth(value: dict[str, Any] | list[Any], left: int) -> None:
    """A content is a JSON document of its own: in a bundle file it lies three levels down."""
    if left == 0:
        raise Malformed("nested deeper than {depth} levels", depth=MAX_DEPTH)
    for item in value.values() if isinstance(value, dict) else value:
        if type(item) is dict or type(item) is list:
            _check_depth(item, left - 1)
