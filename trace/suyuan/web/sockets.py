"""Connections that are kept open to tell of new events: how many, how long, and at what cost.

Nothing is kept for a connection but its place in the log and the one message under way. While a reader
is slow nothing is read for it; who takes nothing for a while is cut off, since a closing handshake would
wait behind the very bytes that are not taken. All look at the log together, and questions to the
database have threads of their own, so that no number of connections takes those of other requests.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from suyuan.bootstrap import Node
from suyuan.core.epcis.schedule import Schedule
from suyuan.core.errors import SuyuanError, Unavailable
from suyuan.flow.accounts import Caller
from suyuan.flow.query import FoundEvent
from suyuan.web.forms import Form, query_document
from suyuan.words import choose, text_of

MOST_EACH, MOST_IN_ALL = 20, 500
"""Connections of one organisation, and of all together."""
PAUSE = 0.5
"""Seconds between looks at the log, for all connections together."""
CHECK = 10.0
"""Seconds between looks at whether a connection's token and query are still there."""
PATIENCE = 30.0
"""Seconds in which a reader has to take a message."""
MOST_BYTES = 256 * 1024
"""Of a message that has more than one event; most of what a slow reader can make us hold."""
MOST_TAKEN = 64 * 1024
"""Bytes of a message from the other side, which says nothing that we need."""
THREADS, THREADS_EACH = 8, 2
"""Questions to the database at once, and queries of one organisation among them."""
CLOSING = 10.0
"""Seconds for the other side to take what was said last."""
POLICY, TRY_LATER = 1008, 1013
"""Close codes (RFC 6455 §7.4)."""

_T = TypeVar("_T")


class Protocol(WebSocketsSansIOProtocol):
    """Uvicorn's, whose connection the application can cut: asyncio's own ``close`` first waits until
    everything is taken, which a reader that takes nothing can put off for ever."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            self.scope["state"]["cut"] = self.transport.abort

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()


@dataclass(slots=True)
class Connections:
    """Those that are open, by organisation, and the newest size of the log."""

    node: Node
    open: Counter[str] = field(default_factory=Counter)
    _threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(THREADS))
    _turns: dict[str, anyio.CapacityLimiter] = field(default_factory=dict)
    _size: int = 0
    _looked: float = float("-inf")
    _looking: anyio.Lock = field(default_factory=anyio.Lock)

    def enter(self, organisation: str) -> None:
        """Unavailable when there are too many already."""
        if self.open[organisation] >= MOST_EACH or self.open.total() >= MOST_IN_ALL:
            raise Unavailable("there are too many connections now")
        self.open[organisation] += 1

    def leave(self, organisation: str) -> None:
        self.open[organisation] -= 1
        if not self.open[organisation]:
            del self.open[organisation]
            self._turns.pop(organisation, None)

    def turn(self, organisation: str) -> anyio.CapacityLimiter:
        """Held while a query is answered: no organisation's take all threads."""
        return self._turns.setdefault(organisation, anyio.CapacityLimiter(THREADS_EACH))

    async def ask(self, question: Callable[[], _T]) -> _T:
        """Run what asks the database, in a thread of ours."""
        return await anyio.to_thread.run_sync(question, limiter=self._threads)

    async def size(self) -> int:
        """Records in the log, as of PAUSE ago at most."""
        async with self._looking:
            if anyio.current_time() - self._looked >= PAUSE:
                self._size = await self.ask(lambda: self.node.database.log.tail().size)
                self._looked = anyio.current_time()
            return self._size


@dataclass(slots=True)
class Telling:
    """One connection's own work, from when it was accepted until it is over."""

    connections: Connections
    socket: WebSocket
    caller: Caller
    query: str
    form: Form
    cursor: int
    schedule: Schedule | None
    since: str | None = None
    report_if_empty: bool = False
    _checked: float = field(default_factory=anyio.current_time)

    async def go(self) -> None:
        """Tell, until either side ends it."""
        ended: list[tuple[int, str]] = []
        async with anyio.create_task_group() as group:

            async def tell() -> None:
                with suppress(WebSocketDisconnect):
                    ended.append(await self._tell())
                group.cancel_scope.cancel()

            async def leave() -> None:
                await _left(self.socket)
                group.cancel_scope.cancel()

            group.start_soon(tell)
            group.start_soon(leave)
        for code, reason in ended:
            with anyio.move_on_after(1.0) as scope, suppress(WebSocketDisconnect, RuntimeError):
                # A close frame has room for 123 bytes (RFC 6455 §5.5).
                await self.socket.close(code, reason.encode()[:123].decode(errors="ignore"))
            if scope.cancelled_caught:
                self._cut()
        # Whatever of it is not taken by then never will be.
        asyncio.get_running_loop().call_later(CLOSING, self._cut)

    async def _tell(self) -> tuple[int, str]:
        """Until something ends it: the close code and the reason."""
        more, due = False, self._due()
        while True:
            try:
                if not more and not await self._something(due):
                    continue
                async with self.connections.turn(self.caller.organisation):
                    text, cursor, more = await self.connections.ask(self._next)
            except Unavailable:
                await anyio.sleep(PAUSE)
                continue
            except SuyuanError as error:
                language = choose(self.socket.headers.get("accept-language"))
                return POLICY, text_of(error, language)
            if text is not None:
                try:
                    with anyio.fail_after(PATIENCE):
                        await self.socket.send_text(text)
                except TimeoutError:
                    return TRY_LATER, "too slow"
            self.cursor = cursor
            due = self._due()

    def _next(self) -> tuple[str | None, int, bool]:
        """The next message, where to go on after it, and whether there may be more at once."""
        caller = self.caller
        news = self.connections.node.subscriptions.news(
            caller.viewer, self.query, caller.token, self.cursor, since=self.since
        )
        empty = self.report_if_empty and self.schedule is not None and not news.more
        if not news.events and not empty:
            return None, news.cursor, news.more
        events = news.events
        while len((text := self._text(events)).encode()) > MOST_BYTES and len(events) > 1:
            events = events[: len(events) // 2]
        if len(events) == len(news.events):
            return text, news.cursor, news.more
        return text, events[-1].index + 1, True

    def _text(self, events: Sequence[FoundEvent]) -> str:
        document = query_document(self.connections.node, events, self.form, name=self.query)
        return json.dumps(document, ensure_ascii=False)

    async def _something(self, due: datetime | None) -> bool:
        """Whether there may be something to tell, after a while; a token that was revoked or a query
        that was deleted raises what it raises everywhere."""
        await anyio.sleep(PAUSE)
        if anyio.current_time() - self._checked >= CHECK:
            node, caller = self.connections.node, self.caller
            await self.connections.ask(
                lambda: node.subscriptions.check(caller.viewer, self.query, caller.token)
            )
            self._checked = anyio.current_time()
        if self.schedule is not None:
            return due is not None and self._now() >= due
        return await self.connections.size() > self.cursor

    def _due(self) -> datetime | None:
        return None if self.schedule is None else self.schedule.after(self._now())

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.connections.node.clock.now())

    def _cut(self) -> None:
        cut = self.socket.scope.get("state", {}).get("cut")
        if cut is not None:
            cut()


async def _left(socket: WebSocket) -> None:
    """Ends when the other side does; what it says meanwhile means nothing here."""
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
    except RuntimeError:  # it was gone before
        return
