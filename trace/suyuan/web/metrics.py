"""Metrics for Prometheus at ``/metrics``: how the log, the chain, the workers and the requests do.

For administrators' tokens alone (Prometheus sends a bearer token itself): volumes are nobody else's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from suyuan.bootstrap import Node
from suyuan.web.admin import administrator_of
from suyuan.workers import Workers

WORKERS = (
    "jobs",
    "seal",
    "scrub",
    "anchor",
    "witness",
    "attachments",
    "deliver",
    "labels",
    "rules",
    "scans",
    "sessions",
)
_PART_OF = {"deliver-turn": "deliver", "label-job": "labels"}
_MOST = 10_000


class Readings:
    """Collects at every scrape what the stores say then."""

    def __init__(self, node: Node, workers: Workers) -> None:
        self._node = node
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """One gauge for each reading; unknown ones are left out, never told as zero."""
        standing = self._node.standing()
        stores = self._node.database
        yield _gauge("records", "Records in the log", standing.records)
        yield _gauge("sealed_records", "Records under the newest checkpoint", standing.sealed)
        yield _gauge("anchored_records", "Records that the contract holds", standing.anchored)
        yield _gauge("waiting_records", "Records that wait for the chain", standing.waiting)
        if standing.since is not None:
            yield _gauge(
                "waiting_since_timestamp_seconds",
                "recordTime of the oldest record that waits for the chain, Unix time",
                datetime.fromisoformat(standing.since).timestamp(),
            )
        damaged = stores.tree.damage() is not None
        yield _gauge("damaged", "1 if stored data is damaged and nothing is sealed", int(damaged))
        yield from self._scrub()
        if standing.wallet is not None:
            left = standing.wallet.anchors_left
            yield _gauge(
                "anchors_left",
                "Anchors that the wallet pays for (infinite where gas costs nothing)",
                float("inf") if left is None else left,
            )
        yield _gauge(
            "chain_answers", "1 if the chain answered just now", int(standing.silent is None)
        )
        failing = stores.subscriptions.list(None, None, limit=_MOST)
        yield _gauge(
            "failing_subscriptions",
            "Subscribers whose last delivery failed",
            sum(1 for one in failing if one.failures),
        )
        troubles = GaugeMetricFamily(
            "suyuan_worker_in_trouble", "1 if the worker met an error last", labels=["worker"]
        )
        now = {_PART_OF.get(name, name) for name in dict(self._workers.troubles)}
        for name in WORKERS:
            troubles.add_metric([name], int(name in now))
        yield troubles

    def _scrub(self) -> Iterator[Metric]:
        at = self._node.database.tree.scrubbed()
        yield _gauge("scrubbed_records", "Records re-hashed in the running round", at.index)
        if at.ended_at:
            yield _gauge(
                "scrub_round_ended_timestamp_seconds",
                "When the last round of re-hashing ended, Unix time",
                datetime.fromisoformat(at.ended_at).timestamp(),
            )
            yield _gauge(
                "scrub_round_damages", "Damaged things that the last round found", at.last_found
            )


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"suyuan_{name}", text, value=value)


class Requests:
    """ASGI middleware: requests by route and status, and how long they took."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._count = Counter(
            "suyuan_requests", "Requests answered", ["route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "suyuan_request_seconds", "Time to the end of an answer", ["route"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # The template of the route, not the address: codes are no labels, and without end.
            route = getattr(scope.get("route"), "path", None) or "none"
            self._count.labels(route, str(status)).inc()
            self._seconds.labels(route).observe(time.perf_counter() - began)


def add_metrics(app: FastAPI, node: Node, workers: Workers) -> None:
    """Count from now on, and tell at ``/metrics``."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Readings(node, workers))
    app.add_middleware(Requests, registry=registry)

    def metrics(request: Request) -> Response:
        """All of it, in the text format of Prometheus."""
        administrator_of(request)
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.add_route("/metrics", metrics, include_in_schema=False)
