"""The node's own vocabulary under ``/voc/``: a page for people, JSON-LD for programs.

The URIs of terms stand in records that are anchored, so each resolves as long as the host does.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from suyuan.core.errors import NotFound
from suyuan.core.farm.vocabulary import TERMS, as_json_ld
from suyuan.web.binding import JSON_LD
from suyuan.web.deps import language_of, node_of
from suyuan.web.pages import sheet, wants_page
from suyuan.web.verdicts import Verdict
from suyuan.web.wording import wording
from suyuan.words import LANGUAGES, say

router = APIRouter(tags=["pages"])


def vocabulary(request: Request) -> Response:
    """All terms, or the one that the path names; 404 for a word that is none of ours."""
    name = request.path_params.get("term", "")
    if name and name not in TERMS:
        raise NotFound("{name} is no word of this vocabulary", name=name[:80])
    terms = {name: TERMS[name]} if name else dict(TERMS)
    base = node_of(request).settings.uri_base
    if not wants_page(request) or "text/html" not in request.headers.get("accept", ""):
        told = as_json_ld(terms, base, {language: say(language) for language in LANGUAGES})
        headers = {"Vary": "Accept", "Cache-Control": "public, max-age=3600"}
        return JSONResponse(told, headers=headers, media_type=JSON_LD)
    _ = wording(language_of(request))
    if name:
        title, lines = _(TERMS[name].label.template), [f"{base}voc/{name}"]
    else:
        title = _("Vocabulary of this node")
        lines = [_("What the words in its records mean. They stay as they are."), f"{base}voc/"]
    verdict = Verdict("vocabulary", 200, "ours", "book", title, tuple(lines))
    answer = sheet(
        "vocabulary.html", verdict, request, terms=list(terms.values()), alone=bool(name)
    )
    answer.headers["Vary"] = "Accept, Accept-Language, Cookie"
    return answer


router.add_route("/voc", vocabulary, methods=["GET"])
router.add_route("/voc/", vocabulary, methods=["GET"])
router.add_route("/voc/{term}", vocabulary, methods=["GET"])
