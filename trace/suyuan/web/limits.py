"""What holds for every request and every answer, whichever endpoint it is for."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from suyuan.core.errors import TooLarge
from suyuan.web.problems import problem
from suyuan.words import choose


class BodyLimit:
    """ASGI middleware: answers 413 as soon as a body is announced, or grows, beyond ``limit`` bytes,
    so that none reaches anything that would hold it in memory.

    ``own``: first parts of paths whose endpoints count for themselves, by a narrower limit, and tell
    people in a page.
    """

    def __init__(self, app: ASGIApp, limit: int, own: tuple[str, ...] = ()) -> None:
        self._app = app
        self._limit = limit
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = "/" + scope["path"][1:].partition("/")[0] if scope["type"] == "http" else ""
        if scope["type"] != "http" or first in self._own:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and (len(announced) > 19 or int(announced) > self._limit):
            await self._refuse(scope, receive, send)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._limit:
                    raise _Over
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _Over:
            if not started:
                await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        too_large = TooLarge("a request body has at most {limit} bytes", limit=self._limit)
        await problem(too_large, choose(accepted), request=Request(scope))(scope, receive, send)


class _Over(BaseException):
    """Not an Exception, so that no handler between here and there turns it into something else."""


class Slashes:
    """ASGI middleware: an address with a slash at its end is the one without it.

    Answered there and then: a redirect would lose the body of a POST, and the token on some clients.
    A URI that ends the path as it is, ``/master/https://coop.example/``, keeps its own slash.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            sent = scope.get("raw_path") or scope["path"].encode()
            raw = sent.partition(b"?")[0]
            # As it was sent: there an encoded slash is part of a value.
            own = b"://" in raw and not raw.endswith(b"/events/")
            if len(raw) > 1 and raw.endswith(b"/") and not own:
                scope = {**scope, "path": scope["path"][:-1], "raw_path": raw[:-1]}
        await self._app(scope, receive, send)


class CautiousHeaders:
    """ASGI middleware: what an endpoint says nothing of is never cached, sniffed or run as a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def cautious(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault(
                    "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"
                )
            await send(message)

        await self._app(scope, receive, cautious if scope["type"] == "http" else send)
