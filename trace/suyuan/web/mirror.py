"""A mirror serves what it verified, read-only, by the log's own paths (C2SP tlog-tiles)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI, Response

from suyuan.core.errors import Damaged, NotFound, Refused, SuyuanError
from suyuan.core.tiles import TILE, encode_entries, parse_tile_path
from suyuan.flow.mirror import Followed
from suyuan.ports.mirror import Kept, MirrorStore

_IMMUTABLE = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Access-Control-Allow-Origin": "*",
}
_FRESH = {"Cache-Control": "public, max-age=3", "Access-Control-Allow-Origin": "*"}


@dataclass(slots=True)
class Look:
    """What the last look brought, for who asks how the mirror is."""

    at: str = ""
    followed: Followed | None = None
    trouble: SuyuanError | None = None


def create_mirror(store: MirrorStore, policy: bytes, origin: str, look: Look) -> FastAPI:
    """The application: nothing is taken, and nothing given that was not verified."""
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
        "trouble": look.trouble.text if look.trouble else None,
    }


def _text(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="text/plain; charset=utf-8")


Step = Callable[[], Followed]


def look_once(step: Step, look: Look, now: Callable[[], str]) -> bool:
    """Take a step and note what it brought; False where there was trouble."""
    try:
        look.followed, look.trouble = step(), None
    except SuyuanError as problem:
        look.trouble = problem
    look.at = now()
    return look.trouble is None
