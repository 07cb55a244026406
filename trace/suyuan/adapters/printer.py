"""The wire to a label printer: plain TCP, port 9100, and only to printers that an administrator named.

docs/decisions/0011-where-we-send-to.md: the same list of hosts and the same look at addresses as of
webhooks, so that nobody at a desk can knock on doors inside the network.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from suyuan.adapters.destinations import Destinations, Resolve, Target, resolve
from suyuan.adapters.system import of_system
from suyuan.core.errors import Refused, Unavailable

PORTS: Mapping[str, int] = {"printer": 9100}


@dataclass(slots=True)
class NetworkPrinters:
    """ports.printing.Wire. ``hosts``: ``192.168.1.50``, ``192.168.1.50:9101``,
    ``labels.lan=192.168.1.50``."""

    hosts: Iterable[str]
    timeout: float = 10.0
    """Seconds for the connection."""
    patience: float = 60.0
    """Seconds in which a printer that is printing takes no further byte."""
    resolve: Resolve = resolve
    _destinations: Destinations = field(init=False)

    def __post_init__(self) -> None:
        entries = [f"printer://{host}" for host in self.hosts]
        self._destinations = Destinations(entries, self.resolve, PORTS)

    def allowed(self, address: str) -> str:
        target = self._target(address)
        return f"{target.host}:{target.port}"

    def open(self, address: str) -> TcpLine:
        target = self._target(address)
        try:
            found = self._destinations.addresses(target, self.timeout)
        except Refused as problem:
            problem.path = "/address"
            raise
        try:
            plain = socket.create_connection((found[0], target.port), self.timeout)
        except OSError as problem:
            raise Unavailable(
                "the printer at {address} does not answer ({why}): is it switched on, and its network?",
                address=address,
                why=of_system(problem),
            ) from None
        return TcpLine(plain, address, self.patience)

    def _target(self, address: str) -> Target:
        try:
            target = self._destinations.target(f"printer://{address}")
        except Refused:
            target = None
        if target is None or target.path != "/" or "#" in address:
            raise Refused(
                "{address} is not among the printers that this service may print on (printer_hosts); "
                "ask its administrator",
                path="/address",
                address=address[:200],
            )
        return target


@dataclass(slots=True)
class TcpLine:
    """ports.printing.Line."""

    _socket: socket.socket
    _address: str
    _patience: float

    def send(self, data: bytes) -> None:
        self._socket.settimeout(self._patience)
        view = memoryview(data)
        try:
            while view:
                view = view[self._socket.send(view[:65_536]) :]
        except OSError as problem:
            raise self._gone(problem) from None

    def ask(self, question: bytes, seconds: float) -> bytes:
        self.send(question)
        parts: list[bytes] = []
        until = time.monotonic() + seconds
        try:
            while (left := until - time.monotonic()) > 0:
                if not select.select([self._socket], [], [], left)[0]:
                    break
                data = self._socket.recv(4096)
                if not data:
                    if parts:
                        break  # it said its word first
                    raise ConnectionResetError(errno.ECONNRESET, "closed")
                parts.append(data)
                # What belongs together comes together: a moment more, and no longer.
                until = min(until, time.monotonic() + 0.05)
        except OSError as problem:
            raise self._gone(problem) from None
        return b"".join(parts)

    def close(self) -> None:
        self._socket.close()

    def _gone(self, problem: OSError) -> Unavailable:
        return Unavailable(
            "the connection to the printer at {address} broke ({why})",
            address=self._address,
            why=of_system(problem),
        )
