"""The service: API, public log and pages over one node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from suyuan.bootstrap import Node, Workers
from suyuan.core.errors import SuyuanError
from suyuan.web import pages
from suyuan.web.api import accounts, capture, chain, issue, log, proofs
from suyuan.web.deps import NodeDep
from suyuan.web.limits import BodyLimit
from suyuan.web.problems import on_crash, on_error, on_http


def create_app(node: Node, *, workers: bool | None = None) -> FastAPI:
    """Build the application; its lifespan runs the workers (settings decide, unless told)."""
    keepers = Workers(node)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        run = node.settings.workers if workers is None else workers
        if run:
            keepers.start()
        yield
        if run:
            keepers.stop()
        node.close()

    app = FastAPI(
        title="Suyuan",
        summary="Farm records, signed, logged and anchored",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            SuyuanError: on_error,
            HTTPException: on_http,
            Exception: on_crash,
        },
    )
    app.state.node = node
    app.state.workers = keepers
    app.add_middleware(BodyLimit, limit=node.settings.max_body)
    for module in (capture, accounts, issue, proofs, log, chain):
        app.include_router(module.router)
    app.include_router(pages.router)
    app.add_api_route("/healthz", _healthz, methods=["GET"], tags=["health"])
    app.add_api_route("/readyz", _readyz, methods=["GET"], tags=["health"])
    return app


def _healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


def _readyz(node: NodeDep) -> JSONResponse:
    """The database answers and no worker is in trouble that an operator has to look at."""
    tail = node.database.log.tail()
    head = node.database.tree.latest()
    damage = node.database.tree.damage()
    body = {
        "records": tail.size,
        "sealed": head.size if head else 0,
        "damage": f"record {damage.index}: {damage.what}" if damage else None,
    }
    return JSONResponse(body, 503 if damage else 200)
