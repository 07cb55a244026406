"""The wire to a printer: where it may lead, what is said when nobody is there, and what comes back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from suyuan.adapters.printer import NetworkPrinters
from suyuan.core.errors import Refused, Unavailable


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def address(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


def nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


@pytest.mark.parametrize(
    "wanted",
    ["192.168.1.51", "192.168.1.50:80", "192.168.1.50:0", "3232235826", "printer.lan", "", "a b",
     "x@192.168.1.50", "192.168.1.50/x", "192.168.1.50?x", "192.168.1.50#x", "[::1]",
     "192.168.1.50:9100:9100", "local\\host"],
)  # fmt: skip
def test_only_named_printers_are_allowed(wanted: str) -> None:
    wire = NetworkPrinters(["192.168.1.50"], resolve=nowhere)
    with pytest.raises(Refused) as caught:
        wire.allowed(wanted)
    assert caught.value.path == "/address"


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("192.168.1.50", "192.168.1.50"),
        ("192.168.1.50", "192.168.1.50:9100"),
        ("192.168.1.50:9101", "192.168.1.50:9101"),
        ("labels.lan=192.168.1.50", "Labels.lan"),
        ("[fd00::7]", "[fd00::7]"),
    ],
)
def test_named_printers_are_allowed(entry: str, wanted: str) -> None:
    NetworkPrinters([entry], resolve=nowhere).allowed(wanted)


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent() -> None:
    wire = NetworkPrinters(["labels.example.com"], resolve=lambda host, port: ["10.0.0.1"])
    wire.allowed("labels.example.com")
    with pytest.raises(Refused, match="not public") as caught:
        wire.open("labels.example.com")
    assert caught.value.path == "/address"


def test_a_printer_that_is_off_is_unavailable(server: socket.socket) -> None:
    wanted = address(server)
    server.close()
    with pytest.raises(Unavailable, match="switched on"):
        NetworkPrinters([wanted]).open(wanted)


def test_what_is_sent_arrives_and_what_is_asked_is_answered(server: socket.socket) -> None:
    wanted, got = address(server), bytearray()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            while len(got) < 100_003:
                got.extend(connection.recv(65_536))
            connection.sendall(b"\x20")

    thread = threading.Thread(target=serve)
    thread.start()
    line = NetworkPrinters([wanted]).open(wanted)
    line.send(b"a" * 100_000)
    assert line.ask(b"?!x", 20) == b"\x20"
    thread.join(20)
    assert bytes(got) == b"a" * 100_000 + b"?!x"
    with pytest.raises(Unavailable, match="broke"):
        line.ask(b"?", 20)
    line.close()


def test_silence_is_an_empty_answer(server: socket.socket) -> None:
    wanted = address(server)
    line = NetworkPrinters([wanted]).open(wanted)
    assert line.ask(b"?", 0.01) == b""
    line.close()


def test_a_printer_that_takes_no_byte_is_given_up(server: socket.socket) -> None:
    wanted = address(server)
    line = NetworkPrinters([wanted], patience=0.05).open(wanted)
    with pytest.raises(Unavailable, match="broke"):
        line.send(bytes(100_000_000))
    line.close()
