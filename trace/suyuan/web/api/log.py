"""The public log as C2SP tlog-tiles and tlog-checkpoint say (formats.md §5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from suyuan.core.cosignature import with_lines
from suyuan.core.errors import NotFound
from suyuan.core.tiles import TILE, encode_entries, parse_tile_path
from suyuan.web.deps import NodeDep

router = APIRouter(prefix="/log", tags=["log"])

_IMMUTABLE = "public, max-age=31536000, immutable"
_RECENT = "public, max-age=300"


@router.get("/checkpoint", response_class=Response)
def checkpoint(node: NodeDep) -> Response:
    """The newest signed checkpoint, with what witnesses say of it."""
    head = node.database.tree.latest()
    if head is None:
        raise NotFound("nothing is sealed yet")
    return Response(
        with_lines(head.note, node.database.tree.cosignatures(head.size)),
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3"},
    )


@router.get("/checkpoint/{size}", response_class=Response)
def checkpoint_at(node: NodeDep, size: Annotated[int, Path(ge=0, lt=1 << 48)]) -> Response:
    """A checkpoint published before; none is ever taken back. Witnesses may still cosign it."""
    head = node.database.tree.at(size)
    if head is None:
        raise NotFound("no checkpoint of size {size} was ever published", size=size)
    return Response(
        with_lines(head.note, node.database.tree.cosignatures(size)),
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": _RECENT},
    )


@router.get("/policy.json", response_class=Response)
def policy(node: NodeDep) -> Response:
    """The policy in force: what a verifier must get once, out of band."""
    row = node.database.anchors.policy()
    if row is None:
        raise NotFound("no policy yet: the log has no contract")
    return Response(
        row.policy,
        media_type="application/json",
        headers={"Cache-Control": "public, max-age=60"},
    )


@router.get("/tile/{path:path}", response_class=Response)
def tile(node: NodeDep, path: str) -> Response:
    """Hash tiles ``<L>/<N>[.p/<W>]`` and entry bundles ``entries/<N>[.p/<W>]``."""
    asked = parse_tile_path(f"tile/{path}")
    level, number, width = asked.level, asked.number, asked.width
    head = node.database.tree.latest()
    size = head.size if head else 0
    tree = node.database.tree
    first = number * TILE
    if level is None:
        if first + width > size:
            raise NotFound("the log is not that long yet")
        body = encode_entries(tree.entries(first, first + width))
    else:
        if (first + width) << (8 * level) > size:
            raise NotFound("the log is not that long yet")
        if level == 0:
            body = b"".join(tree.leaf_hashes(first, first + width))
        else:
            wanted = [(8 * level, number_) for number_ in range(first, first + width)]
            hashes = tree.nodes(wanted)
            body = b"".join(hashes[node_] for node_ in wanted)
    return Response(
        body,
        media_type="application/octet-stream",
        headers={"Cache-Control": _IMMUTABLE},
    )
