"""A witness's own small service: add-checkpoint (C2SP tlog-witness), and what it has seen."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from suyuan.adapters import elliptic  # noqa: F401
from suyuan.core.errors import (
    Conflict,
    Damaged,
    Forbidden,
    Malformed,
    NotFound,
    ProofError,
    SuyuanError,
)
from suyuan.core.witness import LONGEST
from suyuan.flow.witness import Elsewhere, Witness

_STATUS: tuple[tuple[type[SuyuanError], int], ...] = (
    (Malformed, 400),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (ProofError, 422),
    (Damaged, 500),
)


def create_witness(witness: Witness) -> FastAPI:
    """The application; nobody logs in, and nothing but cosignatures is given."""
    app = FastAPI(title="Suyuan witness", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST:
                break
        try:
            line = await run_in_threadpool(witness.add, body)
        except Elsewhere as elsewhere:
            # As a header: media_type would add a charset, and the standard names none.
            return Response(f"{elsewhere.size}\n", 409, {"Content-Type": "text/x.tlog.size"})
        except SuyuanError as problem:
            status = next((s for kind, s in _STATUS if isinstance(problem, kind)), 500)
            return _text(f"{problem.text}\n", status)
        return _text(line)

    @app.get("/")
    def seen() -> Response:
        lines = [witness.cosigner.key.vkey]
        for origin in witness.logs:
            found = witness.store.seen(origin)
            lines.append(f"{origin} {found.size if found else 0}")
        return _text("\n".join(lines) + "\n")

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _text(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="text/plain; charset=utf-8")
