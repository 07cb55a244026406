"""What was recorded, with its proof: single records, streams for auditors, bundles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from suyuan.core import jcs
from suyuan.core.epcis.event_hash import event_hashes
from suyuan.core.errors import NotFound, SuyuanError
from suyuan.core.identifiers import object_id
from suyuan.flow.prove import RecordView
from suyuan.web.deps import NodeDep, SubjectQuery, ViewerDep

router = APIRouter(tags=["proofs"])

_PART = 64 * 1024
"""Bytes of a stream that are made at a time: each part costs a hop to a thread and back."""
_VARY = {"Vary": "Authorization"}


def told(view: RecordView, *, hashed: bool = True) -> dict[str, Any]:
    """A record as JSON: what the viewer may see of it, and everything to check it with.

    ``hashed``: an event that is shown comes with its CBV event hash, by which others may know it.
    """
    event = view.content.get("event") if view.content and hashed else None
    return {
        "index": view.index,
        "kind": view.kind,
        "content": view.content,
        "disclosures": list(view.disclosures),
        "link": view.link,
        "entry": view.entry,
        "owner": view.owner,
        "hidden": view.hidden,
        "erased": view.erased,
        "eventHash": event_hashes([event])[0] if event else None,
        "proof": view.proof,
        "checkpoint": view.checkpoint,
    }


@router.get("/records")
def records(
    node: NodeDep,
    viewer: ViewerDep,
    start: Annotated[int, Query(ge=0)] = 0,
    stop: Annotated[int | None, Query(ge=0)] = None,
) -> StreamingResponse:
    """Records start ≤ index < stop as JSON lines, for audits: content null where hidden or erased."""

    def parts() -> Iterator[bytes]:
        part = bytearray()
        try:
            for view in node.prover.stream(viewer, start, stop):
                part += jcs.dumps(told(view, hashed=False)) + b"\n"
                if len(part) >= _PART:
                    yield bytes(part)
                    part.clear()
        except SuyuanError:
            yield bytes(part)  # all that is sound before the record that is not
            raise
        yield bytes(part)

    return StreamingResponse(parts(), media_type="application/x-ndjson", headers=_VARY)


@router.get("/bundle")
def bundle(
    node: NodeDep,
    viewer: ViewerDep,
    request: Request,
    subject: SubjectQuery,
    serial: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """The bundle of an object (formats.md §7) as this viewer may see it."""
    name = object_id(subject)
    if name is None:
        raise NotFound("{subject} is no lot, pack or other single thing", subject=subject)
    made = node.prover.bundle(viewer, name, serial=serial)
    filename = f"{name.rsplit('/', 1)[-1]}.suyuan.json"
    return Response(
        made,
        media_type="application/json",
        headers={
            **_VARY,
            "Content-Disposition": f'attachment; filename="{_plain(filename)}"',
            "Cache-Control": "no-cache" if viewer.organisation is None else "private, no-store",
        },
    )


def _plain(name: str) -> str:
    return "".join(c if (c.isalnum() and c.isascii()) or c in ".-_" else "_" for c in name)
