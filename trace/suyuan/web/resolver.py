"""The GS1-conformant resolver: every primary key's path leads on, or tells all that is known.

Sources: GS1-Conformant Resolver Standard 1.2, RFC 9264 (linksets). Who scans a code without asking
for anything special gets the page under ``/p/``, unless the key's owner set another default link.
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed
from suyuan.core.resolver.description import PRIMARY_KEYS, describe
from suyuan.core.resolver.linkset import Entry, parse_linkset
from suyuan.core.resolver.resolve import LINKSET, Choices, Redirect, levels, read_request, resolve
from suyuan.flow.resolve import Resolver
from suyuan.web.deps import node_of
from suyuan.web.pages import code_of, links_page, missed, wants_page

router = APIRouter(tags=["resolver"])

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Expose-Headers": "Link, Location",
}
_SHORTLY = {"Cache-Control": "public, max-age=300", "Vary": "Accept, Accept-Language"}


def answer(request: Request) -> Response:
    """307 to one link, 300 among several, 200 with the linkset, 400 for what is no Digital Link, 404."""
    if request.method == "OPTIONS":
        return Response(None, 204, {**OPEN, "Allow": "GET, HEAD, OPTIONS"})
    node = node_of(request)
    root = node.settings.public_url.rstrip("/")
    uri = root + _raw(request)
    resolver = Resolver(node.database.log, node.prover, root)
    try:
        found = resolve(
            uri,
            resolver.entry,
            own=_own(request, resolver, uri),
            accept=request.headers.get("accept"),
            accept_language=request.headers.get("accept-language"),
        )
    except Malformed:
        if wants_page(request):
            return missed("misread", request, status=400)
        raise
    headers = {**OPEN, **_SHORTLY, "Link": found.header}
    if isinstance(found, Redirect):
        # To our own pages by a path alone: a label may be read under an older name of this host.
        return RedirectResponse(found.location.removeprefix(root), 307, headers)
    status = 300 if isinstance(found, Choices) else 200
    if found.media_type == "text/html":
        return links_page(request, parse_linkset(found.linkset), status, headers)
    return JSONResponse(found.linkset, status, headers, media_type=found.media_type)


def _raw(request: Request) -> str:
    """Path and query as they were sent, percent-encoding and all."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query = request.scope["query_string"].decode("latin-1")
    return raw.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")


def _own(request: Request, resolver: Resolver, uri: str) -> Entry | None:
    """Our page, for products and what is below them. Who asks for something special is told of it
    only where something is recorded; who just scans is told on the page that nothing is."""
    code = code_of(request)
    if code is None:
        return None
    link, query, _ = read_request(uri)
    anchors = levels(link.path)
    special = "linkType=" in query or LINKSET in request.headers.get("accept", "")
    if special and not any(map(resolver.known, anchors)):
        return None
    page = f"/p/01/{code.gtin}"
    page += f"/10/{code.lot}" if code.lot else ""
    page += f"/21/{code.serial}" if code.serial else ""
    return resolver.own(anchors[0], page)


def description(request: Request) -> Response:
    """``/.well-known/gs1resolver``: what this resolver is and knows."""
    node: Node = node_of(request)
    told = describe(node.settings.public_url.rstrip("/"), "Suyuan 溯源")
    return JSONResponse(told, headers={**OPEN, "Cache-Control": "public, max-age=3600"})


for _key in PRIMARY_KEYS:
    router.add_route(f"/{_key}/{{rest:path}}", answer, methods=["GET", "OPTIONS"])
router.add_route("/.well-known/gs1resolver", description, methods=["GET"])
