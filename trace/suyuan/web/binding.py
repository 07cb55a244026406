"""What holds for every endpoint of the EPCIS 2.0 REST binding: versions, forms, discovery.

Source: EPCIS 2.0 §12 and its OpenAPI document. A client says what it takes in ``GS1-…`` headers; what
cannot be served is refused with 406 before anything is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.routing import APIRoute

from suyuan.core.errors import Malformed, NotOffered, NotReadable
from suyuan.web.accept import quality
from suyuan.web.deps import known_first

EPCIS = "2.0.0"
CBV = "2.0.0"
VERSIONS = {"GS1-EPCIS-Version": EPCIS, "GS1-CBV-Version": CBV}
"""Said of every answer."""

JSON, JSON_LD, XML = "application/json", "application/ld+json", "application/xml"

_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}")
_HEADERS = (
    ("gs1-epcis-version", "", EPCIS),
    ("gs1-cbv-version", "", CBV),
    ("gs1-epcis-min", "gs1-epcis-max", EPCIS),
    ("gs1-cbv-min", "gs1-cbv-max", CBV),
)

VersionHeader = Annotated[
    str | None,
    Header(
        description="For example 2.0.0",
        pattern=f"^ *{_VERSION.pattern} *$",
        examples=["2.0.0"],
    ),
]


def versions(
    request: Request,
    gs1_epcis_version: VersionHeader = None,
    gs1_cbv_version: VersionHeader = None,
    gs1_epcis_min: VersionHeader = None,
    gs1_epcis_max: VersionHeader = None,
    gs1_cbv_min: VersionHeader = None,
    gs1_cbv_max: VersionHeader = None,
) -> None:
    """Refuse what is sent in, or asked for in, versions other than ours: NotOffered, or Malformed."""
    known_first(request)
    del gs1_epcis_version, gs1_cbv_version, gs1_epcis_min, gs1_epcis_max, gs1_cbv_min, gs1_cbv_max
    check_versions(request.headers)


def check_versions(headers: Mapping[str, str]) -> None:
    """NotOffered unless the ``GS1-…`` headers of a request allow the versions that are ours."""
    for low, high, ours in _HEADERS:
        least, most = _told(headers, low), _told(headers, high)
        exact = not high and least is not None and least[:2] != _numbers(ours)[:2]
        outside = bool(high) and (
            (least is not None and least > _numbers(ours))
            or (most is not None and most < _numbers(ours))
        )
        if exact or outside:
            raise NotOffered("this service speaks version {version}", path=low, version=ours)


def _told(headers: Mapping[str, str], name: str) -> tuple[int, ...] | None:
    text = headers.get(name) if name else None
    if text is None:
        return None
    if _VERSION.fullmatch(text.strip()) is None:
        raise Malformed(
            "{name} is not as it should be; for example {example}",
            path=name,
            name=name,
            example=EPCIS,
        )
    return _numbers(text.strip())


def _numbers(text: str) -> tuple[int, ...]:
    found = [int(part) for part in text.split(".")]
    return tuple(found + [0] * (4 - len(found)))


Versions = Depends(versions)

_NAMES = {XML: (XML, "text/xml")}


def wanted_form(request: Request, offered: Iterable[str]) -> str:
    """Which of the media types to answer in: the first that Accept (RFC 9110 §12.5.1) ranks highest.

    ``text/xml`` is another name of ``application/xml`` (RFC 7303). Raises NotOffered where it takes
    none of them.
    """
    forms = list(offered)
    accept = request.headers.get("accept", "").strip()
    if not accept:
        return forms[0]
    ranks = [
        (max(quality(accept, name) for name in _NAMES.get(form, (form,))), -place, form)
        for place, form in enumerate(forms)
    ]
    best = max(ranks)
    if best[0] <= 0:
        raise NotOffered("an answer can be had as {forms}", path="accept", forms=", ".join(forms))
    return best[2]


def sent_form(request: Request, read: Iterable[str]) -> None:
    """Raise NotReadable for a body of another media type; one that says nothing is looked into."""
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given and given not in read and "*/*" not in read:
        raise NotReadable(
            "send it in one of these forms, not as {given}: {forms}",
            path="content-type",
            forms=", ".join(read),
            given=given[:100],
        )


EVENTS_IN = (JSON, JSON_LD, XML, "text/xml")


def sends_events(request: Request) -> None:
    """For endpoints that read EPCIS documents."""
    sent_form(request, EVENTS_IN)


def sends_json(request: Request) -> None:
    """For endpoints that read JSON."""
    sent_form(request, (JSON, JSON_LD))


def gives_json(request: Request) -> None:
    """For endpoints that answer in JSON alone."""
    wanted_form(request, (JSON, JSON_LD, "application/problem+json"))


def discovery(**more: str) -> dict[str, str]:
    """Headers by which OPTIONS tells what can be had."""
    return {
        **VERSIONS,
        "GS1-EPCIS-Min": EPCIS,
        "GS1-EPCIS-Max": EPCIS,
        "GS1-CBV-Min": CBV,
        "GS1-CBV-Max": CBV,
        "GS1-EPC-Format": "No_Preference, Always_GS1_Digital_Link, Always_EPC_URN, Never_Translates",
        "GS1-CBV-XML-Format": "No_Preference, Always_Web_URI, Always_URN, Never_Translates",
        "GS1-Vendor-Version": f"suyuan-{version('suyuan')}",
        **more,
    }


def add_options(app: FastAPI, routers: Iterable[Any], more: dict[str, dict[str, str]]) -> None:
    """OPTIONS for every path of these routers, told from the methods that they have.

    ``more``: headers of single paths beside those of all.
    """
    methods: dict[str, set[str]] = {}
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods.setdefault(route.path, set()).update(route.methods or ())
    for path, found in methods.items():
        app.add_api_route(
            path,
            _options(sorted({*found, "OPTIONS"}), more),
            methods=["OPTIONS"],
            status_code=204,
            openapi_extra={
                "parameters": [
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in _PARAMETER.findall(path)
                ]
            },
            tags=["discovery"],
            name=f"OPTIONS {path}",
            operation_id=f"options {path}",
        )


_PARAMETER = re.compile(r"\{(\w+)")


def _options(allowed: list[str], more: dict[str, dict[str, str]]) -> Any:
    def options(request: Request) -> Response:
        """Versions, forms and methods that can be had here."""
        template = request.scope["route"].path
        allow = ", ".join(allowed)
        headers = discovery(**more.get(template, {}))
        return Response(None, 204, {**headers, "Allow": allow})

    return options
