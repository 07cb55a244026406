"""Sending to others: to the hosts that were named, at the addresses that were looked at, no further."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from suyuan.adapters.webhook import Webhooks
from suyuan.core.errors import Refused, Unavailable

GLOBAL = "93.184.215.14"


class Receiver(BaseHTTPRequestHandler):
    """Notes what comes, and answers as the path says."""

    seen: list[tuple[str, bytes, dict[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.path, body, dict(self.headers)))
        status = int(self.path.strip("/").split("?")[0] or 200)
        self.send_response(status)
        if status == 307:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/200")  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[tuple[int, list[tuple[str, bytes, dict[str, str]]]]]:
    kind = type("Kind", (Receiver,), {"seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port, kind.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_is_sent_arrives_and_redirects_are_not_followed() -> None:
    with receiver() as (port, seen):
        hooks = Webhooks([f"http://127.0.0.1:{port}"])
        assert hooks.post(f"http://127.0.0.1:{port}/200?a=b", b"{}", {"X-A": "1"}).status == 200
        assert hooks.post(f"http://127.0.0.1:{port}/307", b"", {}).status == 307
        assert hooks.post(f"http://127.0.0.1:{port}/500", b"", {}).status == 500
        assert [path for path, _, _ in seen] == ["/200?a=b", "/307", "/500"]
        assert seen[0][1] == b"{}"
        assert seen[0][2]["X-A"] == "1"


def test_a_name_with_its_address() -> None:
    with receiver() as (port, seen):
        hooks = Webhooks([f"http://hooks.lan:{port}=127.0.0.1"])
        assert hooks.post(f"http://hooks.lan:{port}/200", b"", {}).status == 200
        assert seen[0][2]["Host"] == f"hooks.lan:{port}"


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "http://hooks.example/",
        "https://hooks.example:8443/",
        "https://user@hooks.example/",
        "https://hooks.example@127.0.0.1/",
        "https://hooks.example.evil.example/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https:///x",
        "https://hooks.example:port/",
        "https://hooks.example\\@other.example/",
        "https://hooks.example/\r\nX: y",
        "https://[",
        "",
    ],
)
def test_other_destinations_are_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        Webhooks(["https://hooks.example"]).allowed(url)
    assert caught.value.path == "/dest"


def test_the_same_host_in_other_letters_is_the_same() -> None:
    hooks = Webhooks(["https://hooks.example"])
    for url in ("https://HOOKS.example/a", "https://hooks.example.:443/a?b=c"):
        hooks.allowed(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "fe80::1%eth0", "fc00::1",
        "::ffff:10.0.0.1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(address: str) -> None:
    for found in ([address], [GLOBAL, address]):
        hooks = Webhooks(["https://hooks.example"], resolve=lambda *_, found=found: found)
        with pytest.raises(Refused, match="not public"):
            hooks.post("https://hooks.example/", b"", {})


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name that leads elsewhere at the second look (DNS rebinding) is looked up once."""
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return [GLOBAL] if len(asked) == 1 else ["127.0.0.1"]

    with receiver() as (port, seen):
        hooks = Webhooks([f"http://hooks.example:{port}"], timeout=0.2, resolve=resolve)
        with pytest.raises(Unavailable):  # nobody is at that address from here
            hooks.post(f"http://hooks.example:{port}/200", b"", {})
        assert (asked, seen) == (["hooks.example"], [])


def test_nobody_there() -> None:
    with receiver() as (port, _):
        pass
    with pytest.raises(Unavailable, match="does not answer"):
        Webhooks([f"http://127.0.0.1:{port}"]).post(f"http://127.0.0.1:{port}/", b"", {})
    with pytest.raises(Unavailable, match="nobody knows"):
        Webhooks(["https://hooks.example"], resolve=lambda *_: []).post(
            "https://hooks.example/", b"", {}
        )


@pytest.mark.parametrize(
    "entry", ["hooks.example", "https://hooks.example/path", "https://a=b", "http://a@b", "x"]
)
def test_a_list_that_cannot_be_read(entry: str) -> None:
    with pytest.raises(Refused):
        Webhooks([entry])
