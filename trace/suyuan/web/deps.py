"""What endpoints are given: the node, the caller, the language, the body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed, TooLarge, Unauthenticated
from suyuan.core.said import Said
from suyuan.core.strict_json import loads
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Caller
from suyuan.words import Language, choose

SMALL = 16 * 1024
"""Bytes that suffice for a question from anybody."""

# Says in the OpenAPI document how callers identify themselves; reading the header is caller_of's.
_BEARER = Depends(HTTPBearer(auto_error=False, description="A token of an organisation"))


def node_of(request: Request) -> Node:
    """The node that this application serves."""
    node: Node = request.app.state.node
    return node


def is_former(request: Request) -> bool:
    """Whether we were asked under a name that we had before."""
    former = node_of(request).settings.former_hosts
    return request.headers.get("host", "").lower() in map(_host, former)


def _host(said: str) -> str:
    """The host of a name or of a whole address, with its port if it has one."""
    return urlsplit(said if "//" in said else f"//{said}").netloc.lower()


def caller_of(request: Request, _: Annotated[object, _BEARER] = None) -> Caller:
    """The organisation behind the bearer token (RFC 6750); 401 without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send your token as `Authorization: Bearer …`")
    return node_of(request).accounts.authenticate(token.strip())


def asks(dependant: Dependant, who: Any) -> bool:
    """Whether an endpoint, or anything that it depends on, depends on ``who``."""
    return dependant.call is who or any(asks(inner, who) for inner in dependant.dependencies)


def known_first(request: Request) -> None:
    """Who they are comes before what they want: 401 before any other refusal, where a token is due."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is not None and asks(dependant, caller_of):
        caller_of(request)


def viewer_of(request: Request, _: Annotated[object, _BEARER] = None) -> Viewer:
    """Who looks: the token's organisation, or the public without one. A bad token is still refused."""
    if "authorization" in request.headers:
        return caller_of(request).viewer
    return PUBLIC


def language_of(request: Request) -> Language:
    """``?lang=`` first, then the cookie of the switch, then Accept-Language."""
    wanted = request.query_params.get("lang") or request.cookies.get("lang")
    return choose(request.headers.get("accept-language"), wanted)


async def body_of(request: Request) -> bytes:
    """The whole body (the limit is the middleware's)."""
    return await request.body()


async def small_body_of(request: Request) -> bytes:
    """A body of at most SMALL bytes, from callers who need no token; no more than that is read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > SMALL:
            raise TooLarge("a request body has at most {limit} bytes", limit=SMALL)
    return body


def json_of(body: Annotated[bytes, Depends(body_of)]) -> Any:
    """The body as strict JSON (formats.md §0)."""
    return loads(body, max_depth=40)


def object_of(document: Annotated[Any, Depends(json_of)]) -> dict[str, Any]:
    """The body as a JSON object."""
    return as_object(document)


def as_object(document: Any) -> dict[str, Any]:
    """The document itself; Malformed unless it is a JSON object."""
    if not isinstance(document, dict):
        raise Malformed("send a JSON object")
    return document


def takes(
    description: str,
    schema: dict[str, Any] | None = None,
    *,
    media: str = "",
    xml: bool = False,
) -> Any:
    """What a route says of its body in the OpenAPI document (``openapi_extra``)."""
    content = {media or "application/json": {"schema": schema or {"type": "object"}}}
    if xml:
        content["application/xml"] = {"schema": {"type": "string"}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def shape(
    required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> dict[str, Any]:
    """The JSON Schema of what ``members`` lets pass."""
    names = {str: "string", int: "integer", bool: "boolean", dict: "object", list: "array"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {
            name: {"type": names[kind]} for name, kind in {**required, **(optional or {})}.items()
        },
    }


_KINDS = {
    str: (Said("a text"), '"abc"'),
    int: (Said("a whole number"), "12"),
    bool: (Said("true or false"), "true"),
    dict: (Said("an object"), "{}"),
    list: (Said("a list"), "[]"),
}


def members(
    document: dict[str, Any],
    required: Mapping[str, type],
    optional: Mapping[str, type] | None = None,
) -> None:
    """Closed shape: each required member there, no member unknown, each of its type."""
    allowed = {**required, **(optional or {})}
    for name in document:
        if name not in allowed:
            raise Malformed(
                "{name} is not a member here; there are {allowed}",
                path=f"/{name}",
                rule="additionalProperties",
                name=name,
                allowed=", ".join(sorted(allowed)),
            )
    for name, kind in allowed.items():
        if name not in document:
            if name in required:
                raise Malformed(
                    "{name} is missing; right is for example {example}",
                    path=f"/{name}",
                    rule="required",
                    name=name,
                    example=f'"{name}": {_KINDS[kind][1]}',
                )
        elif not isinstance(document[name], kind) or (
            kind is int and isinstance(document[name], bool)
        ):
            raise Malformed(
                "{name} has to be {kind}; right is for example {example}",
                path=f"/{name}",
                name=name,
                rule="type",
                kind=_KINDS[kind][0],
                example=_KINDS[kind][1],
            )


NodeDep = Annotated[Node, Depends(node_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
ViewerDep = Annotated[Viewer, Depends(viewer_of)]
LanguageDep = Annotated[Language, Depends(language_of)]
BodyDep = Annotated[bytes, Depends(body_of)]
SmallBodyDep = Annotated[bytes, Depends(small_body_of)]
JsonDep = Annotated[Any, Depends(json_of)]
ObjectDep = Annotated[dict[str, Any], Depends(object_of)]
SubjectQuery = Annotated[
    str,
    Query(
        max_length=2000,
        description="A lot, a pack or another single thing",
        examples=["https://id.gs1.org/01/09521234000068/10/SHT-1008"],
    ),
]
