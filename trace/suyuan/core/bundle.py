"""Bundle files (formats.md §7): all that proves one subject, for somebody who trusts none of it.

Parsing checks the file's own shape; what its parts say is checked step by step in core/verify.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core import shapes
from suyuan.core.encoding import decimal, parse_digest
from suyuan.core.errors import Malformed, TooLarge
from suyuan.core.strict_json import loads
from suyuan.core.tlog_proof import HEADER

VERSION = "bundle/v1"
MAX_BYTES = 32 * 1024 * 1024
MAX_RECORDS = 10_000
MAX_DEPTH = 40

_PLACE = re.compile(re.escape(HEADER) + r"\nindex ([0-9]+)\n")


@dataclass(frozen=True, slots=True)
class BundleRecord:
    """One record as it stands in a bundle; ``content`` is None where hidden or erased."""

    content: Mapping[str, Any] | None
    disclosures: tuple[str, ...]
    link: Mapping[str, Any]
    entry: str
    proof: str

    @property
    def index(self) -> int:
        """The index that the proof names; Malformed where it names none."""
        found = _PLACE.match(self.proof)
        if found is None:
            raise Malformed("the proof does not say its index", path="/proof")
        return decimal(found[1])

    def to_json(self) -> dict[str, Any]:
        """The object in the file."""
        return {
            "content": self.content,
            "disclosures": list(self.disclosures),
            "link": self.link,
            "entry": self.entry,
            "proof": self.proof,
        }


@dataclass(frozen=True, slots=True)
class Serial:
    """Proof that one serial is among those that a record on the lot issued."""

    serial: str
    salt: str
    index: int
    path: tuple[str, ...]
    """Hashes from the sibling up, base64."""
    issued_by: str
    """Leaf hash of that record, ``sha-256:<hex>``."""

    def to_json(self) -> dict[str, Any]:
        """The object in the file."""
        return {
            "serial": self.serial,
            "salt": self.salt,
            "index": self.index,
            "path": list(self.path),
            "issuedBy": self.issued_by,
        }


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the checkpoint's root stands on a chain; the last four are hints (formats.md §6)."""

    chain_id: int
    contract: str
    log_id: str
    size: int
    root: str
    """base64."""
    tx_hash: str
    block_number: int
    block_hash: str
    block_time: str
    """RFC 3339 UTC, milliseconds, ``Z``."""

    def to_json(self) -> dict[str, Any]:
        """The object in the file."""
        return {
            "chainId": self.chain_id,
            "contract": self.contract,
            "logId": self.log_id,
            "size": self.size,
            "root": self.root,
            "txHash": self.tx_hash,
            "blockNumber": self.block_number,
            "blockHash": self.block_hash,
            "blockTime": self.block_time,
        }


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's parts. ``checkpoint`` and ``tips`` are signed notes."""

    subject: str
    serial: Serial | None
    checkpoint: str
    tips: str
    records: tuple[BundleRecord, ...]
    keys: tuple[BundleRecord, ...]
    anchor: Anchor | None

    def to_json(self) -> dict[str, Any]:
        """The whole file as a JSON value."""
        return {
            "suyuan": VERSION,
            "subject": self.subject,
            "serial": self.serial.to_json() if self.serial else None,
            "checkpoint": self.checkpoint,
            "tips": self.tips,
            "records": [record.to_json() for record in self.records],
            "keys": [record.to_json() for record in self.keys],
            "anchor": self.anchor.to_json() if self.anchor else None,
        }


def parse_bundle(data: bytes) -> Bundle:
    """Read a bundle file: closed, in the limits, both lists by index.

    Raises Malformed with the place (JSON pointer, or line), TooLarge beyond 32 MiB or 10,000 records.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("a bundle file has at most {most} MiB", most=MAX_BYTES >> 20)
    members = shapes.closed(
        loads(data, max_depth=MAX_DEPTH),
        ("suyuan", "subject", "serial", "checkpoint", "tips", "records", "keys", "anchor"),
    )
    if members["suyuan"] != VERSION:
        raise Malformed("this is not a {version}", path="/suyuan", version=VERSION)
    serial, anchor = members["serial"], members["anchor"]
    return Bundle(
        subject=shapes.text(members["subject"], "/subject"),
        serial=None if serial is None else _serial(serial),
        checkpoint=shapes.text(members["checkpoint"], "/checkpoint"),
        tips=shapes.text(members["tips"], "/tips"),
        records=_records(members["records"], "/records"),
        keys=_records(members["keys"], "/keys"),
        anchor=None if anchor is None else _anchor(anchor),
    )


def _records(value: object, path: str) -> tuple[BundleRecord, ...]:
    items = shapes.array(value, path)
    if len(items) > MAX_RECORDS:
        raise TooLarge("a bundle has at most {most} records", path=path, most=MAX_RECORDS)
    records: list[BundleRecord] = []
    before = -1
    for place, item in enumerate(items):
        record = _record(item, f"{path}/{place}")
        try:
            index = record.index
        except Malformed as problem:
            raise problem.at(f"{path}/{place}") from None
        if index <= before:
            raise Malformed("records are sorted by index, each once", path=f"{path}/{place}")
        before = index
        records.append(record)
    return tuple(records)


def _record(value: object, path: str) -> BundleRecord:
    members = shapes.closed(value, ("content", "disclosures", "link", "entry", "proof"), path=path)
    content, link = members["content"], members["link"]
    if content is not None and not isinstance(content, dict):
        raise Malformed("a content is an object, or null where hidden", path=f"{path}/content")
    if not isinstance(link, dict):
        raise Malformed("an object belongs here", path=f"{path}/link")
    disclosures = shapes.array(members["disclosures"], f"{path}/disclosures")
    if content is None and disclosures:
        raise Malformed("a hidden content has no disclosures", path=f"{path}/disclosures")
    return BundleRecord(
        content,
        tuple(shapes.text(d, f"{path}/disclosures/{n}") for n, d in enumerate(disclosures)),
        link,
        shapes.text(members["entry"], f"{path}/entry"),
        shapes.text(members["proof"], f"{path}/proof"),
    )


def _serial(value: object) -> Serial:
    path = "/serial"
    members = shapes.closed(value, ("serial", "salt", "index", "path", "issuedBy"), path=path)
    hashes = shapes.array(members["path"], f"{path}/path")
    for place, item in enumerate(hashes):
        shapes.hash32(item, f"{path}/path/{place}")
    try:
        parse_digest(members["issuedBy"])
    except Malformed as problem:
        raise problem.at(f"{path}/issuedBy") from None
    return Serial(
        shapes.text(members["serial"], f"{path}/serial"),
        shapes.salt(members["salt"], f"{path}/salt"),
        shapes.count(members["index"], f"{path}/index"),
        tuple(hashes),
        members["issuedBy"],
    )


def _anchor(value: object) -> Anchor:
    path = "/anchor"
    names = ("chainId", "contract", "logId", "size", "root")
    hints = ("txHash", "blockNumber", "blockHash", "blockTime")
    members = shapes.closed(value, names + hints, path=path)
    shapes.hash32(members["root"], f"{path}/root")
    return Anchor(
        chain_id=shapes.count(members["chainId"], f"{path}/chainId"),
        contract=shapes.hexadecimal(members["contract"], 20, f"{path}/contract"),
        log_id=shapes.hexadecimal(members["logId"], 32, f"{path}/logId"),
        size=shapes.count(members["size"], f"{path}/size"),
        root=members["root"],
        tx_hash=shapes.hexadecimal(members["txHash"], 32, f"{path}/txHash"),
        block_number=shapes.count(members["blockNumber"], f"{path}/blockNumber"),
        block_hash=shapes.hexadecimal(members["blockHash"], 32, f"{path}/blockHash"),
        block_time=shapes.time(members["blockTime"], f"{path}/blockTime"),
    )
