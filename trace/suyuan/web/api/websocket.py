"""Named queries over WebSocket (EPCIS 2.0 §12.9): new events go to who holds a connection open.

One message is an EPCISQueryDocument, in the order of recording. Who comes back says from when on.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket

from suyuan.bootstrap import Node
from suyuan.core.epcis.schedule import RANGES, Schedule
from suyuan.core.errors import Forbidden, Malformed, SuyuanError, Unauthenticated
from suyuan.core.timestamps import to_utc_millis
from suyuan.flow.accounts import Caller
from suyuan.web.binding import JSON, VERSIONS, check_versions
from suyuan.web.forms import Form, form_for
from suyuan.web.problems import problem
from suyuan.web.sockets import Connections, Telling
from suyuan.words import choose

router = APIRouter()

SUBPROTOCOL = "suyuan.events"
_BEARER = "bearer."
"""Before a token among the subprotocols, for browsers, which can set no header."""
_FORMATS = {"No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"}


@router.websocket("/queries/{name}/events")
async def follow(socket: WebSocket, name: str) -> None:
    """Tell of each new event at once (``?stream=true``), or by the clock (``?hour=6&minute=0``)."""
    connections: Connections = socket.app.state.connections
    node = connections.node
    try:
        caller, form, asked, cursor, schedule = await connections.ask(
            lambda: _asked_for(node, socket, name)
        )
        connections.enter(caller.organisation)
    except SuyuanError as error:
        language = choose(socket.headers.get("accept-language"))
        await socket.send_denial_response(problem(error, language))
        return
    try:
        since = asked.get("initialRecordTime")
        since = None if since is None else to_utc_millis(since)
        head = {
            **VERSIONS,
            "GS1-EPC-Format": form.epc,
            "GS1-Query-Min-Record-Time": since or node.clock.now(),
        }
        ours = SUBPROTOCOL if SUBPROTOCOL in socket.scope["subprotocols"] else None
        headers = [(name.lower().encode(), value.encode()) for name, value in head.items()]
        await socket.accept(ours, headers)
        empty = bool(asked.get("reportIfEmpty"))
        await Telling(connections, socket, caller, name, form, cursor, schedule, since, empty).go()
    finally:
        connections.leave(caller.organisation)


def _asked_for(
    node: Node, socket: WebSocket, name: str
) -> tuple[Caller, Form, dict[str, Any], int, Schedule | None]:
    """Who asks, for which form, for what; from which record on, and when."""
    _same_origin(node, socket)
    caller = _caller(node, socket)
    check_versions(socket.headers)
    form, asked = _form(node, socket), _asked(socket)
    return caller, form, asked, *node.subscriptions.start(caller, name, asked)


def _same_origin(node: Node, socket: WebSocket) -> None:
    """Pages of others are refused, unless an administrator named them: a browser sends an Origin
    (RFC 6455 §10.2), and asks no server beforehand as it does for other requests (CORS)."""
    origin = socket.headers.get("origin")
    if origin is None:
        return
    own = {_origin(node.settings.public_url), *map(_origin, node.settings.socket_origins)}
    if _origin(origin) not in own and urlsplit(origin).netloc != socket.headers.get("host"):
        raise Forbidden("pages of {origin} may not listen here", origin=origin[:200])


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _caller(node: Node, socket: WebSocket) -> Caller:
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return node.accounts.authenticate(token.strip())
    for each in socket.scope["subprotocols"]:
        if each.startswith(_BEARER):
            return node.accounts.authenticate(each.removeprefix(_BEARER))
    raise Unauthenticated("send your token as `Authorization: Bearer …`")


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
