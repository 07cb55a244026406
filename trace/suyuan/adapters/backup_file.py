"""The two files of a backup: everything of the database, and apart from it the keys.

Data: gzip over JSON lines. The first says what it is; then for each table a line with its shape, and a
line for each row, bytes in base64; the last counts the rows and has the digest of all lines before.
Keys: JSON with AES-256-GCM (NIST SP 800-38D) under scrypt (RFC 7914) of a passphrase.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from suyuan.adapters.sql.dump import Shape
from suyuan.core.errors import Malformed

DATA = "suyuan/backup/v1"
KEYS = "suyuan/keys/v1"
_LEVEL = 3
"""Of gzip: hashes do not shrink, and texts do as well as nearly."""
_LONGEST = 1 << 28
"""Characters of one line: an attachment, in base64."""
_SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}
"""128 MiB and half a second for each guess."""

Parts = Iterable[tuple[Shape, Iterator[Sequence[Any]]]]


def write_data(stream: IO[bytes], header: Mapping[str, Any], parts: Parts) -> Iterator[int]:
    """Write a backup; yields how many rows are written, now and then, and at the end."""
    digest, count = hashlib.sha256(), 0
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:

        def line(value: object) -> None:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(text)
            packed.write(text)

        line({"suyuan": DATA, **header})
        for shape, rows in parts:
            line({"table": shape.name, "columns": shape.columns, "binary": shape.binary})
            for row in rows:
                values = list(row)
                for place in shape.binary:
                    if values[place] is not None:
                        values[place] = b64encode(values[place]).decode()
                line(values)
                count += 1
                if count % 1000 == 0:
                    yield count
        end = {"rows": count, "sha-256": digest.hexdigest()}
        packed.write(json.dumps(end).encode() + b"\n")
    yield count


class DataFile:
    """A backup being read; Malformed, saying where, for one that is cut off, changed or no backup."""

    def __init__(self, path: Path) -> None:
        self._lines = _lines(path)
        self._digest = hashlib.sha256()
        self._rows = 0
        self._ended = False
        header = self._next()
        if not isinstance(header, dict) or header.get("suyuan") != DATA:
            raise Malformed("{file} is no backup of suyuan", file=str(path))
        self.header: dict[str, Any] = header
        self._pending: Any = None

    def parts(self) -> Iterator[tuple[Shape, Iterator[Sequence[Any]]]]:
        """Tables and their rows, to be read in this order; ends only after the digest has agreed."""
        self._pending = self._next()
        while isinstance(self._pending, dict) and "table" in self._pending:
            given = self._pending
            shape = Shape(given["table"], tuple(given["columns"]), tuple(given["binary"]))
            yield shape, self._part(shape)
        if not self._ended:
            raise Malformed("line {line} of the backup is neither a table nor a row", line=self._at)

    @property
    def _at(self) -> int:
        return self._rows + 1

    def _part(self, shape: Shape) -> Iterator[Sequence[Any]]:
        while isinstance(values := self._next(), list):
            if len(values) != len(shape.columns):
                raise Malformed(
                    "a row of the backup's table {name} has {found} values, not {wanted}",
                    name=shape.name,
                    found=len(values),
                    wanted=len(shape.columns),
                )
            for place in shape.binary:
                if values[place] is not None:
                    values[place] = b64decode(values[place], validate=True)
            yield values
        self._pending = values

    def _next(self) -> Any:
        text = next(self._lines, None)
        if text is None:
            raise Malformed("the backup is cut off after {rows} lines", rows=self._rows)
        try:
            value = json.loads(text)
        except ValueError:
            raise Malformed("line {line} of the backup is not JSON", line=self._at) from None
        if isinstance(value, dict) and "sha-256" in value:
            if value["sha-256"] != self._digest.hexdigest():
                raise Malformed("the backup was changed: its digest is another")
            self._ended = True
        self._digest.update(text)
        self._rows += 1
        return value


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as packed:
            while text := packed.readline(_LONGEST):
                yield text
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Malformed("{file} is cut off, or no backup of suyuan", file=str(path)) from None


def close_keys(files: Mapping[str, bytes], passphrase: str) -> bytes:
    """Keys and the secret that they are sealed with, under a passphrase."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    inner = json.dumps({name: b64encode(data).decode() for name, data in sorted(files.items())})
    sealed = AESGCM(_derived(passphrase, salt, _SCRYPT)).encrypt(
        nonce, inner.encode(), KEYS.encode()
    )
    outer = {
        "suyuan": KEYS,
        "scrypt": {**_SCRYPT, "salt": b64encode(salt).decode()},
        "nonce": b64encode(nonce).decode(),
        "sealed": b64encode(sealed).decode(),
    }
    return json.dumps(outer, indent=2).encode() + b"\n"


def open_keys(data: bytes, passphrase: str) -> dict[str, bytes]:
    """What close_keys took; Malformed for another passphrase or another file."""
    try:
        outer = json.loads(data)
        given = outer["scrypt"]
        cost = {name: int(given[name]) for name in _SCRYPT}
        salt, nonce, sealed = (
            b64decode(text, validate=True)
            for text in (given["salt"], outer["nonce"], outer["sealed"])
        )
        if outer["suyuan"] != KEYS or cost != _SCRYPT:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Malformed("this is no key file of suyuan") from None
    try:
        inner = AESGCM(_derived(passphrase, salt, cost)).decrypt(nonce, sealed, KEYS.encode())
    except InvalidTag:
        raise Malformed("the passphrase is another one, or the key file was changed") from None
    return {name: b64decode(text) for name, text in json.loads(inner).items()}


def _derived(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())
