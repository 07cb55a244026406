"""A whole log in memory, made from nothing but names, for tests: keys, records, tree, tips, bundles.

Everything is deterministic: a key's seed is the digest of its name, a salt that of a counter. It
does what it is told, so a test can also build the log of a liar: another link, another time, a record
that no tip moves to. ``bundle`` gives the JSON value, for tests to spoil before they encode it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from suyuan.core import jcs, merkle, private, serials
from suyuan.core.bundle import Anchor, Bundle, BundleRecord, Serial
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.content import Kind, content_digest, content_of, parse_content
from suyuan.core.encoding import b64, b64url, digest_text
from suyuan.core.entry import Entry, Link, record_message
from suyuan.core.errors import Refused
from suyuan.core.keys import kid_of
from suyuan.core.note import NoteSigner
from suyuan.core.policy import Policy
from suyuan.core.timestamps import from_datetime
from suyuan.core.tips import Tips
from suyuan.core.tlog_proof import format_proof
from suyuan.core.touches import Touches, touches
from suyuan.core.universe import Seen, Universe

ORIGIN = "log.example.cn/one"
ADMIN = "https://node.example.cn/org/county"
BLOCK_TIME = "2026-12-01T00:00:00.000Z"


@lru_cache
def _private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


@lru_cache
def _public(name: str) -> bytes:
    return _private(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@dataclass(frozen=True)
class Key:
    """A recorder's key; its seed is the digest of its name."""

    name: str

    @property
    def public(self) -> bytes:
        return _public(self.name)

    @property
    def kid(self) -> str:
        return kid_of(self.public)

    def sign(self, message: bytes) -> bytes:
        return _private(self.name).sign(message)

    def value(self, owner: str, role: str, status: str = "active", **more: Any) -> dict[str, Any]:
        """The ``key`` object of a key record."""
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64url(self.public)}
        return {"jwk": jwk, "owner": owner, "role": role, "status": status, **more}


@dataclass(frozen=True)
class Logged:
    """One record as the log keeps it."""

    index: int
    kind: Kind
    content: dict[str, Any]
    disclosures: tuple[str, ...]
    link: Link
    entry: bytes
    leaf: bytes
    kid: str
    owner: str
    touches: Touches


@dataclass
class LogBuilder:
    """A log with its administrator's key as entry 0. Names of keys stand for keys."""

    origin: str = ORIGIN
    chain_id: int = 31337
    records: list[Logged] = field(default_factory=list)
    newest: dict[str, list[Logged]] = field(default_factory=dict)
    """Object id → all records that extend it, as far as tips moved to them."""
    owners: dict[str, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    clock: str = "2026-03-01T08:00:00.000Z"

    def __post_init__(self) -> None:
        self.signer = NoteSigner(self.origin, hashlib.sha256(b"the log's own key").digest())
        self._salts = 0
        self.enrol("admin", ADMIN, "admin", by="admin")

    @property
    def policy(self) -> Policy:
        return Policy(
            self.origin,
            (self.signer.verifier,),
            Key("admin").kid,
            self.chain_id,
            "0x" + "55" * 32,
            "0x" + "22" * 20,
            "0x" + "11" * 32,
        )

    @property
    def size(self) -> int:
        return len(self.records)

    def salt(self) -> str:
        """The next one."""
        self._salts += 1
        return b64url(hashlib.sha256(f"salt {self._salts}".encode()).digest()[:16])

    # -- records -----------------------------------------------------------------------------------

    def enrol(self, name: str, owner: str, role: str = "recorder", *, by: str = "admin") -> int:
        self.owners.setdefault(name, owner)
        return self.append("key", Key(name).value(owner, role), by=by)

    def revoke(self, name: str, role: str = "recorder", *, by: str = "admin", **more: Any) -> int:
        value = Key(name).value(self.owners[name], role, "revoked", **more)
        return self.append("key", value, by=by)

    def master(self, value: dict[str, Any], *, by: str) -> int:
        return self.append("master", value, by=by)

    def event(
        self, value: dict[str, Any], *, by: str, hide: Collection[str] = (), **how: Any
    ) -> int:
        """``hide``: JSON pointers of members that become private fields."""
        shown, disclosures = private.hide(value, [(pointer, self.salt()) for pointer in hide])
        return self.append("event", shown, by=by, disclosures=disclosures, **how)

    def erase(self, index: int, *, by: str = "admin") -> int:
        """Append the erasure; from now on bundles show no content of that record."""
        of = digest_text(self.records[index].leaf)
        made = self.append("erasure", {"of": of, "reason": "asked for"}, by=by)
        self.erased.add(index)
        return made

    def append(
        self,
        kind: Kind,
        value: dict[str, Any],
        *,
        by: str,
        disclosures: Sequence[str] = (),
        after: Iterable[bytes] | None = None,
        time: str | None = None,
        salt: str | None = None,
        touched: Touches | None = None,
        sign_for: str | None = None,
        move_tips: bool = True,
    ) -> int:
        """Append; ``after``, ``time``, ``touched`` and ``move_tips`` are how a log lies.

        ``sign_for``: the origin that the recorder signs for, if not this log's.
        """
        key = Key(by)
        content = content_of(kind, value, salt or self.salt())
        digest = content_digest(jcs.dumps(content))
        owner = self.owners.get(by, ADMIN)
        if touched is None:
            erased = self._erased(content) if kind == "erasure" else None
            touched = touches(kind, value, kid=key.kid, owner=owner, erased=erased)
        due = {self.newest[name][-1].leaf for name in touched.rests_on if name in self.newest}
        link = Link(tuple(sorted(due if after is None else after)), self.salt())
        sig = key.sign(record_message(sign_for or self.origin, key.kid, digest))
        self.clock = time or _later(self.clock)
        entry = Entry(digest, link.digest(), key.kid, self.clock, sig).encode()
        logged = Logged(
            self.size,
            kind,
            content,
            tuple(disclosures),
            link,
            entry,
            merkle.leaf_hash(entry),
            key.kid,
            owner,
            touched,
        )
        self.records.append(logged)
        if move_tips:
            for name in touched.extends:
                self.newest.setdefault(name, []).append(logged)
        return logged.index

    def _erased(self, content: Mapping[str, Any]) -> Touches:
        of = content["erasure"]["of"]
        found = [r.touches for r in self.records if digest_text(r.leaf) == of]
        return found[0] if found else Touches((), ())

    # -- what the log publishes --------------------------------------------------------------------

    def root(self, size: int) -> bytes:
        return merkle.root_from_leaf_hashes([record.leaf for record in self.records[:size]])

    def checkpoint(self, size: int | None = None) -> str:
        size = self.size if size is None else size
        return self.signer.sign(Checkpoint(self.origin, size, self.root(size)).text())

    def tip(self, name: str, size: int | None = None) -> Logged | None:
        size = self.size if size is None else size
        return next((r for r in reversed(self.newest.get(name, [])) if r.index < size), None)

    def proof(self, index: int, size: int) -> str:
        leaves = [record.leaf for record in self.records[:size]]

        def get(level: int, number: int) -> bytes:
            return merkle.root_from_leaf_hashes(leaves[number << level : (number + 1) << level])

        return format_proof(index, merkle.inclusion_proof(index, size, get))

    def gather(
        self, subject: str, size: int, serial: str | None = None
    ) -> tuple[set[int], frozenset[str]]:
        """Indices of all that belongs to a subject, and U."""
        universe, found = Universe(subject, serial), set[int]()
        by_leaf = {record.leaf: record for record in self.records}
        while wanted := universe.wanted():
            queue = [tip for name in wanted if (tip := self.tip(name, size)) is not None]
            while queue:
                record = queue.pop()
                if record.index not in found:
                    found.add(record.index)
                    universe.add(self._seen(record))
                    queue += [by_leaf[leaf] for leaf in record.link.after]
        return found, universe.members()

    def _seen(self, record: Logged) -> Seen:
        if record.index in self.erased:
            return Seen(record.index, record.kid)
        extends = record.touches.extends
        try:
            content = parse_content(record.content)
        except Refused:  # a lie of its signer that the log should not have taken
            return Seen(record.index, record.kid, record.owner, extends)
        owner = content.key.owner if content.key is not None else None
        return Seen(record.index, record.kid, record.owner, extends, content.event, owner)

    def tips_note(self, newest: Mapping[str, bytes | None], size: int | None = None) -> str:
        """What the log signs of the newest records."""
        return self.signer.sign(
            Tips(self.origin, self.size if size is None else size, newest).text()
        )

    def bundle(
        self,
        subject: str,
        *,
        size: int | None = None,
        hide: Collection[int] = (),
        serial: tuple[Sequence[tuple[str, str]], int, int] | None = None,
        disclose: bool = True,
        anchored: bool = True,
    ) -> dict[str, Any]:
        """The bundle's JSON. ``serial``: (pairs as issued, position, index of the issuing record)."""
        size = self.size if size is None else size
        shown_serial = self._serial(*serial) if serial is not None else None
        found, members = self.gather(
            subject, size, shown_serial.serial if shown_serial is not None else None
        )
        tips = {name: self.tip(name, size) for name in members}
        keys = [i for i in sorted(found) if self.records[i].kind == "key"]
        hidden = {*hide, *self.erased}
        return Bundle(
            subject=subject,
            serial=shown_serial,
            checkpoint=self.checkpoint(size),
            tips=self.tips_note(
                {name: tip.leaf if tip else None for name, tip in tips.items()}, size
            ),
            records=tuple(
                self.record(i, size, hidden=i in hidden, disclose=disclose)
                for i in sorted(found.difference(keys))
            ),
            keys=tuple(self.record(i, size) for i in keys),
            anchor=self.anchor(size) if anchored else None,
        ).to_json()

    def record(
        self, index: int, size: int, *, hidden: bool = False, disclose: bool = True
    ) -> BundleRecord:
        """One record as it stands in a bundle at ``size``."""
        logged = self.records[index]
        return BundleRecord(
            None if hidden else logged.content,
            logged.disclosures if disclose and not hidden else (),
            json.loads(logged.link.encode()),
            logged.entry.decode(),
            self.proof(index, size),
        )

    def _serial(self, pairs: Sequence[tuple[str, str]], position: int, issued_by: int) -> Serial:
        salt, serial = pairs[position]
        path = tuple(map(b64, serials.serial_path(pairs, position)))
        return Serial(serial, salt, position, path, digest_text(self.records[issued_by].leaf))

    def anchor(self, size: int) -> Anchor:
        policy = self.policy
        return Anchor(
            policy.chain_id,
            policy.contract,
            policy.log_id,
            size,
            b64(self.root(size)),
            "0x" + "33" * 32,
            7,
            "0x" + "44" * 32,
            BLOCK_TIME,
        )


@dataclass
class FakeChain:
    """A ChainView over what a LogBuilder has; every answer can be changed, or be an error to raise."""

    log: LogBuilder
    answers: dict[str, Any] = field(default_factory=dict)

    def _answer(self, name: str, honest: Any) -> Any:
        answer = self.answers.get(name, honest)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def chain_id(self) -> int:
        return int(self._answer("chain_id", self.log.chain_id))

    def genesis_hash(self) -> str:
        return str(self._answer("genesis", self.log.policy.genesis))

    def root_at(
        self, contract: str, log_id: str, size: int, *, block: Literal["finalized", "latest"]
    ) -> bytes | None:
        assert (contract, log_id) == (self.log.policy.contract, self.log.policy.log_id)
        answer = self._answer(block, self.log.root(size))
        assert answer is None or isinstance(answer, bytes)
        return answer

    def head_extended(
        self, contract: str, log_id: str, size: int, root: bytes, at: Anchor
    ) -> str | None:
        assert (contract, log_id) == (self.log.policy.contract, self.log.policy.log_id)
        assert root == self.log.root(size)
        answer = self._answer("time", BLOCK_TIME if at.block_hash == "0x" + "44" * 32 else None)
        assert answer is None or isinstance(answer, str)
        return answer


def encode(bundle: Mapping[str, Any]) -> bytes:
    """A bundle as a file."""
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def event(kind: str, **members: Any) -> dict[str, Any]:
    """An EPCIS event with the members that all of them have."""
    head = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"suyuan": "https://node.example.cn/voc/"},
        ],
        "type": kind,
        "eventTime": "2026-02-01T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
    }
    return {**head, **members}


def quantities(*classes: str) -> list[dict[str, Any]]:
    """A quantity list of so many kilograms of each."""
    return [{"epcClass": name, "quantity": 12.5, "uom": "KGM"} for name in classes]


def _later(time: str) -> str:
    return from_datetime(datetime.fromisoformat(time) + timedelta(minutes=1))
