"""What endpoints are given: the node, the caller, the language, the body."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed, Unauthenticated
from suyuan.core.strict_json import loads
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Caller
from suyuan.words import Language, choose


def node_of(request: Request) -> Node:
    """The node that this application serves."""
    node: Node = request.app.state.node
    return node


def caller_of(request: Request) -> Caller:
    """The organisation behind the bearer token (RFC 6750); 401 without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send your token as `Authorization: Bearer …`")
    return node_of(request).accounts.authenticate(token.strip())


def viewer_of(request: Request) -> Viewer:
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


def json_of(body: Annotated[bytes, Depends(body_of)]) -> Any:
    """The body as strict JSON (formats.md §0)."""
    return loads(body, max_depth=40)


def object_of(document: Annotated[Any, Depends(json_of)]) -> dict[str, Any]:
    """The body as a JSON object."""
    if not isinstance(document, dict):
        raise Malformed("send a JSON object")
    return document


def members(
    document: dict[str, Any], required: dict[str, type], optional: dict[str, type] | None = None
) -> None:
    """Closed shape: each required member there, no member unknown, each of its type."""
    allowed = {**required, **(optional or {})}
    for name in document:
        if name not in allowed:
            raise Malformed(
                "{name} is not a member here; there are {allowed}",
                path=f"/{name}",
                name=name,
                allowed=", ".join(sorted(allowed)),
            )
    for name, kind in allowed.items():
        if name not in document:
            if name in required:
                raise Malformed("{name} is missing", path=f"/{name}", name=name)
        elif not isinstance(document[name], kind) or (
            kind is int and isinstance(document[name], bool)
        ):
            raise Malformed(
                "{name} has to be {kind}",
                path=f"/{name}",
                name=name,
                kind={str: "a text", int: "a whole number", dict: "an object", list: "a list"}[
                    kind
                ],
            )


NodeDep = Annotated[Node, Depends(node_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
ViewerDep = Annotated[Viewer, Depends(viewer_of)]
LanguageDep = Annotated[Language, Depends(language_of)]
BodyDep = Annotated[bytes, Depends(body_of)]
JsonDep = Annotated[Any, Depends(json_of)]
ObjectDep = Annotated[dict[str, Any], Depends(object_of)]
