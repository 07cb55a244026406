"""The EPCIS 2.0 REST binding: events by SimpleEventQuery, page by page, and what there is to ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.epcis.query import SimpleEventQuery
from suyuan.core.errors import Malformed, NotFound
from suyuan.core.visibility import Viewer
from suyuan.flow.query import EventPage
from suyuan.web.api.paging import NAMES, Paging, PagingDep, read_token
from suyuan.web.api.proofs import told
from suyuan.web.binding import JSON, JSON_LD, VERSIONS, XML, Versions, gives_json, wanted_form
from suyuan.web.deps import NodeDep, ViewerDep
from suyuan.web.forms import (
    CONTEXT,
    MOST_TOLD,
    UNTRANSLATED,
    VARY,
    Form,
    FormDep,
    document,
    is_index,
)
from suyuan.web.pages import wants_page
from suyuan.web.problem_forms import element
from suyuan.web.problems import RESOURCES
from suyuan.web.record_page import record_page

binding = APIRouter(tags=["EPCIS queries"], dependencies=[Versions])

_TOP = ("events", "capture", "queries", *RESOURCES)


@binding.get("/", response_class=JSONResponse)
def top(request: Request) -> Response:
    """The top-level resources of this repository; in XML a member each."""
    if wanted_form(request, (JSON, JSON_LD, XML)) != XML:
        return _collection(list(_TOP))
    body = element("Collection", {}, [("member", name) for name in _TOP])
    return Response(body, headers={**VERSIONS, "Vary": VARY}, media_type=XML)


@binding.get("/events", response_class=JSONResponse)
def events(
    node: NodeDep,
    viewer: ViewerDep,
    request: Request,
    form: FormDep,
    page: PagingDep,
) -> Response:
    """Events by any parameter of a SimpleEventQuery, lists divided by ``|``, as an
    EPCISQueryDocument; identifiers match in whatever form either side wrote them.

    The Link header names the next page, ``GS1-Next-Page-Token-Expires`` until when it can be asked
    for. ``suyuan:records`` says which record of the log each event
    is, and where its proof lies.
    """
    return _answer(node, viewer, request, form, page, {})


@binding.get("/events/{event_id:path}", response_class=JSONResponse)
def event(
    node: NodeDep,
    viewer: ViewerDep,
    form: FormDep,
    request: Request,
    event_id: Annotated[str, Path(max_length=2000)],
    as_: Annotated[
        Literal["json"] | None, Query(alias="as", description="Data, whatever Accept says")
    ] = None,
) -> Response:
    """The events with this eventID or CBV event hash; by the index in the log, that record with its
    inclusion proof (null until the next checkpoint covers it), or a page about it where HTML is asked
    for."""
    if is_index(event_id):
        if as_ is None and wants_page(request):
            return record_page(request, int(event_id))
        view = node.prover.record(viewer, int(event_id))
        return JSONResponse(told(view), headers={**VERSIONS, "Vary": "Accept, Authorization"})
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
        page: PagingDep,
    ) -> Response:
        for name in request.query_params:
            if name not in NAMES:
                raise Malformed(
                    "{name} is not a member here; there are {allowed}",
                    path=f"/{name}",
                    name=name[:100],
                    allowed=", ".join(sorted(NAMES)),
                )
        found = node.discovery.page(viewer, resource, size=page.size, after=page.name)
        headers = {} if found.after is None else page.next((found.after, 0))
        headers["GS1-EPC-Format"] = form.epc
        members, left = form.identifiers(found.values)
        more = {"suyuan:untranslated": left[:MOST_TOLD]} if left else {}
        if left:
            headers[UNTRANSLATED] = str(len(left))
        return _collection(members, more, **headers)

    def member(
        node: NodeDep, viewer: ViewerDep, value: Annotated[str, Path(max_length=2000)]
    ) -> Response:
        node.asking.query(viewer, {RESOURCES[resource]: [value]})  # refused here as among events
        return _collection(["events"])

    def events_of(
        node: NodeDep,
        viewer: ViewerDep,
        request: Request,
        form: FormDep,
        value: Annotated[str, Path(max_length=2000)],
        page: PagingDep,
    ) -> Response:
        fixed = {RESOURCES[resource]: [value]}
        return _answer(node, viewer, request, form, page, fixed)

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
def release(node: NodeDep, token: Annotated[str, Path(max_length=400)]) -> None:
    """Give back what is held for a page token. Nothing is held here: it says itself where a page ended
    and until when it is taken (``GS1-Next-Page-Token-Expires``), and ends by that time alone."""
    read_token(token, node.clock.now())


def _answer(
    node: Node,
    viewer: Viewer,
    request: Request,
    form: Form,
    page: Paging,
    fixed: Mapping[str, Any],
) -> Response:
    parameters: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in parameters or name in fixed:
            raise Malformed("this parameter stands here twice", path=f"/{name}")
        if name not in NAMES:
            parameters[name] = value
    query = node.asking.query(viewer, {**parameters, **fixed}, [extensions(request)])
    return answer_query(node, viewer, form, query, page, parameters)


def answer_query(
    node: Node,
    viewer: Viewer,
    form: Form,
    query: SimpleEventQuery,
    page: Paging,
    parameters: Mapping[str, Any],
    *,
    name: str = "SimpleEventQuery",
) -> Response:
    """A page of what a query finds; ``parameters`` go into the address of the next one."""
    size = page.size
    if query.count_limit is not None:
        size = min(size, query.count_limit - page.seen)
    found = EventPage((), None)
    if size > 0:
        found = node.events.page(viewer, query, size=size, after=page.after)
    headers = {}
    seen = page.seen + len(found.events)
    if found.after is not None and not _enough(query, seen):
        headers = page.next(found.after, seen=seen, parameters=parameters)
    return document(node, found.events, form, name=name, headers=headers)


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


def _collection(
    members: list[str], more: Mapping[str, Any] | None = None, **headers: str
) -> Response:
    body = {"@context": CONTEXT, "type": "Collection", "member": members, **(more or {})}
    return JSONResponse(body, headers={**VERSIONS, "Vary": VARY, **headers})
