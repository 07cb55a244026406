"""The service: API, public log and pages over one node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from suyuan.adapters import elliptic  # noqa: F401
from suyuan.bootstrap import Node
from suyuan.core.errors import Fatal, SuyuanError
from suyuan.core.policy import parse_policy
from suyuan.flow.anchor import ChainReset
from suyuan.web import admin, certificate_page, pages, reports, resolver, vocabulary
from suyuan.web.api import (
    accounts,
    books,
    brands,
    capture,
    cases,
    certificates,
    chain,
    epcis,
    exports,
    farm_exports,
    gates,
    imports,
    issue,
    lineage,
    log,
    master,
    printing,
    proofs,
    queries,
    rules,
    signing,
    subscriptions,
    websocket,
)
from suyuan.web.binding import add_options
from suyuan.web.cors import Cors
from suyuan.web.deps import NodeDep
from suyuan.web.desk.errors import on_desk
from suyuan.web.desk.places import routers
from suyuan.web.limits import BodyLimit, CautiousHeaders, Slashes
from suyuan.web.metrics import add_metrics
from suyuan.web.openapi import describe
from suyuan.web.problems import PROBLEM, on_crash, on_error, on_http, on_misfit
from suyuan.web.sockets import Connections
from suyuan.workers import Workers

EPCIS = (capture.binding, subscriptions.binding, queries.binding, epcis.binding)
"""The endpoints of EPCIS 2.0 itself, beside ours."""


def create_app(node: Node, *, workers: bool | None = None) -> FastAPI:
    """Build the application; its lifespan runs the workers (settings decide, unless told)."""
    keepers = Workers(node, _refound, writer=subscriptions.Deliveries(node))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        run = node.settings.workers if workers is None else workers
        if run:
            keepers.start()
        yield
        if run:
            keepers.stop()
        node.close()

    app = _Service(
        title="Suyuan",
        summary="Farm records, signed, logged and anchored",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        responses={"default": PROBLEM},
        exception_handlers={
            SuyuanError: on_desk(on_error),
            HTTPException: on_desk(on_http),
            RequestValidationError: on_desk(on_misfit),
            Exception: on_desk(on_crash),
        },
    )
    app.state.node = node
    app.state.workers = keepers
    app.add_middleware(BodyLimit, limit=node.settings.max_body, own=("/report", "/reports"))
    app.router.routes.extend(_routes())
    limits = {
        "GS1-EPCIS-Capture-Limit": str(node.settings.max_events),
        "GS1-EPCIS-Capture-File-Size-Limit": str(node.settings.max_body),
        "GS1-Capture-Error-Behaviour": "rollback, proceed",
    }
    add_options(app, EPCIS, {"/capture": limits, "/": limits})
    app.add_api_route("/healthz", _healthz, methods=["GET"], tags=["health"])
    app.add_api_route("/readyz", _readyz, methods=["GET"], tags=["health"])
    app.state.connections = Connections(node)
    app.router.default = resolver.elsewhere
    add_metrics(app, node, keepers)
    describe(app)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """What every node answers alike. To read all these signatures takes a quarter of a second, at the
    first request: so they are put together once in a process, not once a node."""
    shared = APIRouter(responses={"default": PROBLEM})
    # The pages first: routes are tried one after the other, and most of all readers come for those.
    for module in (
        pages,
        reports,
        certificate_page,
        admin,
        vocabulary,
        resolver,
        capture,
        accounts,
        issue,
        printing,
        proofs,
        log,
        chain,
        exports,
        master,
        books,
        lineage,
        brands,
        certificates,
        gates,
        rules,
        imports,
        farm_exports,
        signing,
        cases,
    ):
        shared.include_router(module.router)
    for router in (*routers(), *EPCIS, websocket.router):
        shared.include_router(router)
    return tuple(shared.routes)


class _Service(FastAPI):
    """The framework's application within what holds for every answer, its own last resort included."""

    def build_middleware_stack(self) -> ASGIApp:
        return Cors(CautiousHeaders(Slashes(super().build_middleware_stack())))


def _refound(node: Node, reset: ChainReset) -> None:
    # Loaded when it is needed: most services never meet a chain that was started over.
    from suyuan.found import refound_devnet

    refound_devnet(node, reset)


def _healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


def _readyz(node: NodeDep, request: Request) -> JSONResponse:
    """The database answers and no worker is in trouble that an operator has to look at."""
    tail = node.database.log.tail()
    head = node.database.tree.latest()
    damage = node.database.tree.damage()
    policy, closing = node.database.anchors.policy(), node.database.log.closing()
    troubles: dict[str, SuyuanError] = request.app.state.workers.troubles
    body = {
        "records": tail.size,
        "sealed": head.size if head else 0,
        "policy": {
            "version": policy.version,
            "since": policy.since,
            "fingerprint": parse_policy(policy.policy).fingerprint(),
        }
        if policy
        else None,
        "damage": f"record {damage.index}: {damage.what}" if damage else None,
        "closed": closing.at if closing else None,
        "troubles": {name: str(problem) for name, problem in sorted(troubles.items())},
    }
    stopped = damage is not None or any(isinstance(p, Fatal) for p in troubles.values())
    return JSONResponse(body, 503 if stopped else 200)
