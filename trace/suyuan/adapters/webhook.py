"""Sending to others over HTTP/1.1: one POST, one connection, one deadline for all of it.

Whoever is sent to is a stranger. It may take a byte a second, or answer one, or for ever: time is
counted from the first look-up to the end of the answer, never anew for each byte. The connection goes
to the very address that was looked at, so that a name that changes in between gains nothing; TLS still
checks the name. Redirects are not followed, and answers are not kept.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import h11

from suyuan.adapters.destinations import Destinations, Resolve, Target, resolve
from suyuan.adapters.system import of_system
from suyuan.core.errors import Unavailable
from suyuan.ports.subscriptions import Answer

_MOST_READ = 64 * 1024
_GRACE = 1.0
"""Seconds for the rest of an answer whose status is known: it is read out of courtesy."""


@dataclass(slots=True)
class Webhooks:
    """ports.subscriptions.Outgoing."""

    hosts: Iterable[str]
    timeout: float = 10.0
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None
    """Whose certificates are trusted; None: those that the machine trusts."""
    _destinations: Destinations = field(init=False)

    def __post_init__(self) -> None:
        self._destinations = Destinations(self.hosts, self.resolve)

    def allowed(self, url: str) -> None:
        self._destinations.target(url)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        target = self._destinations.target(url)
        clock = _Deadline(self.timeout)
        addresses = self._destinations.addresses(target, clock.left())
        try:
            with self._connect(target, addresses, clock) as connection:
                return _exchange(connection, target, body, headers, clock)
        except (OSError, h11.ProtocolError, ValueError) as problem:
            why = of_system(problem) if isinstance(problem, OSError) else type(problem).__name__
            raise Unavailable("{host} does not answer ({why})", host=target.host, why=why) from None

    def _connect(self, target: Target, addresses: list[str], clock: _Deadline) -> socket.socket:
        for place, address in enumerate(addresses, 1):
            try:
                # The first gets half of the time where there is another one.
                seconds = clock.left() / (1 if place == len(addresses) else 2)
                plain = socket.create_connection((address, target.port), seconds)
                break
            except OSError:
                if place == len(addresses):
                    raise
        if target.scheme == "http":
            return plain
        try:
            plain.settimeout(clock.left())
            return (self.tls or _trusted()).wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise


@cache
def _trusted() -> ssl.SSLContext:
    # All the certificates of a machine take longer to load than all else that a command opens.
    return ssl.create_default_context()


@dataclass(slots=True)
class _Deadline:
    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds, always more than none; TimeoutError when they are over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _exchange(
    connection: socket.socket,
    target: Target,
    body: bytes,
    headers: dict[str, str],
    clock: _Deadline,
) -> Answer:
    told = {
        "Host": target.authority,
        "User-Agent": "suyuan",
        "Connection": "close",
        "Content-Length": str(len(body)),
        **headers,
    }
    speech = h11.Connection(h11.CLIENT)
    request = h11.Request(method="POST", target=target.path, headers=list(told.items()))
    out = b"".join(
        speech.send(part) or b"" for part in (request, h11.Data(data=body), h11.EndOfMessage())
    )
    try:
        _send(connection, out, clock)
    except TimeoutError:
        raise
    except OSError:
        pass  # it may have answered (413 …) before it had read everything
    count = 0
    answer: Answer | None = None
    try:
        while count < _MOST_READ:
            event = speech.next_event()
            if event is h11.NEED_DATA:
                connection.settimeout(clock.left())
                data = connection.recv(16_384)
                count += len(data)
                speech.receive_data(data)
            elif isinstance(event, h11.Response):
                found = {
                    name.decode().lower(): value.decode("latin-1") for name, value in event.headers
                }
                answer = Answer(event.status_code, found.get("retry-after"))
                clock = _Deadline(min(_GRACE, clock.left()))
            elif not isinstance(event, h11.InformationalResponse | h11.Data):
                break
    except (OSError, h11.ProtocolError):
        if answer is None:
            raise
    if answer is None:
        raise ValueError("no answer")
    return answer


def _send(connection: socket.socket, data: bytes, clock: _Deadline) -> None:
    view = memoryview(data)
    while view:
        connection.settimeout(clock.left())
        view = view[connection.send(view[:65_536]) :]
