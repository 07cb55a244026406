"""A mirror serves what it verified, read-only, by the log's own paths (C2SP tlog-tiles)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import FastAPI, Query, Response
from fastapi.responses import StreamingResponse

from suyuan.adapters import elliptic  # noqa: F401
from suyuan.adapters.mirror_attachments import MirrorAttachments
from suyuan.adapters.mirror_contents import MirrorContents, line
from suyuan.core import jcs
from suyuan.core.encoding import parse_digest
from suyuan.core.errors import Damaged, NotFound, Refused, SuyuanError
from suyuan.core.tiles import TILE, encode_entries, parse_tile_path
from suyuan.flow.mirror import Followed
from suyuan.flow.mirror_contents import Said
from suyuan.ports.mirror import Kept, MirrorStore

_IMMUTABLE = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Access-Control-Allow-Origin": "*",
}
_LINES = "application/x-ndjson"
_CAUTIOUS = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
}
_FRESH = {"Cache-Control": "public, max-age=3", "Access-Control-Allow-Origin": "*"}


@dataclass(slots=True)
class Look:
    """What the last look brought, for who asks how the mirror is."""

    at: str = ""
    followed: Followed | None = None
    said: Said | None = None
    trouble: SuyuanError | None = None


def create_mirror(
    store: MirrorStore,
    policy: bytes,
    origin: str,
    look: Look,
    contents: MirrorContents | None = None,
    attached: MirrorAttachments | None = None,
) -> FastAPI:
    """The application: nothing is taken, and nothing given that was not verified.

    ``contents`` and ``attached``: what records say openly, and their photos and reports, where the
    mirror keeps that too.
    """
    app = FastAPI(title="Suyuan mirror", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(Refused)
    def refused(_: object, problem: Refused) -> Response:
        return _text(f"{problem.text}\n", 404)

    def head() -> Kept:
        found = store.head()
        if found is None:
            raise NotFound("nothing is sealed yet")
        return found

    @app.get("/log/checkpoint")
    def checkpoint() -> Response:
        return _text(head().note, headers=_FRESH)

    @app.get("/log/checkpoint/{size}")
    def checkpoint_at(size: int) -> Response:
        found = store.at(size)
        if found is None:
            raise NotFound("no checkpoint of size {size} was ever published", size=size)
        return _text(found.note, headers=_IMMUTABLE)

    @app.get("/log/policy.json")
    def policy_file() -> Response:
        return Response(policy, media_type="application/json", headers=_FRESH)

    @app.get("/log/tile/{path:path}")
    def tile(path: str) -> Response:
        asked = parse_tile_path(f"tile/{path}")
        first, last = asked.number * TILE, asked.number * TILE + asked.width
        if last << 8 * (asked.level or 0) > head().size:
            raise NotFound("the log is not that long yet")
        if asked.level is None:
            body = encode_entries(store.entries(first, last))
        else:
            body = b"".join(store.nodes(asked.level, first, last))
        return Response(body, media_type="application/octet-stream", headers=_IMMUTABLE)

    @app.get("/heads")
    def heads() -> Response:
        """All checkpoints that are kept, the newest last, as JSON lines."""
        kept = (found for size in store.sizes() if (found := store.at(size)) is not None)
        told = ({"size": one.size, "note": one.note, "seenAt": one.seen_at} for one in kept)
        body = b"".join(jcs.dumps(one) + b"\n" for one in told)
        return Response(body, media_type=_LINES, headers=_FRESH)

    @app.get("/records")
    def records(
        start: Annotated[int, Query(ge=0)] = 0, stop: Annotated[int | None, Query(ge=0)] = None
    ) -> Response:
        """What the log tells everybody of these records, as its own JSON lines (``/records``)."""
        if contents is None:
            raise NotFound("this mirror keeps no contents")
        end = contents.size() if stop is None else min(stop, contents.size())

        def blocks() -> Iterator[bytes]:
            for first in range(start, end, TILE):
                last = min(first + TILE, end)
                entries = store.entries(first, last)
                said = zip(contents.read(first, last), entries, strict=True)
                yield b"".join(line(one, entry) for one, entry in said)

        return StreamingResponse(blocks(), media_type=_LINES, headers=_FRESH)

    @app.get("/attachments/{digest}")
    def attachment(digest: str) -> Response:
        """A photo or report of a content that is kept. Its type is the event's to say."""
        body = attached.get(parse_digest(f"sha-256:{digest}")) if attached is not None else None
        if body is None:
            raise NotFound("no such attachment")
        return Response(body, media_type="application/octet-stream", headers=_CAUTIOUS)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz(response: Response) -> dict[str, object]:
        response.status_code = 503 if isinstance(look.trouble, Damaged) else 200
        return _state(store, origin, look)

    @app.get("/")
    def standing() -> Response:
        state = _state(store, origin, look)
        return _text("".join(f"{name}: {value}\n" for name, value in state.items()))

    return app


def _state(store: MirrorStore, origin: str, look: Look) -> dict[str, object]:
    found = store.head()
    return {
        "log": origin,
        "records": found.size if found else 0,
        "seenAt": found.seen_at if found else None,
        "checkpoints": len(store.sizes()),
        "lookedAt": look.at or None,
        "chain": look.followed.chain if look.followed else "not asked",
        "anchored": look.followed.chain_size if look.followed else None,
        "contents": look.said.held if look.said else None,
        "attachments": look.said.attached if look.said else None,
        "contentsWrong": list(look.said.wrong) if look.said else None,
        "trouble": look.trouble.text if look.trouble else None,
    }


def _text(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="text/plain; charset=utf-8")


Step = Callable[[], Followed]


def look_once(
    step: Step, look: Look, now: Callable[[], str], said: Callable[[], Said] | None = None
) -> bool:
    """Take a step and note what it brought; False where there was trouble.

    ``said``: what records say, asked for after the step; entries do not wait for it.
    """
    try:
        look.followed, look.trouble = step(), None
        if said is not None:
            look.said = said()
    except SuyuanError as problem:
        look.trouble = problem
    look.at = now()
    return look.trouble is None
