"""One record and its proof, in words: for who keeps the books and for who looks over them."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.flow.ground import HERE
from suyuan.flow.proof_state import ProofState, proof_state
from suyuan.flow.prove import RecordView
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.told import facts, rows

router = APIRouter(tags=["pages"], include_in_schema=False)


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
    watching = desk.actor.may("inspect") and deed.organisation != desk.actor.organisation
    back = f"/desk/regulator/organisation?{urlencode({'id': deed.organisation})}"
    return desk.page(
        "proof.html",
        back=back if watching else f"/desk/records/{index}",
        back_said=row.organisation if watching else desk.words("record {index}", index=index),
        row=row,
        facts=facts(desk, deed),
        deed=deed,
        late=late,
        line=line,
        proved=checked(desk, view),
        entry=view.entry,
    )


def checked(desk: Desk, view: RecordView) -> ProofState:
    """How far it is proved, checked here and now."""
    node = desk.node
    return proof_state(
        view,
        origin=node.settings.origin,
        verifier=node.sealer.signer.verifier,
        anchors=node.database.anchors,
    )
