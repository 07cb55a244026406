"""The GS1-conformant resolver: every primary key's path leads on, or tells all that is known.

Sources: GS1-Conformant Resolver Standard 1.2, RFC 9264 (linksets). Who scans a code without asking
for anything special gets the page under ``/p/``, unless the key's owner set another default link.
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from suyuan.bootstrap import Node
from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import NotFound
from suyuan.core.gs1.compressed import is_compressed
from suyuan.core.gs1.link import Link
from suyuan.core.resolver.description import PRIMARY_KEYS, describe
from suyuan.core.resolver.linkset import Entry, parse_linkset
from suyuan.core.resolver.resolve import Choices, Redirect, levels, read_request, resolve
from suyuan.flow.look import Looker
from suyuan.flow.resolve import Resolver
from suyuan.web.deps import is_former, node_of
from suyuan.web.pages import faced, links_page, wants_page

router = APIRouter(tags=["resolver"])

_ALLOWED = "GET, HEAD, OPTIONS"
_SHORTLY = {"Cache-Control": "public, max-age=300", "Vary": "Accept, Accept-Language"}


def answer(request: Request) -> Response:
    """307 to one link, 300 among several, 200 with the linkset, 400 for what is no Digital Link, 404."""
    if request.method == "OPTIONS":
        return Response(None, 204, {"Allow": _ALLOWED})
    return faced(request, _answer)


def _answer(request: Request) -> Response:
    node = node_of(request)
    root = node.settings.public_url.rstrip("/")
    uri = root + _raw(request)
    resolver = Resolver(Looker(node.database.log, node.prover), root)
    found = resolve(
        uri,
        resolver.entry,
        own=_own(resolver, uri),
        accept=request.headers.get("accept"),
        accept_language=request.headers.get("accept-language"),
    )
    headers = {**_SHORTLY, "Link": found.header}
    if isinstance(found, Redirect):
        # To our own pages by a path alone, whatever this host is called; from a former name to the
        # one that counts.
        keep = "" if is_former(request) else root
        return RedirectResponse(found.location.removeprefix(keep), 307, headers)
    status = 300 if isinstance(found, Choices) else 200
    if found.media_type == "text/html":
        return links_page(request, parse_linkset(found.linkset), status, headers)
    return JSONResponse(found.linkset, status, headers, media_type=found.media_type)


def _raw(request: Request) -> str:
    """Path and query as they were sent, percent-encoding and all."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query = request.scope["query_string"].decode("latin-1")
    return raw.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")


def _own(resolver: Resolver, uri: str) -> Entry | None:
    """Our page, on the finest level of which anything is recorded; None where nothing is of any.

    A product's page tells more of a lot or pack that is not known than that it is not: it is led to
    with all that the label says.
    """
    link, _, _ = read_request(uri)
    known = next((one for one in levels(link.path) if resolver.looker.recorded(one)), None)
    if known is None:
        return None
    if link.path[0][0] != "01":
        return resolver.own(known, f"/p{known.removeprefix(CANONICAL_HOST)}")
    # A consumer product variant has no page of its own.
    path = tuple(element for element in link.path if element[0] != "22")
    return resolver.own(levels(link.path)[0], f"/p{Link('', path).uri()}")


def description(request: Request) -> Response:
    """``/.well-known/gs1resolver``: what this resolver is and knows."""
    node: Node = node_of(request)
    settings = node.settings
    told = describe(settings.public_url.rstrip("/"), "Suyuan 溯源", settings.contact)
    return JSONResponse(told, headers={"Cache-Control": "public, max-age=3600"})


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What no route fits: a compressed Digital Link, or nothing at all."""
    if scope["type"] != "http":
        await router.not_found(scope, receive, send)
        return
    request = Request(scope, receive)
    reads = request.method in ("GET", "HEAD")
    if reads and is_compressed(f"https://resolver.invalid{_raw(request)}"):
        response = await run_in_threadpool(answer, request)
    elif reads and wants_page(request):
        response = await run_in_threadpool(faced, request, _nowhere)
    else:
        await router.not_found(scope, receive, send)
        return
    await response(scope, receive, send)


def _nowhere(request: Request) -> Response:
    raise NotFound("there is nothing at {path}", path=request.url.path)


for _key in PRIMARY_KEYS:
    router.add_route(f"/{_key}", answer, methods=["GET", "OPTIONS"])
    router.add_route(f"/{_key}/{{rest:path}}", answer, methods=["GET", "OPTIONS"])
router.add_route("/.well-known/gs1resolver", description, methods=["GET"])
