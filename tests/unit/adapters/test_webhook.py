"""Sending to others: to the hosts that were named, at the addresses that were looked at, no further."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from suyuan.adapters.destinations import Destinations, is_public
from suyuan.adapters.webhook import Webhooks
from suyuan.core.errors import Refused, Unavailable
from suyuan.ports.subscriptions import Answer

GLOBAL = "93.184.215.14"
WRAPPED: list[Callable[[int], int]] = [
    lambda inner: inner,  # compatible (RFC 4291 §2.5.5.1)
    lambda inner: 0xFFFF << 32 | inner,  # mapped
    lambda inner: 0x64FF9B << 96 | inner,  # NAT64 (RFC 6052)
    lambda inner: 0x2002 << 112 | inner << 80,  # 6to4
    lambda inner: 0x20010000 << 96 | inner ^ 0xFFFFFFFF,  # Teredo
]


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
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "fec0::1", "ff02::1", "ff0e::1", "100::1",
        "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::7f00:1", "::93.184.215.14",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::",
        "2002:5db8:d70e::", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "5f00::1",
        "2606:4700::1111%eth0", "somewhere", "",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(address: str) -> None:
    for found in ([address], [GLOBAL, address]):
        hooks = Webhooks(["https://hooks.example"], resolve=lambda *_, found=found: found)
        with pytest.raises(Refused, match="not public"):
            hooks.post("https://hooks.example/", b"", {})


@pytest.mark.parametrize("address", [GLOBAL, "2606:4700::1111", "64:ff9b::5db8:d70e"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4), st.sampled_from(WRAPPED))
def test_what_is_inside_is_inside_however_it_is_wrapped(
    inner: IPv4Address, wrap: Callable[[int], int]
) -> None:
    """No way to write an IPv4 address as IPv6 makes it more public than it is."""
    if not is_public(str(inner)):
        assert not is_public(str(IPv6Address(wrap(int(inner)))))


@pytest.mark.parametrize("url", ["https://[::1]:8443/", "https://[0:0:0:0:0:0:0:1]:8443/"])
def test_an_address_that_is_named_itself_in_any_spelling(url: str) -> None:
    Webhooks(["https://[::1]:8443"]).allowed(url)


def test_a_second_address_when_nobody_is_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as (port, seen):
        hooks = Webhooks([f"http://hooks.lan:{port}"])
        both = ["127.0.0.2", "127.0.0.1"]
        monkeypatch.setattr(Destinations, "addresses", lambda *_: both)
        assert hooks.post(f"http://hooks.lan:{port}/200", b"", {}).status == 200
        assert len(seen) == 1


def certificate(folder: Path, name: str) -> Path:
    """Of a name that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    path = certificate(tmp_path, "hooks.lan")
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(path)
    trusting = ssl.create_default_context(cafile=str(path))

    def answers(plain: socket.socket) -> None:
        with inside.wrap_socket(plain, server_side=True) as connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with stranger(answers) as url:
        port = url.rpartition(":")[2]
        named = [f"https://{name}:{port}=127.0.0.1" for name in ("hooks.lan", "other.lan")]
        hooks = Webhooks(named, tls=trusting)
        assert hooks.post(f"https://hooks.lan:{port}/", b"{}", {}).status == 204
        with pytest.raises(Unavailable):
            hooks.post(f"https://other.lan:{port}/", b"{}", {})
        with pytest.raises(Unavailable):
            Webhooks(named).post(f"https://hooks.lan:{port}/", b"{}", {})


def test_a_handshake_has_the_same_deadline() -> None:
    with stranger(silent) as url:
        url = url.replace("http", "https")
        with pytest.raises(Unavailable, match="does not answer"):
            Webhooks([url], timeout=0.3).post(url, b"{}", {})


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


Answering = Callable[[socket.socket], None]


@contextmanager
def stranger(answering: Answering) -> Iterator[str]:
    """Listens, and does what it likes with each connection; over when we hang up."""
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                connection.settimeout(10)
                with connection:
                    answering(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def drip(*parts: bytes, then: bytes = b"x") -> Answering:
    """Says the parts, then a byte every twentieth of a second for as long as somebody listens."""

    def answering(connection: socket.socket) -> None:
        connection.sendall(b"".join(parts))
        while True:
            connection.sendall(then)
            time.sleep(0.05)

    return answering


def silent(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def deaf(connection: socket.socket) -> None:
    """Takes nothing at all, until we hang up."""
    waiting = select.poll()
    waiting.register(connection, select.POLLHUP | select.POLLERR | select.POLLRDHUP)
    waiting.poll(10_000)


@pytest.mark.parametrize(
    "answering",
    [
        silent,
        deaf,
        drip(),
        drip(b"HTTP/1.1 200 OK\r\n", then=b"x"),
        drip(b"HTTP/1.1 200 OK\r\n", then=b"X-A: b\r\n"),
        drip(b"", then=b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"", then=b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    ],
    ids=["silent", "deaf", "drips", "drips a header", "headers", "continue", "hints"],
)
def test_there_is_one_deadline_for_all_of_it(answering: Answering) -> None:
    """A receiver that keeps on and on would block a socket with a timeout for each byte for ever."""
    with stranger(answering) as url:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer"):
            Webhooks([url], timeout=0.5).post(url, b"x" * 20_000_000, {})
        # Far from both: half a second, and the ten in which it would give up itself.
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "body",
    [
        drip(b"HTTP/1.1 204 No Content\r\n\r\n"),
        drip(b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", then=b"1\r\nx\r\n"),
        drip(b"HTTP/1.1 204 No\r\nContent-Length: 99999999\r\n\r\n"),
        drip(b"HTTP/1.1 204 No\r\n\r\n", b"x" * 1_000_000, then=b"x" * 1_000_000),
    ],
)
def test_who_has_said_that_it_was_taken_need_not_end_its_answer(body: Answering) -> None:
    with stranger(body) as url:
        assert Webhooks([url], timeout=5).post(url, b"{}", {}).status == 204


def test_no_more_is_read_of_headers_without_end() -> None:
    with (
        stranger(drip(b"HTTP/1.1 200 OK\r\n", then=b"X" * 100_000)) as url,
        pytest.raises(Unavailable),
    ):
        Webhooks([url], timeout=5).post(url, b"{}", {})


def test_an_answer_before_all_was_read_counts() -> None:
    def refuses(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too large\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        silent(connection)

    with stranger(refuses) as url:
        assert Webhooks([url]).post(url, b"x" * 3_000_000, {}) == Answer(413, "7")


@pytest.mark.parametrize(
    "text", [b"", b"HTTP/1.1 2000 OK\r\n\r\n", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200\r\n"]
)
def test_what_is_no_answer(text: bytes) -> None:
    def says(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(text)

    with stranger(says) as url, pytest.raises(Unavailable, match="does not answer"):
        Webhooks([url]).post(url, b"{}", {})


def test_a_name_server_that_is_silent_is_not_waited_for() -> None:
    done = threading.Event()

    def resolve(*_: object) -> list[str]:
        done.wait(10)
        return [GLOBAL]

    hooks = Webhooks(["https://hooks.example"], timeout=0.2, resolve=resolve)
    with pytest.raises(Unavailable, match="nobody knows"):
        hooks.post("https://hooks.example/", b"", {})
    done.set()


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
    "entry",
    [
        "hooks.example", "https://hooks.example/path", "https://a=b", "http://a@b", "x",
        "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://127.1",
        "http://0.0.0.0", "http://[::]", "https://a=224.0.0.1", "https://a:0", "ftp://a",
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read(entry: str) -> None:
    with pytest.raises(Refused):
        Webhooks([entry])
