"""An answer signed away from any service, as one file: what was signed, and the report that it names.

The report's digest stands in what is signed; its bytes go beside it, and must be the ones of the digest.
Without a report the file is the list of signed contents alone, as `POST /signing` takes it, too.
Docs: docs/laboratories.md.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from suyuan.core.encoding import digest_text
from suyuan.core.errors import Malformed, Refused, TooLarge

VERSION = "signed-answer/v1"
MOST_REPORT = 20 * 1024 * 1024
"""Bytes of a report."""
LONGEST_NAME = 200
_KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


class Report(NamedTuple):
    """A report as a file."""

    name: str
    body: bytes


def member_of(report: Report, *, path: str = "") -> dict[str, Any]:
    """How an event names a report (formats.md §1), wherever it is signed; Refused, at ``path``, unless
    it is a PDF, JPEG or PNG by its first bytes, TooLarge beyond MOST_REPORT."""
    body = report.body
    media = next((kind for start, kind in _KINDS.items() if body.startswith(start)), "")
    if not media:
        raise Refused("a report is a PDF, JPEG or PNG file", path=path)
    if len(body) > MOST_REPORT:
        raise TooLarge("an attachment has at most {most} bytes", path=path, most=MOST_REPORT)
    # No store and no header has room for what is no character to look at.
    name = "".join(char for char in report.name if char.isprintable())
    return {
        "digest": digest_text(hashlib.sha256(body).digest()),
        "mediaType": media,
        "size": len(body),
        "name": name.replace("\\", "/").rpartition("/")[2][:LONGEST_NAME],
    }


def packed(signed: Sequence[Mapping[str, Any]], report: Report | None) -> Any:
    """What is sent: the signed contents, and the report's bytes where there is one."""
    if report is None:
        return list(signed)
    told = {"name": report.name, "bytes": b64encode(report.body).decode()}
    return {"suyuan": VERSION, "signed": list(signed), "report": told}


def unpacked(document: Any) -> tuple[Any, Report | None]:
    """What was signed, not looked at yet, and the report; Refused where no answer names this report."""
    if not isinstance(document, Mapping) or document.get("suyuan") != VERSION:
        return document, None
    if document.keys() != {"suyuan", "signed", "report"}:
        raise Malformed("a signed answer has signed and report, and nothing else")
    told = document["report"]
    if not isinstance(told, Mapping) or told.keys() != {"name", "bytes"}:
        raise Malformed("a report has a name and its bytes, and nothing else", path="/report")
    name, text = told["name"], told["bytes"]
    if not isinstance(name, str):
        raise Malformed("a text belongs here", path="/report/name")
    try:
        body = a2b_base64(text, strict_mode=True) if isinstance(text, str) else b""
    except (Error, ValueError):
        body = b""
    if not body:
        raise Malformed("the file's bytes in base64 belong here", path="/report/bytes")
    report = Report(name, body)
    if member_of(report, path="/report")["digest"] not in _named(document["signed"]):
        raise Refused("this is another file than the one whose digest was signed", path="/report")
    return document["signed"], report


def _named(signed: Any) -> set[str]:
    """Digests of the files that the signed events name."""
    found: set[str] = set()
    for one in signed if isinstance(signed, list) else ():
        content = one.get("content") if isinstance(one, Mapping) else None
        event = content.get("event") if isinstance(content, Mapping) else None
        attached = event.get("suyuan:attachments") if isinstance(event, Mapping) else None
        for file in attached if isinstance(attached, list) else ():
            if isinstance(file, Mapping) and isinstance(file.get("digest"), str):
                found.add(file["digest"])
    return found


__all__ = ["MOST_REPORT", "VERSION", "Report", "member_of", "packed", "unpacked"]
