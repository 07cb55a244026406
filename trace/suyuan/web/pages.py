"""The public pages: what a scanned code leads to. Complete without scripts, and checked with them.

Routes: ``/p/01/…``, ``/p/414/…`` and so on are pages; ``/static/…``; the verifier. ``/01/…`` is for
resolver.py.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Malformed, NoSuchLink, NotFound, SuyuanError, Unavailable
from suyuan.core.gs1.link import Link, parse_link
from suyuan.core.gs1.rules import Element
from suyuan.core.identifiers import parse_dl
from suyuan.core.resolver.linkset import Entry
from suyuan.core.resolver.negotiate import offered
from suyuan.core.resolver.resolve import read_request
from suyuan.core.scans import PROVINCES
from suyuan.core.story_face import face_of
from suyuan.core.story_values import LONGEST
from suyuan.core.strict_json import loads
from suyuan.flow.scan import Code, Miss, Scan, Scanner
from suyuan.flow.scans import Scans
from suyuan.settings import Settings
from suyuan.web import assets, verdicts
from suyuan.web.deps import (
    as_object,
    is_former,
    language_of,
    members,
    node_of,
    small_body_of,
)
from suyuan.web.problems import status_of
from suyuan.web.templating import template
from suyuan.web.verdicts import Verdict
from suyuan.web.wording import Wording, today, wording
from suyuan.words import LANGUAGES

router = APIRouter(tags=["pages"])

MOST_DEEDS = 100
"""Lines of a timeline that a page shows; the bundle has them all."""
MOST_HELD = 20
"""Things in a carton that a page lists."""
UNFOLDED = 8
"""Lines that show at once; earlier ones wait behind a fold, unless something is wrong with one."""
CHECKED_WHOLE = 200
"""Records up to which a browser checks all; of more, those that the page shows."""

AT_ONCE = 4
"""Pages that are made at the same time."""


_log = structlog.get_logger()
_LINK = "https://resolver.invalid"


async def page(request: Request) -> Response:
    """The page of a lot or pack, or the one that says why there is none.

    A few at a time, in the order in which they were asked for: making one is work for the processor,
    and more threads at it would only make all readers wait for the slowest.
    """
    state = request.app.state
    if not hasattr(state, "page_threads"):
        state.page_threads = CapacityLimiter(AT_ONCE)
    return await to_thread.run_sync(faced, request, _page, limiter=state.page_threads)


def faced(request: Request, make: Callable[[Request], Response]) -> Response:
    """What ``make`` answers; where it fails, a page that says why, for who reads pages."""
    try:
        return make(request)
    except SuyuanError as problem:
        if not wants_page(request):
            raise
        return notice(_verdict(problem, request), request)
    except Exception:
        if not wants_page(request):
            raise
        _log.exception("unexpected", path=request.url.path)
        return notice(verdicts.of_error(None, 500, _words(request)), request)


def _verdict(problem: SuyuanError, request: Request) -> Verdict:
    _ = _words(request)
    if isinstance(problem, Malformed):
        return verdicts.of_malformed(problem, _)
    if isinstance(problem, NoSuchLink):
        return verdicts.of_no_link(problem, _)
    if isinstance(problem, NotFound):
        link = _link(request)
        return verdicts.of_unknown(link.path[0][0], _) if link else verdicts.of_nowhere(_)
    return verdicts.of_error(problem, status_of(problem), _)


def _page(request: Request) -> Response:
    node, _ = node_of(request), _words(request)
    if is_former(request):
        # Bookmarks, and pages that somebody printed.
        here = request.url
        address = node.settings.public_url.rstrip("/") + path_of(request)
        return RedirectResponse(f"{address}?{here.query}" if here.query else address, 308)
    link = parse_link(_LINK + path_of(request).removeprefix("/p"))
    code = code_of(request)
    scanner = scanner_of(request)
    silent = isinstance(request.app.state.workers.troubles.get("anchor"), Unavailable)
    scan: Scan | Miss | None
    if code is None:
        scan = scanner.look(link.path, chain_silent=silent)
        if scan is None:
            raise NotFound("nothing is recorded of {subject}", subject=link.uri(CANONICAL_HOST))
    elif code.lot is None and code.serial is None:
        names = scanner.product(code.gtin)
        if isinstance(names, str):
            return missed(names, request)
        return notice(verdicts.of_product(_.name(names), _), request)
    else:
        scan = scanner.scan(code, chain_silent=silent)
        if isinstance(scan, str):
            return missed(scan, request)
    verdict = verdicts.of_scan(scan, face_of(scan.story, scan.standing, today()), _)
    seen = None
    if scan.pack is not None:
        seen = node.scans.told(scan.pack, counted=is_reader(request))
        verdict = verdicts.with_code(verdict, seen, scan.story.issuer, _)
    shown = scan.story.deeds[:MOST_DEEDS]
    subject = quote(scan.subject, safe=":/")
    serial = f"&serial={quote(scan.serial, safe='')}" if scan.serial else ""
    bundle = f"/bundle?subject={subject}{serial}"
    partly = len(scan.indices) > CHECKED_WHOLE
    body = template("page.html", _.language).render(
        **_common(request, _),
        verdict=verdict,
        scan=scan,
        story=scan.story,
        deeds=shown,
        unfolded=UNFOLDED,
        earlier_matters=any(deed.matters for deed in shown[UNFOLDED:]),
        partly=partly,
        checked_whole=CHECKED_WHOLE,
        fingerprint=scan.fingerprint,
        bundle=bundle if scan.provable else None,
        most_held=MOST_HELD,
        numbers=_numbers(scan) if not scan.provable else (),
        all_links=f"{path_of(request).removeprefix('/p')}?linkType=linkset",
        rows=_rows(scan.about.path, _) if scan.about else (),
        seen=seen,
        counties=_counties(node.scans, _) if seen is not None and seen.token else (),
        config=_config(scan, bundle, node.settings, _, partly=partly) if _checks(scan) else None,
    )
    return _html(body, verdict.status, request)


_PROGRAMS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternal|monitor|curl|wget|python|httpx|aiohttp|"
    r"go-http|okhttp|libwww|java/|axios|node-fetch",
    re.IGNORECASE,
)
"""What programs call themselves that fetch pages for nobody who reads them now."""


def is_reader(request: Request) -> bool:
    """Whether a person reads a code: what is counted (docs/codes.md, "What is counted").

    Not: HEAD, programs, what a browser fetches ahead, a page that is looked at again or in the other
    language, and whatever asks for no page.
    """
    headers = request.headers
    agent = headers.get("user-agent", "")
    ahead = (
        f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')} {headers.get('x-moz', '')}"
    )
    return (
        request.method == "GET"
        and "text/html" in headers.get("accept", "")
        and bool(agent)
        and not _PROGRAMS.search(agent)
        and not ahead.strip()
        and headers.get("sec-fetch-dest", "document") == "document"
        and headers.get("sec-fetch-site", "none") not in ("same-origin", "same-site")
        and "if-none-match" not in headers
        and "lang" not in request.query_params
    )


def _counties(scans: Scans, _: Wording) -> list[tuple[str, str]]:
    """What a reader can choose: counties, then provinces."""
    return [
        (code, _.name(names))
        for known in (scans.counties(), PROVINCES)
        for code, names in sorted(known.items())
    ]


async def county(request: Request) -> Response:
    """A reader tells from which county a code was read: with scripts, once, and nothing else is kept."""
    document = as_object(loads(await small_body_of(request), max_depth=4))
    members(document, {"code": str, "token": str, "county": str})
    scans = node_of(request).scans
    await to_thread.run_sync(scans.place, document["code"], document["token"], document["county"])
    return Response(None, 204, {"Cache-Control": "no-store"})


def _numbers(scan: Scan) -> list[int]:
    """The records that the page tells of, the newest first."""
    told = {index for deed in scan.story.deeds[:UNFOLDED] for index in deed.indices}
    if scan.about and scan.about.index is not None:
        told.add(scan.about.index)
    return sorted(told, reverse=True)


def _checks(scan: Scan) -> bool:
    """Whether there is something for the reader's browser to check, and something to check it with."""
    return (
        assets.load().has_script
        and scan.fingerprint is not None
        and scan.standing.sealed_at is not None
        and scan.provable
    )


def _config(scan: Scan, bundle: str, settings: Settings, _: Wording, *, partly: bool) -> Markup:
    """What page.js is told."""
    direct = bool(settings.page_rpc_urls)
    data: dict[str, Any] = {
        "lang": _.language,
        "subject": scan.subject,
        "bundle": bundle,
        "policy": "/log/policy.json",
        "policyFingerprint": scan.fingerprint,
        "rpc": settings.page_rpc_urls if direct else ["/chain"] if settings.rpc_urls else [],
        "rpcThroughServer": not direct,
    }
    if partly:
        deeds = scan.story.deeds[:MOST_DEEDS]
        tested = {test.index for test in scan.story.tests}
        recalled = {recall.index for recall in scan.story.recalls}
        data["shown"] = sorted(tested | recalled | {i for deed in deeds for i in deed.indices})
    words = assets.load().check_words[_.language]
    text = f'{json.dumps(data, ensure_ascii=False)[:-1]}, "words": {words}}}'
    # Nothing in it may end the script element, nor begin a comment.
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def checked(scan: Scan, request: Request) -> dict[str, Any]:
    """What a page of ours needs for its reader's browser to check all records of a thing."""
    _, partly = _words(request), len(scan.indices) > CHECKED_WHOLE
    bundle = f"/bundle?subject={quote(scan.subject, safe=':/')}"
    settings = node_of(request).settings
    return {
        "bundle": bundle,
        "config": _config(scan, bundle, settings, _, partly=partly) if _checks(scan) else None,
        "fingerprint": scan.fingerprint,
        "standing": scan.standing,
    }


def missed(miss: Any, request: Request, *, status: int = 404) -> Response:
    """The page of a code that leads nowhere; NotFound for who wants none."""
    if not wants_page(request):
        raise NotFound("nothing is recorded of {subject}", subject=request.url.path)
    return notice(replace(verdicts.of_miss(miss, _words(request)), status=status), request)


def links_page(
    request: Request, entries: tuple[Entry, ...], status: int, headers: dict[str, str]
) -> Response:
    """All links of a code, for people."""
    _ = _words(request)
    verdict = verdicts.of_links(status, _)
    body = template("links.html", _.language).render(
        **_common(request, _), verdict=verdict, entries=entries
    )
    response = _html(body, status, request)
    response.headers.update({name: value for name, value in headers.items() if name != "Vary"})
    return response


def sheet(
    name: str, verdict: Verdict | Callable[[Wording], Verdict], request: Request, **told: Any
) -> Response:
    """A page of our own from a template over base.html; ``verdict`` may need the reader's words."""
    _ = _words(request)
    verdict = verdict(_) if callable(verdict) else verdict
    shown = {**_common(request, _), "verdict": verdict, **told}
    body = template(name, _.language).render(shown)
    return _html(body, verdict.status, request)


def notice(verdict: Verdict, request: Request) -> Response:
    """A page that says one thing only, and what was read: a person can compare it with the label."""
    _, link = _words(request), _link(request)
    rows = _rows(link.path, _) if link else ()
    if verdict.face == "misread" and not rows:
        rows = ((_("Address"), unquote(path_of(request).removeprefix("/p"))[:LONGEST]),)
    body = template("notice.html", _.language).render(
        **_common(request, _), verdict=verdict, rows=rows
    )
    return _html(body, verdict.status, request)


def _common(request: Request, _: Wording) -> dict[str, Any]:
    other = next(language for language in LANGUAGES if language != _.language)
    kept = [pair for pair in parse_qsl(request.url.query) if pair[0] != "lang"]
    settings = node_of(request).settings
    return {
        "assets": assets.load(),
        "switch": "?" + urlencode([*kept, ("lang", other)]),
        "other": other,
        "address": settings.public_url.rstrip("/") + request.url.path,
        "contact": settings.contact,
        "contact_link": _contact_link(settings.contact),
        "filing_number": settings.filing_number,
        "report": _report(request),
    }


def _report(request: Request) -> str:
    """Where a problem with this code is reported; "" for what is no lot or pack."""
    path = path_of(request)
    return reported_at(path[2:]) if path.startswith("/p/01/") else ""


def reported_at(path: str) -> str:
    """Where a problem with the lot or pack of a Digital Link's path is reported; "" for others."""
    return f"/report{path}" if {"10", "21"} & {*path.split("/")[3::2]} else ""


def _contact_link(contact: str) -> str | None:
    """An address that a tap can use, where the contact is a single one."""
    if any(c.isspace() for c in contact) or not contact:
        return None
    if contact.startswith(("https://", "http://")):
        return contact
    if "@" in contact:
        return f"mailto:{contact}"
    digits = contact.replace("-", "")
    return f"tel:{digits}" if digits.lstrip("+").isdigit() else None


# -- requests and answers --------------------------------------------------------------------------


def path_of(request: Request) -> str:
    """The path as it was sent, percent-encoding and all."""
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return raw.decode("latin-1").partition("?")[0]


def _link(request: Request) -> Link | None:
    """The Digital Link that the path is, or holds compressed."""
    try:
        link, _, _ = read_request(_LINK + path_of(request).removeprefix("/p"))
    except Malformed:
        return None
    return link


def _rows(path: Iterable[Element], _: Wording) -> tuple[tuple[str, str], ...]:
    """What a code says, with the names of its parts."""
    return tuple((_(verdicts.PARTS.get(ai, ai)), value) for ai, value in path)


def code_of(request: Request) -> Code | None:
    """GTIN, lot and serial of the path, as encoded there; None for every other key or qualifier."""
    link = parse_dl(_LINK + path_of(request))
    if link is None or link.key != "01" or link.get("235"):
        return None
    return Code(link.value, link.get("10"), link.get("21"))


def _words(request: Request) -> Wording:
    """In the reader's language, found out once for each request."""
    state = request.state
    if not hasattr(state, "words"):
        state.words = wording(language_of(request))
    words: Wording = state.words
    return words


def scanner_of(request: Request) -> Scanner:
    """The node's one Scanner: it remembers what is final."""
    return node_of(request).scanner


def wants_page(request: Request) -> bool:
    """Whether an error is told to a person: to who asks for HTML, as browsers and scanners do."""
    forms = ("application/problem+json", "application/json", "text/html")
    return offered(request.headers.get("accept"), forms) == "text/html"


def _html(body: str, status: int, request: Request) -> Response:
    settings = node_of(request).settings
    data = body.encode()
    tag = f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
    headers = {
        "Content-Security-Policy": _policy(tuple(settings.page_rpc_urls)),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store" if status >= 500 else "private, max-age=10",
        "Content-Language": _words(request).tag,
        "Vary": "Accept-Language, Cookie",
    }
    if status == 503:
        headers["Retry-After"] = "60"
    if status == 200:
        headers["ETag"] = tag
    if status == 200 and tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    response = Response(data, status, headers, "text/html; charset=utf-8")
    if (chosen := request.query_params.get("lang")) in LANGUAGES:
        response.set_cookie(
            "lang", str(chosen), max_age=31_536_000, samesite="lax", httponly=True,
            secure=settings.public_url.startswith("https:"),
        )  # fmt: skip
    return response


@lru_cache(maxsize=8)
def _policy(rpc_urls: tuple[str, ...]) -> str:
    """The Content-Security-Policy: this host, and the RPCs that the page may ask."""
    found = (urlsplit(url) for url in rpc_urls)
    asked = sorted({f"{parts.scheme}://{parts.netloc}" for parts in found})
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            " ".join(["connect-src 'self'", *asked]),
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def static(request: Request) -> Response:
    """A file under the digest of its content: it never changes."""
    asset = assets.load().files.get(request.path_params["name"])
    if asset is None or asset.digest != request.path_params["digest"]:
        raise NotFound("no such file")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.packed, 200, {**headers, "Content-Encoding": "gzip"}, asset.media_type
        )
    return Response(asset.body, 200, headers, asset.media_type)


def verifier(request: Request) -> Response:
    """The verifier in a single file, to be kept and run from disk."""
    held = assets.load()
    if held.verifier is None:
        raise NotFound("the verifier was not built here: run scripts/build_front.mjs")
    headers = {
        "Content-Security-Policy": held.verifier_csp,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=300",
    }
    return Response(held.verifier, 200, headers, "text/html; charset=utf-8")


# Plain routes: what FastAPI does for each request beyond them costs as much as finding the records.
router.add_route("/p/{rest:path}", page, methods=["GET"])
router.add_route("/scans/county", county, methods=["POST"])
router.add_route("/static/{digest}/{name}", static, methods=["GET"])
router.add_route("/verifier.html", verifier, methods=["GET"])
