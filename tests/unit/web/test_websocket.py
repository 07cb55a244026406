"""Named queries over WebSocket: each new event to who listens, in order, and nothing to anybody else."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from epcis_asking import event
from nodes import World
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from suyuan.core.epcis.reading import read_events
from suyuan.flow import subscribe
from suyuan.web import sockets
from suyuan.web.app import create_app


@pytest.fixture
def listening(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Looks often, and everybody has a query for everything."""
    monkeypatch.setattr(sockets, "PAUSE", 0.02)
    monkeypatch.setattr(sockets, "CHECK", 0.1)
    for who in ("coop", "other"):
        body = {"name": "all", "query": {}}
        world.client.post("/queries", json=body, headers=world.head(who))
    return world


def follow(world: World, who: str = "coop", query: str = "stream=true", **head: str) -> Any:
    return world.client.websocket_connect(
        f"/queries/all/events?{query}", headers=world.head(who, **head)
    )


def record(world: World, *lots: str, **more: Any) -> None:
    for lot in lots:
        answer = world.client.post("/events", json=event(lot, **more), headers=world.head("coop"))
        assert answer.status_code == 201, answer.text


def lots(text: str) -> list[str]:
    return [one["quantityList"][0]["epcClass"][-2:] for one in read_events(text.encode()).events]


def test_each_event_in_order_from_now_on(listening: World) -> None:
    record(listening, "A0")
    with follow(listening) as ours:
        record(listening, "A1", "A2")
        seen: list[str] = []
        while len(seen) < 2:
            text = ours.receive_text()
            seen += lots(text)
            assert json.loads(text)["epcisBody"]["queryResults"]["queryName"] == "all"
        assert seen == ["A1", "A2"]


def test_from_a_time_on_and_in_parts(listening: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribe, "AT_ONCE", 2)
    record(listening, *(f"B{n}" for n in range(5)))
    with follow(listening, query="stream=true&initialRecordTime=2000-01-01T00:00:00Z") as ours:
        parts = [lots(ours.receive_text()) for _ in range(3)]
    assert parts == [["B0", "B1"], ["B2", "B3"], ["B4"]]


def test_only_what_one_may_see_and_in_the_form_asked_for(listening: World) -> None:
    urn = "urn:epc:class:lgtin:9521234.000006.C2"
    kept = {"GS1-EPC-Format": "Never_Translates"}
    with follow(listening, "other", **kept) as theirs:
        record(listening, "C1", action="OBSERVE", bizStep="shipping")  # trade: not for them
        record(listening, "C2", quantityList=[{"epcClass": urn, "quantity": 1}])
        text = theirs.receive_text()
    assert urn in text
    assert "C1" not in text


def test_by_the_clock(listening: World) -> None:
    record(listening, "D1")
    query = "second=[0-59]&reportIfEmpty=true&initialRecordTime=2000-01-01T00:00:00Z"
    with follow(listening, query=query) as ours:
        assert lots(ours.receive_text()) == ["D1"]
        assert lots(ours.receive_text()) == []


@pytest.mark.parametrize(
    ("query", "who", "status"),
    [
        ("stream=true", None, 401),
        ("", "coop", 400),
        ("stream=yes", "coop", 400),
        ("hour=25", "coop", 400),
        ("stream=true&hour=1", "coop", 400),
        ("stream=true&initialRecordTime=then", "coop", 400),
        ("stream=true&colour=red", "coop", 400),
        ("stream=true", "bureau", 404),
        ("stream=true&access_token={token}", "coop", 400),
    ],
)
def test_refused_before_it_begins(
    listening: World, query: str, who: str | None, status: int
) -> None:
    head = listening.head(who) if who else {}
    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        listening.client.websocket_connect(f"/queries/all/events?{query}", headers=head),
    ):
        pass
    assert caught.value.status_code == status
    assert caught.value.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ({"GS1-EPCIS-Version": "1.2"}, 406),
        ({"GS1-CBV-Version": "1.2.2"}, 406),
        ({"GS1-EPCIS-Min": "2.1"}, 406),
        ({"GS1-CBV-Max": "1.9"}, 406),
        ({"GS1-EPCIS-Version": "two"}, 400),
        ({"GS1-EPC-Format": "As_You_Like"}, 400),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
    ],
)
def test_refused_for_its_headers(listening: World, head: dict[str, str], status: int) -> None:
    with pytest.raises(WebSocketDenialResponse) as caught, follow(listening, **head):
        pass
    assert caught.value.status_code == status


def test_versions_and_form_are_told_as_in_other_answers(listening: World) -> None:
    head = {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Max": "2.1"}
    with follow(
        listening, query="stream=true&initialRecordTime=2026-01-01T08:00:00%2B08:00", **head
    ) as ours:
        told = {name.decode(): value.decode() for name, value in ours.extra_headers}
    assert told["gs1-epcis-version"] == told["gs1-cbv-version"] == "2.0.0"
    assert told["gs1-epc-format"] == "Always_GS1_Digital_Link"
    assert told["gs1-query-min-record-time"] == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8000", "http://testserver", "https://market.cn"]
)
def test_our_own_pages_and_those_that_are_named(listening: World, origin: str) -> None:
    listening.node.settings.socket_origins = ["https://market.cn/"]
    with follow(listening, Origin=origin):
        pass


def test_a_browser_shows_its_token_among_the_subprotocols(listening: World) -> None:
    """It can set no header, and what stands in an address ends in logs."""
    kept = ["suyuan.events", f"bearer.{listening.tokens['coop']}"]
    where = "/queries/all/events?stream=true"
    with listening.client.websocket_connect(where, subprotocols=kept) as ours:
        assert ours.accepted_subprotocol == "suyuan.events"
        record(listening, "G1")
        assert lots(ours.receive_text()) == ["G1"]
    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        listening.client.websocket_connect(where, subprotocols=["bearer.sy_no"]),
    ):
        pass
    assert caught.value.status_code == 401


def test_a_token_that_is_revoked_ends_it_though_nothing_happens(listening: World) -> None:
    with (
        follow(listening) as ours,
        follow(listening, query="hour=3&minute=0") as clocked,
    ):
        token = listening.node.accounts.authenticate(listening.tokens["coop"]).token
        listening.node.accounts.revoke_token(token)
        for each in (ours, clocked):
            with pytest.raises(WebSocketDisconnect) as gone:
                each.receive_text()
            assert gone.value.code == 1008


def test_large_messages_go_in_parts(listening: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_BYTES", 2_000)
    record(listening, *(f"B{n}" for n in range(5)))
    with follow(listening, query="stream=true&initialRecordTime=2000-01-01T00:00:00Z") as ours:
        seen: list[str] = []
        while len(seen) < 5:
            part = lots(ours.receive_text())
            assert len(part) < 5
            seen += part
    assert seen == [f"B{n}" for n in range(5)]


def test_a_revoked_token_or_a_deleted_query_ends_it(listening: World) -> None:
    with follow(listening) as ours:
        listening.client.delete("/queries/all", headers=listening.head("coop"))
        record(listening, "E1")
        with pytest.raises(WebSocketDisconnect) as gone:
            ours.receive_text()
    assert (gone.value.code, gone.value.reason) == (1008, "没有名为 all 的查询")
    with follow(listening, "other") as theirs:
        token = listening.node.accounts.authenticate(listening.tokens["other"]).token
        listening.node.accounts.revoke_token(token)
        record(listening, "E2")
        with pytest.raises(WebSocketDisconnect) as revoked:
            theirs.receive_text()
    assert revoked.value.code == 1008
    assert "撤销" in (revoked.value.reason or "")


def test_not_without_end(listening: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_EACH", 1)
    with follow(listening):
        with pytest.raises(WebSocketDenialResponse) as caught, follow(listening):
            pass
        assert caught.value.status_code == 503
        with follow(listening, "other"):
            pass
    with follow(listening):
        pass


@pytest.fixture
def served(listening: World) -> Iterator[tuple[World, str, uvicorn.Server]]:
    """A real server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = create_app(listening.node, workers=False)
    config = uvicorn.Config(
        app, port=port, log_level="error", lifespan="off", ws=sockets.Protocol, ws_max_size=1000,
        timeout_graceful_shutdown=10,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield listening, f"ws://127.0.0.1:{port}", server
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def until(done: Callable[[], bool]) -> None:
    for _ in range(3000):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("not within a minute")


def stalled(world: World, url: str) -> socket.socket:
    """Connects, asks for everything there is, and reads no more of it than the handshake."""
    host, _, port = url.removeprefix("ws://").partition(":")
    theirs = socket.socket()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    theirs.settimeout(10)
    theirs.connect((host, int(port)))
    theirs.sendall(
        (
            "GET /queries/all/events?stream=true&initialRecordTime=2000-01-01T00:00:00Z HTTP/1.1\r\n"
            f"Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {world.tokens['coop']}\r\n\r\n"
        ).encode()
    )
    assert theirs.recv(12) == b"HTTP/1.1 101"
    return theirs


@pytest.fixture
def heavy(served: tuple[World, str, uvicorn.Server], monkeypatch: pytest.MonkeyPatch) -> World:
    """More to tell than the kernel keeps for who does not read."""
    world = served[0]
    record(world, "X1")
    monkeypatch.setattr(sockets.Telling, "_next", lambda _: ("x" * 1_000_000, 0, True))
    return world


def test_who_does_not_read_is_cut_off_and_nothing_is_kept_for_it(
    served: tuple[World, str, uvicorn.Server], heavy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PATIENCE", 0.3)
    world, url, server = served
    connections = server.config.app.state.connections  # type: ignore[union-attr]
    with stalled(world, url):
        until(lambda: connections.open.total() == 1)
        until(lambda: connections.open.total() == 0)
        until(lambda: not server.server_state.connections)
        assert not server.server_state.tasks


def test_who_takes_not_even_the_goodbye_is_forgotten(
    served: tuple[World, str, uvicorn.Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves, and never takes what was sent before: asyncio alone would keep that for ever."""
    monkeypatch.setattr(sockets, "CLOSING", 0.2)
    texts = iter(["x" * 6_000_000])
    monkeypatch.setattr(sockets.Telling, "_next", lambda _: (next(texts, None), 0, False))
    world, url, server = served
    record(world, "X1")
    with stalled(world, url) as theirs:
        until(lambda: any(not each.writable.is_set() for each in server.server_state.connections))  # type: ignore[union-attr]
        theirs.sendall(b"\x88\x80\0\0\0\0")  # a close frame (RFC 6455 §5.5.1)
        until(lambda: not server.server_state.connections)


def test_who_does_not_read_does_not_keep_the_service_from_stopping(
    served: tuple[World, str, uvicorn.Server], heavy: World
) -> None:
    world, url, server = served
    with stalled(world, url):
        until(lambda: any(not each.writable.is_set() for each in server.server_state.connections))  # type: ignore[union-attr]
        server.should_exit = True
        until(lambda: not server.server_state.tasks)


def test_long_messages_from_the_other_side_end_it(
    served: tuple[World, str, uvicorn.Server],
) -> None:
    world, url, _ = served
    head = world.head("coop")
    with connect(f"{url}/queries/all/events?stream=true", additional_headers=head) as ours:
        ours.send("short")
        ours.send("x" * 2000)
        with pytest.raises(ConnectionClosed) as closed:
            ours.recv(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_real_client_of_a_real_server_until_it_stops(
    served: tuple[World, str, uvicorn.Server],
) -> None:
    world, url, server = served
    head = world.head("coop")
    with connect(f"{url}/queries/all/events?stream=true", additional_headers=head) as ours:
        record(world, "F1")
        assert lots(str(ours.recv(10))) == ["F1"]
        server.should_exit = True
        with pytest.raises(ConnectionClosed) as closed:
            ours.recv(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (1001, 1012)
