"""The EPCIS 2.0 REST binding: events by SimpleEventQuery, page by page, and what there is to ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.epcis.query import SimpleEventQuery, parse_query
from suyuan.core.errors import Malformed, NotFound
from suyuan.core.visibility import Viewer
from suyuan.flow.query import EventPage
from suyuan.web.api.paging import PER_PAGE, PerPage, Token, next_link, read_token, token_of
from suyuan.web.api.proofs import told
from suyuan.web.binding import VERSIONS, Versions, gives_json
from suyuan.web.deps import NodeDep, ViewerDep
from suyuan.web.forms import CONTEXT, VARY, Form, FormDep, document
from suyuan.web.problems import RESOURCES

binding = APIRouter(tags=["EPCIS queries"], dependencies=[Versions])

_PAGING = frozenset({"perPage", "nextPageToken"})
_TOP = ("events", "capture", "queries", *RESOURCES)


@binding.get("/", dependencies=[Depends(gives_json)], response_class=JSONResponse)
def top() -> Response:
    """The top-level resources of this repository."""
    return _collection(list(_TOP))


@binding.get("/events", response_class=JSONResponse)
def events(
    node: NodeDep,
    viewer: ViewerDep,
    request: Request,
    form: FormDep,
    per_page: PerPage = PER_PAGE,
    token: Token = None,
) -> Response:
    """Events by any parameter of a SimpleEventQuery, lists divided by ``|``, as an
    EPCISQueryDocument; identifiers match in whatever form either side wrote them.

    The Link header names the next page. ``suyuan:records`` says which record of the log each event
    is, and where its proof lies.
    """
    return _answer(node, viewer, request, form, per_page, token, {})


@binding.get("/events/{event_id:path}", response_class=JSONResponse)
def event(
    node: NodeDep,
    viewer: ViewerDep,
    form: FormDep,
    event_id: Annotated[str, Path(max_length=2000)],
) -> Response:
    """The events with this eventID or CBV event hash; by the index in the log, that record with its
    inclusion proof (null until the next checkpoint covers it)."""
    if event_id.isascii() and event_id.isdigit() and len(event_id) <= 18:
        view = node.prover.record(viewer, int(event_id))
        return JSONResponse(told(view), headers={**VERSIONS, "Vary": "Authorization"})
    found = node.events.one(viewer, event_id)
    if not found:
        raise NotFound("no event {id}", id=event_id[:200])
    return document(node, found, form)


def _add_resource(resource: str) -> None:
    """Its collection, one of its members, and the events of that one."""

    def collection(
        node: NodeDep,
        viewer: ViewerDep,
        request: Request,
        form: FormDep,
        per_page: PerPage = PER_PAGE,
        token: Token = None,
    ) -> Response:
        for name in request.query_params:
            if name not in _PAGING:
                raise Malformed(
                    "{name} is not a member here; there are {allowed}",
                    path=f"/{name}",
                    name=name[:100],
                    allowed=", ".join(sorted(_PAGING)),
                )
        place, _ = read_token(token)
        page = node.discovery.page(
            viewer, resource, size=per_page, after=place[0] if place is not None else ""
        )
        headers: dict[str, str] = {"GS1-EPC-Format": form.epc}
        if page.after is not None:
            following = {"perPage": per_page, "nextPageToken": token_of((page.after, 0), 0)}
            headers["Link"] = next_link(request, following)
        return _collection([form.identifier(value) for value in page.values], **headers)

    def member(value: Annotated[str, Path(max_length=2000)]) -> Response:
        del value
        return _collection(["events"])

    def events_of(
        node: NodeDep,
        viewer: ViewerDep,
        request: Request,
        form: FormDep,
        value: Annotated[str, Path(max_length=2000)],
        per_page: PerPage = PER_PAGE,
        token: Token = None,
    ) -> Response:
        fixed = {RESOURCES[resource]: [value]}
        return _answer(node, viewer, request, form, per_page, token, fixed)

    routes: tuple[tuple[str, Callable[..., Response], str, list[Any]], ...] = (
        (f"/{resource}", collection, "All known here, page by page", [Depends(gives_json)]),
        (f"/{resource}/{{value:path}}/events", events_of, "Events of this one, as /events", []),
        (f"/{resource}/{{value:path}}", member, "What there is of this one", [Depends(gives_json)]),
    )
    for path, endpoint, summary, depending in routes:
        binding.add_api_route(
            path,
            endpoint,
            summary=summary,
            dependencies=depending,
            response_class=JSONResponse,
            operation_id=f"{endpoint.__name__} {resource}",
        )


for _resource in RESOURCES:
    _add_resource(_resource)


@binding.delete("/nextPageToken/{token}", status_code=204)
def release(token: Annotated[str, Path(max_length=400)]) -> None:
    """Give a page token back. Nothing is kept for one here, so there is nothing to let go of."""
    read_token(token)


def _answer(
    node: Node,
    viewer: Viewer,
    request: Request,
    form: Form,
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
    query = parse_query(
        {**parameters, **fixed}, extensions(request), vocabulary=node.masters.within
    )
    return answer_query(node, viewer, request, form, query, per_page, token, parameters)


def answer_query(
    node: Node,
    viewer: Viewer,
    request: Request,
    form: Form,
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
    headers = {}
    seen += len(page.events)
    if page.after is not None and not _enough(query, seen):
        following = {**parameters, "perPage": per_page, "nextPageToken": token_of(page.after, seen)}
        headers["Link"] = next_link(request, following)
    return document(node, page.events, form, name=name, headers=headers)


def _enough(query: SimpleEventQuery, seen: int) -> bool:
    return query.count_limit is not None and seen >= query.count_limit


def extensions(request: Request) -> dict[str, str]:
    """``GS1-Extensions: example=https://ns.example.com/epcis/, …``: prefixes in names of parameters."""
    found = {}
    for part in request.headers.get("gs1-extensions", "").split(","):
        prefix, equals, name = part.strip().partition("=")
        if equals and prefix and name:
            found[prefix] = name
    return found


def _collection(members: list[str], **headers: str) -> Response:
    body = {"@context": CONTEXT, "type": "Collection", "member": members}
    return JSONResponse(body, headers={**VERSIONS, "Vary": VARY, **headers})
