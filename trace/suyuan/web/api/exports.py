"""What others' rules ask of a lot, for callers with a token: as files."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from suyuan.core.exports.eudr import to_text
from suyuan.flow.export import Exporter
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep, SubjectQuery
from suyuan.words import Language, say

router = APIRouter(prefix="/exports", tags=["exports"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}


@router.get(
    "/eudr",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}}},
)
def eudr(
    node: NodeDep, caller: CallerDep, language: LanguageDep, subject: SubjectQuery
) -> Response:
    """The plots of a lot's harvests as GeoJSON; its member ``missing`` says what is not there."""
    made = Exporter(node.database.log, node.prover).eudr(caller.viewer, subject)
    missing = [
        {
            "of": one.of,
            "member": one.member,
            "text": _words(language, one.said.template, **one.said.params),
        }
        for one in made.missing
    ]
    return Response(
        to_text({**made.collection, "missing": missing}),
        media_type="application/geo+json",
        headers={**_HEADERS, "Content-Disposition": 'attachment; filename="plots.geojson"'},
    )


@router.get(
    "/fsma",
    response_class=Response,
    responses={200: {"content": {_XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
def fsma(
    node: NodeDep, caller: CallerDep, language: LanguageDep, subject: SubjectQuery
) -> Response:
    """The FSMA 204 sheets of a lot, one for each critical tracking event, and one of what is missing."""
    # Loaded when it is needed: most services never write a workbook.
    from suyuan.adapters.workbook import workbook

    made = Exporter(node.database.log, node.prover).fsma(caller.viewer, subject)
    return Response(
        workbook(made.tables(partial(_words, language))),
        media_type=_XLSX,
        headers={**_HEADERS, "Content-Disposition": 'attachment; filename="fsma204.xlsx"'},
    )


def _words(language: Language, template: str, **params: object) -> str:
    return say(language)(template).format(**params)
