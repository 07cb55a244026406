"""The GS1 Digital Link that a label's code holds, in capitals so that QR packs it densely."""

from __future__ import annotations

import re
from dataclasses import dataclass

from suyuan_labels.errors import LabelError

MAX_CHARACTERS = 90
"""What a QR code of version 4, error level M, holds in alphanumeric mode (ISO/IEC 18004)."""

_KEY = re.compile(r"[0-9A-Z.-]{1,20}")
_HOST_PART = re.compile(r"[A-Z0-9]([A-Z0-9-]{0,61}[A-Z0-9])?")
_LOOPBACK = re.compile(r"LOCALHOST|127(\.[0-9]{1,3}){3}")


@dataclass(frozen=True)
class Link:
    """``HTTPS://<HOST>/01/<GTIN14>/10/<LOT>[/21/<SERIAL>]`` (formats.md §8; GS1 Digital Link).

    ``host`` may carry a port and is put in capitals (hosts have no case); ``gtin`` is a GTIN-8,
    -12, -13 or -14 and is kept with 14 digits; ``lot`` and ``serial`` are ``[0-9A-Z.-]{1,20}``.
    ``scheme`` "http" is for a demo on this machine alone. Raises LabelError for anything that a
    version 4 code in alphanumeric mode cannot hold.
    """

    host: str
    gtin: str
    lot: str
    serial: str | None = None
    scheme: str = "https"

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", _host(self.host))
        object.__setattr__(self, "gtin", _gtin14(self.gtin))
        _key("lot", self.lot)
        if self.serial is not None:
            _key("serial", self.serial)
        if self.scheme not in ("https", "http"):
            raise LabelError("the scheme is https or http, not {scheme!r}", scheme=self.scheme)
        if self.scheme == "http" and not _LOOPBACK.fullmatch(self.host.partition(":")[0]):
            raise LabelError(
                "a printed code must lead to https; http is for a demo on this machine"
                " (127.0.0.1 or localhost), not for {host}",
                host=self.host,
            )
        over = len(self.uri) - MAX_CHARACTERS
        if over > 0:
            raise LabelError(
                "{uri} has {length} characters and the code holds {limit}:"
                " shorten host or lot by {over}",
                uri=self.uri,
                length=len(self.uri),
                limit=MAX_CHARACTERS,
                over=over,
            )

    @property
    def uri(self) -> str:
        """The text that the code holds."""
        pack = "" if self.serial is None else f"/21/{self.serial}"
        return f"{self.scheme.upper()}://{self.host}/01/{self.gtin}/10/{self.lot}{pack}"


def _host(host: str) -> str:
    name, colon, port = host.partition(":")
    upper = name.upper() if name.isascii() else name
    parts = upper.split(".")
    if len(upper) > 253 or not all(_HOST_PART.fullmatch(part) for part in parts):
        raise LabelError(
            "{host!r} is not a host name: letters, digits, hyphens and dots, as in"
            " trace.example.com (a Chinese name in its xn-- form)",
            host=host,
        )
    if colon and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise LabelError("{port!r} is not a port: a number from 1 to 65535", port=port)
    return f"{upper}:{int(port)}" if colon else upper


def _gtin14(gtin: str) -> str:
    if not (gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14)):
        raise LabelError("{gtin!r} is not a GTIN: 8, 12, 13 or 14 digits", gtin=gtin)
    full = gtin.zfill(14)
    check = -sum(int(d) * (3, 1)[i % 2] for i, d in enumerate(full[:13])) % 10
    if int(full[13]) != check:
        raise LabelError(
            "the check digit of GTIN {gtin} is {found}, and by its other digits should be {check}",
            gtin=gtin,
            found=full[13],
            check=check,
        )
    return full


def _key(name: str, value: str) -> None:
    if not _KEY.fullmatch(value):
        raise LabelError(
            "the {name} {value!r} cannot go on a label:"
            " 1 to 20 characters of digits, capitals, dot and hyphen",
            name=name,
            value=value,
        )
    if value in (".", ".."):
        # RFC 3986 §5.2.4: browsers remove such path segments, and the code would lead elsewhere.
        raise LabelError(
            "the {name} {value!r} means a folder in a web address", name=name, value=value
        )
