"""One record and its proof, in words: for who keeps the books and for who looks over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.errors import Damaged, Refused
from suyuan.core.merkle import leaf_hash, verify_inclusion
from suyuan.core.tlog_proof import parse_proof
from suyuan.flow.ground import HERE
from suyuan.flow.prove import RecordView
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.told import facts, rows

router = APIRouter(tags=["pages"], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Proved:
    """What was checked just now: ``state`` is sealed, anchored, waiting or broken."""

    state: str
    size: int | None = None
    """Of the checkpoint that the record lies under."""
    block_time: str | None = None


@router.get("/desk/proof/{index}")
def proof(desk: DeskDep, index: int) -> Response:
    """A record of one's own books, or of the area's for a regulator."""
    desk.actor.require("see records")
    books = desk.node.books
    line = books.one(desk.actor.viewer, index)
    view = desk.node.prover.record(desk.actor.viewer, index)
    deed = line.deed
    late = 0
    if deed.recorded:
        moment = datetime.fromisoformat(deed.recorded) + HERE
        late = (moment.date() - deed.day).days
    (row,) = rows(desk, [line])
    return desk.page(
        "proof.html",
        row=row,
        facts=facts(desk, deed),
        deed=deed,
        late=late,
        line=line,
        proved=checked(desk, view),
        entry=view.entry,
    )


def checked(desk: Desk, view: RecordView) -> Proved:
    """The inclusion proof, checked here against the signed checkpoint, and whether that is anchored."""
    if view.proof is None or view.checkpoint is None:
        return Proved("waiting")
    signer = desk.node.sealer.signer
    try:
        head = open_checkpoint(view.checkpoint, [signer.verifier], desk.node.settings.origin)
        index, hashes = parse_proof(view.proof)
        verify_inclusion(leaf_hash(view.entry.encode()), index, head.size, hashes, head.root)
    except (Refused, Damaged):
        return Proved("broken")
    policy = desk.node.database.anchors.policy()
    anchors = desk.node.database.anchors
    anchored = anchors.covering(policy.version, view.index + 1) if policy else None
    if anchored is None:
        return Proved("sealed", head.size)
    return Proved("anchored", head.size, anchored.block_time)
