"""Named queries over WebSocket (EPCIS 2.0 §12.9): new events go to who holds a connection open.

One message is an EPCISQueryDocument of at most 500 events, in the order of recording. Nothing is
kept for a connection but its place in the log: while a reader is slow nothing is read for it, and
after a minute without its taking a message the connection ends. Who comes back says from when on.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import anyio
from fastapi import APIRouter, WebSocket
from starlette.concurrency import run_in_threadpool

from suyuan.bootstrap import Node
from suyuan.core.epcis.schedule import RANGES, Schedule
from suyuan.core.errors import Malformed, SuyuanError, Unauthenticated, Unavailable
from suyuan.flow.accounts import Caller
from suyuan.flow.query import FoundEvent
from suyuan.web.binding import JSON
from suyuan.web.forms import Form, form_for, query_document
from suyuan.web.problems import problem
from suyuan.words import choose, text_of

router = APIRouter()

MOST_EACH, MOST_IN_ALL = 20, 500
"""Connections of one organisation, and of all together."""
PAUSE = 0.5
"""Seconds between looks at the log for one connection."""
PATIENCE = 60.0
"""Seconds in which a reader has to take a message."""
_FORMATS = {"No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"}
_POLICY, _TRY_LATER = 1008, 1013


@dataclass(slots=True)
class Connections:
    """How many are open, by organisation."""

    open: Counter[str] = field(default_factory=Counter)

    def enter(self, organisation: str) -> None:
        """Unavailable when there are too many already."""
        if self.open[organisation] >= MOST_EACH or self.open.total() >= MOST_IN_ALL:
            raise Unavailable("there are too many connections now")
        self.open[organisation] += 1

    def leave(self, organisation: str) -> None:
        self.open[organisation] -= 1


@router.websocket("/queries/{name}/events")
async def follow(socket: WebSocket, name: str) -> None:
    """Tell of each new event at once (``?stream=true``), or by the clock (``?hour=6&minute=0``)."""
    node: Node = socket.app.state.node
    connections: Connections = socket.app.state.connections
    try:
        caller = await run_in_threadpool(_caller, node, socket)
        form = _form(node, socket)
        asked = _asked(socket)
        cursor, schedule = await run_in_threadpool(node.subscriptions.start, caller, name, asked)
        connections.enter(caller.organisation)
    except SuyuanError as error:
        language = choose(socket.headers.get("accept-language"))
        await socket.send_denial_response(problem(error, language))
        return
    try:
        await socket.accept()
        told = _Telling(node, socket, caller, name, form, bool(asked.get("reportIfEmpty")))
        ended: list[tuple[int, str]] = []

        async def tell() -> None:
            ended.append(await told.go(cursor, schedule))
            group.cancel_scope.cancel()

        async def leave() -> None:
            await _left(socket)
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(tell)
            group.start_soon(leave)
        for code, reason in ended:
            # A close frame has room for 123 bytes (RFC 6455 §5.5).
            await socket.close(code, reason.encode()[:123].decode(errors="ignore"))
    finally:
        connections.leave(caller.organisation)


@dataclass(slots=True)
class _Telling:
    """One connection's own work."""

    node: Node
    socket: WebSocket
    caller: Caller
    query: str
    form: Form
    report_if_empty: bool

    async def go(self, cursor: int, schedule: Schedule | None) -> tuple[int, str]:
        """Until something ends it: the close code and the reason (RFC 6455 §7.4)."""
        more = False
        while True:
            if not more:
                await self._wait(schedule)
            size = await run_in_threadpool(lambda: self.node.database.log.tail().size)
            if cursor >= size and schedule is None:
                continue
            try:
                news = await run_in_threadpool(
                    self.node.subscriptions.news,
                    self.caller.viewer, self.query, self.caller.token, cursor,
                )  # fmt: skip
            except Unavailable:
                continue
            except SuyuanError as error:
                language = choose(self.socket.headers.get("accept-language"))
                return _POLICY, text_of(error, language)
            more = news.more
            if news.events or (self.report_if_empty and schedule is not None and not more):
                text = await run_in_threadpool(self._text, news.events)
                try:
                    with anyio.fail_after(PATIENCE):
                        await self.socket.send_text(text)
                except TimeoutError:
                    return _TRY_LATER, "too slow"
            cursor = news.cursor

    def _text(self, events: tuple[FoundEvent, ...]) -> str:
        document = query_document(self.node, events, self.form, name=self.query)
        return json.dumps(document, ensure_ascii=False)

    async def _wait(self, schedule: Schedule | None) -> None:
        """Until the next look, or the next time of the schedule; a revoked token is noticed then."""
        if schedule is None:
            await anyio.sleep(PAUSE)
            return
        now = datetime.fromisoformat(self.node.clock.now())
        due = schedule.after(now)
        await anyio.sleep((due - now).total_seconds() if due is not None else 86_400.0)


async def _left(socket: WebSocket) -> None:
    """Ends when the other side does; what it says meanwhile means nothing here."""
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
    except RuntimeError:  # it was gone before
        return


def _caller(node: Node, socket: WebSocket) -> Caller:
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send your token as `Authorization: Bearer …`")
    return node.accounts.authenticate(token.strip())


def _form(node: Node, socket: WebSocket) -> Form:
    epc: Any = socket.headers.get("gs1-epc-format", "Always_GS1_Digital_Link")
    if epc not in _FORMATS:
        raise Malformed(
            "{name} is not as it should be; for example {example}",
            path="gs1-epc-format",
            name="GS1-EPC-Format",
            example="Always_EPC_URN",
        )
    cbv: Literal["No_Preference"] = "No_Preference"
    return form_for(node, JSON, epc, cbv)


def _asked(socket: WebSocket) -> dict[str, Any]:
    """The body that a webhook's subscription would have, from the address."""
    given = dict(socket.query_params)
    asked: dict[str, Any] = {}
    for name in ("stream", "reportIfEmpty"):
        if name in given:
            asked[name] = {"true": True, "false": False}.get(given.pop(name), "")
    if "initialRecordTime" in given:
        asked["initialRecordTime"] = given.pop("initialRecordTime")
    schedule = {name: given.pop(name) for name in RANGES if name in given}
    if schedule:
        asked["schedule"] = schedule
    for name in given:
        raise Malformed(
            "{name} is not a member here; there are {allowed}",
            path=f"/{name[:100]}",
            name=name[:100],
            allowed=", ".join(("stream", "reportIfEmpty", "initialRecordTime", *RANGES)),
        )
    return asked
