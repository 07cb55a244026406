"""A problem as JSON (RFC 9457) or, where the caller asks for XML, as the XML of the EPCIS binding.

Source: ``RFC7807ProblemResponseBody`` of the EPCIS 2.0 OpenAPI document: the element
``epcis:EPCISException``, its members elements without a namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from suyuan.web.accept import quality

PROBLEM_JSON, PROBLEM_XML = "application/problem+json", "application/problem+xml"
_JSON = (PROBLEM_JSON, "application/json", "application/ld+json")
_XML = (PROBLEM_XML, "application/xml", "text/xml")
_NAMESPACE = "urn:epcglobal:epcis:xsd:2"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def response(
    body: Mapping[str, Any], status: int, headers: Mapping[str, str], accept: str
) -> Response:
    """The problem in the form that is asked for: XML only where that is wanted more than JSON."""
    told = {**headers, "Vary": ", ".join(filter(None, (headers.get("Vary"), "Accept")))}
    if not _wants_xml(accept):
        return JSONResponse(body, status, told, media_type=PROBLEM_JSON)
    return Response(as_xml(body), status, told, media_type=PROBLEM_XML)


def accept_of(request: Request | None) -> str:
    """The Accept header of a request, all of them where there are several."""
    return "" if request is None else ", ".join(request.headers.getlist("accept"))


def _wants_xml(accept: str) -> bool:
    if not accept:
        return False

    def most(*forms: str) -> float:
        return max(quality(accept, form) for form in forms)

    # A browser takes XML too, but likes a page better: it gets what all others get.
    return most(*_XML) > most(*_JSON) and most(*_XML) >= quality(accept, "text/html")


def as_xml(body: Mapping[str, Any]) -> bytes:
    """The problem document in XML; a character that XML does not have is told as �."""
    return element("EPCISException", {}, body.items())


def element(name: str, attributes: Mapping[str, Any], members: Iterable[tuple[str, Any]]) -> bytes:
    """A document of the EPCIS binding about no events; its members have no namespace."""
    head = "".join(f" {key}={quoteattr(_text(value))}" for key, value in attributes.items())
    inside = "".join(_element(key, value) for key, value in members)
    root = f'<epcis:{name} xmlns:epcis="{_NAMESPACE}"{head}>{inside}</epcis:{name}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        inside = "".join(_element("error", item) for item in value)
    elif isinstance(value, dict):
        inside = "".join(_element(key, item) for key, item in value.items())
    else:
        inside = escape(_text(value))
    return f"<{name}>{inside}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NO_XML.sub("\ufffd", str(value))
