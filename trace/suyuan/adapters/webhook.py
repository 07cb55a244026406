"""Sending to others over HTTP: to named hosts alone, at addresses that were looked at first.

No request that somebody else shapes may reach inside (SSRF, OWASP A10): the host has to be on the
administrator's list; what its name leads to has to be an address of the public Internet unless the
list names that address itself; the connection goes to the very address that was looked at, so that a
name that changes in between gains nothing; redirects are not followed; answers are not kept.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from suyuan.core.errors import Refused, Unavailable
from suyuan.core.reasons import of_system

PORTS = {"https": 443, "http": 80}
_MOST_READ = 64 * 1024

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """All addresses behind a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(frozen=True, slots=True)
class _Entry:
    """``https://hooks.example.cn``, ``http://10.1.2.3:8080``, ``https://hooks.lan=10.1.2.3``."""

    origin: tuple[str, str, int]
    address: str | None


@dataclass(slots=True)
class Webhooks:
    """ports.subscriptions.Outgoing."""

    hosts: Iterable[str]
    timeout: float = 10.0
    resolve: Resolve = resolve
    _entries: dict[tuple[str, str, int], _Entry] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for text in self.hosts:
            entry = _parse_entry(text)
            self._entries[entry.origin] = entry

    def allowed(self, url: str) -> None:
        self._entry(_split(url))

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        parts = _split(url)
        entry = self._entry(parts)
        scheme, host, port = entry.origin
        address = self._address(entry)
        connection = _connection(scheme, host, port, address, self.timeout)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, body, {**headers, "User-Agent": "suyuan"})
            answer = connection.getresponse()
            answer.read(_MOST_READ)
            return answer.status
        except (OSError, http.client.HTTPException, ValueError) as problem:
            why = of_system(problem) if isinstance(problem, OSError) else type(problem).__name__
            raise Unavailable("{host} does not answer ({why})", host=host, why=why) from None
        finally:
            connection.close()

    def _entry(self, parts: SplitResult) -> _Entry:
        entry = self._entries.get(_origin(parts))
        if entry is None:
            raise Refused(
                "{host} is not among the hosts that this service may send to; ask its administrator",
                path="/dest",
                host=(parts.hostname or "")[:200],
            )
        return entry

    def _address(self, entry: _Entry) -> str:
        _, host, port = entry.origin
        if entry.address is not None:
            return entry.address
        try:
            found = self.resolve(host, port)
        except OSError:
            found = []
        if not found:
            raise Unavailable("nobody knows the address of {host}", host=host)
        for text in found:
            if not _is_public(text):
                raise Refused(
                    "{host} leads to {address}, which is not public; an administrator can name that "
                    "address itself",
                    path="/dest",
                    host=host,
                    address=text,
                )
        return found[0]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    del port
    whole = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not whole or parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
        raise Refused(
            "a destination is an address like https://hooks.example.com/epcis, without a user in it",
            path="/dest",
        )
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    host = (parts.hostname or "").rstrip(".").lower()
    return parts.scheme, host, parts.port or PORTS[parts.scheme]


def _parse_entry(text: str) -> _Entry:
    url, _, address = text.partition("=")
    parts = _split(url)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Refused("{entry}: name a scheme, a host and a port only", entry=text)
    origin = _origin(parts)
    named = address or (origin[1] if _is_address(origin[1]) else "")
    if named and not _is_address(named):
        raise Refused("{entry}: behind = stands an IP address", entry=text)
    return _Entry(origin, named or None)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (inner is None or inner.is_global)


def _connection(
    scheme: str, host: str, port: int, address: str, timeout: float
) -> http.client.HTTPConnection:
    if scheme == "http":
        plain = http.client.HTTPConnection(host, port, timeout=timeout)
        plain._create_connection = _to(address)  # type: ignore[attr-defined]
        return plain
    context = ssl.create_default_context()
    secure = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    secure._create_connection = _to(address)  # type: ignore[attr-defined]
    return secure


def _to(address: str) -> Callable[..., socket.socket]:
    """Instead of looking the name up again; the certificate is still checked for the name."""

    def connect(target: tuple[str, int], timeout: float, source: object = None) -> socket.socket:
        del source
        return socket.create_connection((address, target[1]), timeout)

    return connect
