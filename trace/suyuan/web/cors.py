"""Who may read our answers in a browser: pages of every host, all that is open (Fetch standard, CORS).

Open is whatever answers to the request alone: what is public, and what a token in the request's own
Authorization header opens. Nothing here hangs on a cookie or on a password that a browser keeps, so a
stranger's page learns no more than its maker could ask for. ``Access-Control-Allow-Credentials`` is
never sent: with it, ``*`` would mean what a browser keeps for us too.

Closed is what no page of another host has business with: see ``CLOSED``.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSED = ("/admin", "/chain", "/desk", "/metrics", "/organisations", "/tokens")
"""The administrators' own: pages that a password opens (browsers keep it), numbers on the service,
who may do what; and the way to our RPC node, which is there for our own pages."""

EVERY_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Allow, Content-Disposition, Content-Language, ETag, Link, Location, Retry-After, "
        "WWW-Authenticate, GS1-Capture-Error-Behaviour, GS1-CBV-Max, GS1-CBV-Min, GS1-CBV-Version, "
        "GS1-CBV-XML-Format, GS1-EPC-Format, GS1-EPCIS-Capture-File-Size-Limit, "
        "GS1-EPCIS-Capture-Limit, GS1-EPCIS-Max, GS1-EPCIS-Min, GS1-EPCIS-Version, GS1-Extensions, "
        "GS1-Next-Page-Token-Expires, GS1-Vendor-Version, Suyuan-Untranslated"
    ),
}
OPTIONS = {
    "Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    "Access-Control-Allow-Headers": (
        "Accept, Accept-Language, Authorization, Content-Type, GS1-Capture-Error-Behaviour, "
        "GS1-CBV-Max, GS1-CBV-Min, GS1-CBV-Version, GS1-CBV-XML-Format, GS1-EPC-Format, "
        "GS1-EPCIS-Max, GS1-EPCIS-Min, GS1-EPCIS-Version, GS1-Extensions, Idempotency-Key, "
        "If-None-Match, Suyuan-Name, Suyuan-Private"
    ),
    "Access-Control-Max-Age": "600",
}


def is_open(path: str) -> bool:
    """Whether other hosts' pages may read what is answered there."""
    return not any(path == closed or path.startswith(f"{closed}/") for closed in CLOSED)


class Cors:
    """ASGI middleware: says so on every answer, whatever its status, and answers preflights.

    It has to stand outside of all others, so that their refusals and our own faults are read too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        options = scope["method"] == "OPTIONS"
        if options and {"origin", "access-control-request-method"} <= set(Headers(scope=scope)):
            await Response(None, 204, EVERY_ANSWER | OPTIONS)(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(EVERY_ANSWER)
                if options:
                    headers.update(OPTIONS)
                    if "allow" in headers:
                        headers["Access-Control-Allow-Methods"] = headers["allow"]
            await send(message)

        await self._app(scope, receive, opened)
