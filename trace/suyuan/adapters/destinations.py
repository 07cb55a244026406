"""Who may be sent to: named hosts alone, at addresses that were looked at first.

No request that somebody else shapes may reach inside (SSRF, OWASP A10): the host has to be on the
administrator's list, and what its name leads to has to be an address of the public Internet unless the
list names that address itself. docs/decisions/0011-where-we-send-to.md.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from suyuan.core.errors import Refused, Unavailable

PORTS = {"https": 443, "http": 80}

Resolve = Callable[[str, int], list[str]]
_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""IETF protocols with Teredo among them, documentation, 6to4: of RFC 6890 what lies in 2000::/3."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses behind a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: to the origin that was named, at an address that was looked at."""

    scheme: str
    host: str
    port: int
    path: str
    """With its query."""

    @property
    def authority(self) -> str:
        """For the Host header (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


_Origin = tuple[str, str, int]


@dataclass(slots=True)
class Destinations:
    """The administrator's list: ``https://hooks.example.cn``, ``http://10.1.2.3:8080``,
    ``https://hooks.lan=10.1.2.3``."""

    hosts: Iterable[str]
    resolve: Resolve = resolve
    ports: Mapping[str, int] = field(default_factory=lambda: PORTS)
    """The schemes that may be named, and the port of each."""
    _addresses: dict[_Origin, str | None] = field(default_factory=dict, init=False)
    """Origin → the address that the list itself names for it."""

    def __post_init__(self) -> None:
        for text in self.hosts:
            origin, address = _parse_entry(text, self.ports)
            self._addresses[origin] = address

    def target(self, url: str) -> Target:
        """Raises Refused unless this may be sent to."""
        parts = _split(url, self.ports)
        origin = _origin(parts, self.ports)
        if origin not in self._addresses:
            raise Refused(
                "{host} is not among the hosts that this service may send to; ask its administrator",
                path="/dest",
                host=(parts.hostname or "")[:200],
            )
        return Target(*origin, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))

    def addresses(self, target: Target, seconds: float) -> list[str]:
        """Where it may be reached. Refused if any of them is inside, Unavailable without any."""
        named = self._addresses[target.scheme, target.host, target.port]
        if named is not None:
            return [named]
        found = self._look_up(target, seconds)
        if not found:
            raise Unavailable("nobody knows the address of {host}", host=target.host)
        for text in found:
            if not is_public(text):
                raise Refused(
                    "{host} leads to {address}, which is not public; an administrator can name that "
                    "address itself",
                    path="/dest",
                    host=target.host,
                    address=text,
                )
        return found

    def _look_up(self, target: Target, seconds: float) -> list[str]:
        """In a thread of its own: a name server that is silent is asked for longer than we wait."""
        answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self.resolve(target.host, target.port))
            except (OSError, UnicodeError):
                answers.put([])

        threading.Thread(target=ask, daemon=True).start()
        try:
            return answers.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return []


def is_public(text: str) -> bool:
    """Whether an address is one of the public Internet, whatever it is wrapped in.

    Of IPv6 only global unicast is, and NAT64 (RFC 6052) of what is public itself; so mapped and
    compatible IPv4, 6to4, Teredo, link-local with or without a zone, unique local … are not.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)))
    return address in _GLOBAL_UNICAST and not any(address in net for net in _NOT_PUBLIC)


def _split(url: str, ports: Mapping[str, int]) -> SplitResult:
    try:
        parts = urlsplit(url)
        whole = parts.port != 0  # a port that is none raises
    except ValueError:
        parts, whole = urlsplit(""), False
    whole = whole and url.isascii() and url.isprintable() and not set(" \\") & set(url)
    host = (parts.hostname or "").rstrip(".")
    numeric = host.rpartition(".")[2][:1].isdigit() and _address(host) is None
    if not whole or parts.scheme not in ports or not host or "@" in parts.netloc or numeric:
        raise Refused(
            "a destination is an address like https://hooks.example.com/epcis, without a user in it",
            path="/dest",
        )
    return parts


def _origin(parts: SplitResult, ports: Mapping[str, int]) -> _Origin:
    host = (parts.hostname or "").rstrip(".").lower()
    return parts.scheme, str(_address(host) or host), parts.port or ports[parts.scheme]


def _parse_entry(text: str, ports: Mapping[str, int]) -> tuple[_Origin, str | None]:
    url, _, behind = text.partition("=")
    parts = _split(url, ports)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Refused("{entry}: name a scheme, a host and a port only", entry=text)
    origin = _origin(parts, ports)
    address = _address(behind or origin[1])
    if behind and address is None:
        raise Refused("{entry}: behind = stands an IP address", entry=text)
    if address is not None and (address.is_multicast or address.is_unspecified):
        raise Refused("{entry}: nobody is at such an address", entry=text)
    return origin, None if address is None else str(address)


def _address(text: str) -> _Ip | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
