"""Named queries of the EPCIS 2.0 REST binding: kept for the organisation that made them."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core import jcs
from suyuan.core.errors import Conflict, Malformed, NotFound, SuyuanError
from suyuan.flow.accounts import Caller
from suyuan.ports.queries import NamedQuery
from suyuan.web.api.epcis import answer_query, extensions
from suyuan.web.api.paging import PagingDep
from suyuan.web.binding import VERSIONS, Versions, gives_json, sends_json
from suyuan.web.deps import CallerDep, NodeDep, ObjectDep, members, shape, takes
from suyuan.web.forms import FormDep

binding = APIRouter(tags=["EPCIS queries"], dependencies=[Versions])

MOST_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9_.~-]{1,100}")
_SHAPE: dict[str, type] = {"name": str, "query": dict}

Name = Annotated[str, Path(max_length=100)]


@binding.post(
    "/queries",
    status_code=201,
    openapi_extra=takes("A named query", shape(_SHAPE)),
    dependencies=[Depends(sends_json), Depends(gives_json)],
)
def add(node: NodeDep, caller: CallerDep, request: Request, document: ObjectDep) -> Response:
    """Keep a query under a name of the organisation's own: {"name": …, "query": {parameter: value}}."""
    members(document, _SHAPE)
    name, query = document["name"], document["query"]
    if _NAME.fullmatch(name) is None:
        raise Malformed(
            "a name has up to 100 letters, digits and _ . ~ -, for example my-shipments",
            path="/name",
        )
    try:
        node.asking.named(caller.viewer, query, extensions(request))
    except SuyuanError as problem:
        raise problem.at("/query") from None
    prefixes = extensions(request)
    kept = jcs.dumps({"query": query, **({"extensions": prefixes} if prefixes else {})})
    if len(kept) > MOST_BYTES:
        raise Malformed("a query has at most {most} bytes", path="/query", most=MOST_BYTES)
    stores = node.database
    if stores.queries.get(caller.organisation, name) is not None:
        raise Conflict("there is a query {name} already", path="/name", name=name)
    stores.queries.add(NamedQuery(caller.organisation, name, kept, node.clock.now()))
    return Response(None, 201, {**VERSIONS, "Location": f"/queries/{name}"})


@binding.get("/queries", response_class=JSONResponse, dependencies=[Depends(gives_json)])
def names(
    node: NodeDep,
    caller: CallerDep,
    page: PagingDep,
) -> Response:
    """The organisation's queries by name; the Link header names the next page."""
    found = node.database.queries.list(caller.organisation, after=page.name, limit=page.most)
    queries, headers = page.cut(found, lambda query: (query.name, 0))
    return JSONResponse(
        [_told(query) for query in queries],
        headers={**VERSIONS, "Vary": "Authorization", **headers},
    )


@binding.get("/queries/{name}", response_class=JSONResponse, dependencies=[Depends(gives_json)])
def one(node: NodeDep, caller: CallerDep, name: Name) -> Response:
    """A query's definition."""
    return JSONResponse(
        _told(_found(node, caller, name)), headers={**VERSIONS, "Vary": "Authorization"}
    )


@binding.delete("/queries/{name}", status_code=204)
def delete(node: NodeDep, caller: CallerDep, name: Name) -> None:
    """Forget a query, and end all subscriptions to it."""
    node.subscriptions.delete_all(caller, name)
    if not node.database.queries.delete(caller.organisation, name):
        raise NotFound("no query {name}", name=name)


@binding.get("/queries/{name}/events", response_class=JSONResponse)
def events(
    node: NodeDep,
    caller: CallerDep,
    form: FormDep,
    name: Name,
    page: PagingDep,
) -> Response:
    """What the query finds now, page by page."""
    query = node.asking.kept(caller.viewer, _found(node, caller, name))
    return answer_query(node, caller.viewer, form, query, page, {}, name=name)


def _found(node: Node, caller: Caller, name: str) -> NamedQuery:
    found = node.database.queries.get(caller.organisation, name)
    if found is None:
        raise NotFound("no query {name}", name=name)
    return found


def _told(query: NamedQuery) -> dict[str, Any]:
    return {"name": query.name, "query": json.loads(query.query)["query"]}
