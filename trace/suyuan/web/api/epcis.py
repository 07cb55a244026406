"""The EPCIS 2.0 REST binding: events by SimpleEventQuery, page by page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.epcis.query import SimpleEventQuery, parse_query
from suyuan.core.errors import Malformed, NotFound
from suyuan.core.visibility import Viewer
from suyuan.flow.query import EventPage, FoundEvent, Place
from suyuan.web.api.proofs import told
from suyuan.web.deps import NodeDep, ViewerDep

router = APIRouter(tags=["events"])

PER_PAGE = 30
MOST_PER_PAGE = 1000
PerPage = Annotated[int, Query(alias="perPage", ge=1, le=MOST_PER_PAGE)]
Token = Annotated[str | None, Query(alias="nextPageToken", max_length=400)]
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
VERSIONS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-EPC-Format": "Never_Translates",
}
"""Said of every answer: identifiers come back as they were captured."""

_OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Link"}
_PAGING = frozenset({"perPage", "nextPageToken"})
_RESOURCES = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}
"""Top-level resources, and the parameter that each stands for."""


@router.get("/events", response_class=JSONResponse)
def events(
    node: NodeDep,
    viewer: ViewerDep,
    request: Request,
    per_page: PerPage = PER_PAGE,
    token: Token = None,
) -> Response:
    """Events by any parameter of a SimpleEventQuery, lists divided by ``|``, as an
    EPCISQueryDocument; identifiers match in whatever form either side wrote them.

    The Link header names the next page. ``suyuan:records`` says which record of the log each event
    is, and where its proof lies.
    """
    return _answer(node, viewer, request, per_page, token, {})


@router.get("/events/{event_id:path}", response_class=JSONResponse)
def event(
    node: NodeDep, viewer: ViewerDep, event_id: Annotated[str, Path(max_length=2000)]
) -> Response:
    """The events with this eventID or CBV event hash; by the index in the log, that record with its
    inclusion proof (null until the next checkpoint covers it)."""
    if event_id.isascii() and event_id.isdigit() and len(event_id) <= 18:
        view = node.prover.record(viewer, int(event_id))
        return JSONResponse(told(view), headers={**_OPEN, "Vary": "Authorization"})
    found = node.events.one(viewer, event_id)
    if not found:
        raise NotFound("no event {id}", id=event_id[:200])
    return JSONResponse(_document(node, found), headers=_headers())


@router.get("/{resource}/{value:path}/events", response_class=JSONResponse)
def events_of(
    node: NodeDep,
    viewer: ViewerDep,
    request: Request,
    resource: str,
    value: Annotated[str, Path(max_length=2000)],
    per_page: PerPage = PER_PAGE,
    token: Token = None,
) -> Response:
    """Events of one event type, EPC, business step, location, read point or disposition."""
    parameter = _RESOURCES.get(resource)
    if parameter is None:
        raise NotFound("there are no {what} here", what=resource[:60])
    return _answer(node, viewer, request, per_page, token, {parameter: [value]})


def _answer(
    node: Node,
    viewer: Viewer,
    request: Request,
    per_page: int,
    token: str | None,
    fixed: Mapping[str, Any],
) -> Response:
    parameters: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in parameters or name in fixed:
            raise Malformed("this parameter stands here twice", path=f"/{name}")
        if name not in _PAGING:
            parameters[name] = value
    query = parse_query({**parameters, **fixed}, extensions(request))
    return answer_query(node, viewer, request, query, per_page, token, parameters)


def answer_query(
    node: Node,
    viewer: Viewer,
    request: Request,
    query: SimpleEventQuery,
    per_page: int,
    token: str | None,
    parameters: Mapping[str, Any],
    *,
    name: str = "SimpleEventQuery",
) -> Response:
    """A page of what a query finds; ``parameters`` go into the address of the next one."""
    after, seen = read_token(token)
    size = per_page if query.count_limit is None else min(per_page, query.count_limit - seen)
    page = (
        node.events.page(viewer, query, size=size, after=after) if size > 0 else EventPage((), None)
    )
    headers = _headers()
    seen += len(page.events)
    if page.after is not None and not _enough(query, seen):
        following = {**parameters, "perPage": per_page, "nextPageToken": token_of(page.after, seen)}
        headers["Link"] = next_link(request, following)
    return JSONResponse(_document(node, page.events, name), headers=headers)


def next_link(request: Request, parameters: Mapping[str, Any]) -> str:
    """Value of the Link header (RFC 8288) that leads to the next page."""
    return f'<{request.url.path}?{urlencode(parameters)}>; rel="next"'


def _enough(query: SimpleEventQuery, seen: int) -> bool:
    return query.count_limit is not None and seen >= query.count_limit


def _headers() -> dict[str, str]:
    return {**_OPEN, **VERSIONS, "Vary": "Authorization"}


def extensions(request: Request) -> dict[str, str]:
    """``GS1-Extensions: example=https://ns.example.com/epcis/, …``: prefixes in names of parameters."""
    found = {}
    for part in request.headers.get("gs1-extensions", "").split(","):
        prefix, equals, name = part.strip().partition("=")
        if equals and prefix and name:
            found[prefix] = name
    return found


def _document(
    node: Node, events: Sequence[FoundEvent], name: str = "SimpleEventQuery"
) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, {"suyuan": f"{node.settings.uri_base}voc/"}],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": node.clock.now(),
        "epcisBody": {
            "queryResults": {
                "queryName": name,
                "resultsBody": {
                    "eventList": [
                        {**one.event, "eventID": one.event_id, "recordTime": one.record_time}
                        for one in events
                    ]
                },
            }
        },
        "suyuan:records": [
            {"eventID": one.event_id, "index": one.index, "proof": f"/events/{one.index}"}
            for one in events
        ],
    }


def token_of(after: Place, seen: int) -> str:
    """Where a page ended, for the next one's address."""
    return base64.urlsafe_b64encode(json.dumps([*after, seen]).encode()).decode().rstrip("=")


def read_token(token: str | None) -> tuple[Place | None, int]:
    """Where the page before ended; it is no secret, but has to be one of ours."""
    if token is None:
        return None, 0
    try:
        time, index, seen = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, TypeError):
        time, index, seen = None, None, None
    if not (
        isinstance(time, str)
        and type(index) is int
        and type(seen) is int
        and 0 <= index < 1 << 62
        and 0 <= seen < 1 << 62
        and time.isascii()
    ):
        raise Malformed("this page token is not one of ours", path="/nextPageToken")
    return (time, index), seen
