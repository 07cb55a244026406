"""No request body larger than the setting reaches anything that would hold it in memory."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from suyuan.core.errors import TooLarge
from suyuan.web.problems import problem
from suyuan.words import choose


class BodyLimit:
    """ASGI middleware: answers 413 as soon as a body is announced, or grows, beyond ``limit`` bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        language = choose(headers.get(b"accept-language", b"").decode("latin-1"))
        refusal = problem(
            TooLarge("a request body has at most {limit} bytes", limit=self._limit), language
        )
        if announced.isdigit() and int(announced) > self._limit:
            await refusal(scope, receive, send)
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
                await refusal(scope, receive, send)


class _Over(BaseException):
    """Not an Exception, so that no handler between here and there turns it into something else."""
