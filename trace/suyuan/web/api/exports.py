"""What others' rules ask of a lot, for callers with a token: as files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from suyuan.core.exports.eudr import to_text
from suyuan.flow.export import Exporter
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep
from suyuan.words import say

router = APIRouter(prefix="/exports", tags=["exports"])

Subject = Annotated[str, Query(max_length=2000)]
_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}


@router.get(
    "/eudr",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}}},
)
def eudr(node: NodeDep, caller: CallerDep, language: LanguageDep, subject: Subject) -> Response:
    """The plots of a lot's harvests as GeoJSON; its member ``missing`` says what is not there."""
    made = Exporter(node.database.log, node.prover).eudr(caller.viewer, subject)
    word = say(language)
    missing = [
        {
            "of": one.of,
            "member": one.member,
            "text": word(one.said.template).format(**one.said.params),
        }
        for one in made.missing
    ]
    return Response(
        to_text({**made.collection, "missing": missing}),
        media_type="application/geo+json",
        headers={**_HEADERS, "Content-Disposition": 'attachment; filename="plots.geojson"'},
    )
