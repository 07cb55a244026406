"""One record of a bundle: content, key, signature, inclusion (formats.md §7, "Verification")."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from suyuan.core import jcs, merkle, private
from suyuan.core.bundle import BundleRecord
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.content import Content, content_digest, parse_content
from suyuan.core.entry import Entry, Link, parse_entry, parse_link, record_message
from suyuan.core.errors import Malformed, ProofError, Refused
from suyuan.core.keys import KeyRing, KeyState, verify
from suyuan.core.policy import Policy
from suyuan.core.tlog_proof import parse_proof

RecordStep: TypeAlias = Literal["content", "key", "signature", "inclusion"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A record that passed its four steps."""

    index: int
    entry: Entry
    leaf: bytes
    link: Link
    content: Content | None
    """None where hidden or erased."""
    revealed: Mapping[str, Any] | None
    """The content's value, with the disclosed private fields in place."""
    signer: KeyState
    """The signer's key as of this index."""


class RecordChecker:
    """Takes the key records by index, then the others by index, and remembers what they say of keys.

    ``at`` is called with the name of each step before the step is made.
    """

    def __init__(self, policy: Policy, tree: Checkpoint, at: Callable[[RecordStep], None]) -> None:
        self._policy = policy
        self._tree = tree
        self._at = at
        self._contents: set[bytes] = set()
        self._key_records: list[Checked] = []
        self._walks = {True: _KeyWalk(), False: _KeyWalk()}

    def check(self, record: BundleRecord, *, is_key: bool) -> Checked:
        """The record, if it passes all four steps; else Refused, with a pointer into the record."""
        self._at("content")
        index = record.index
        entry = parse_entry(record.entry)
        link = _link(record, entry)
        content, revealed = self._content(record, entry, is_key=is_key)
        self._at("key")
        signer = self._signer(index, entry, link, content)
        self._at("signature")
        message = record_message(self._policy.origin, entry.kid, entry.content)
        if not verify(signer.x, message, entry.sig):
            raise ProofError("the signature does not fit content, key and log")
        self._at("inclusion")
        leaf = merkle.leaf_hash(record.entry.encode())
        _, hashes = parse_proof(record.proof)
        merkle.verify_inclusion(leaf, index, self._tree.size, hashes, self._tree.root)
        checked = Checked(index, entry, leaf, link, content, revealed, signer)
        if is_key:
            self._key_records.append(checked)
        return checked

    def _content(
        self, record: BundleRecord, entry: Entry, *, is_key: bool
    ) -> tuple[Content | None, Mapping[str, Any] | None]:
        if entry.content in self._contents:
            raise ProofError("the same content stands in the bundle twice")
        self._contents.add(entry.content)
        if record.content is None:
            if is_key:
                raise Refused("a key record is never hidden", path="/content")
            return None, None
        if content_digest(jcs.dumps(record.content)) != entry.content:
            raise ProofError("the content is not the one that was signed", path="/content")
        try:
            content = parse_content(record.content)
        except Malformed as problem:
            raise problem.at("/content") from None
        if (content.kind == "key") != is_key:
            raise Refused("key records, and only these, stand among the keys", path="/content/kind")
        if content.kind == "event":
            return content, private.reveal(content.value, record.disclosures)
        if record.disclosures:
            raise Refused("only events have private fields", path="/disclosures")
        return content, content.value

    def _signer(self, index: int, entry: Entry, link: Link, content: Content | None) -> KeyState:
        key = content.key if content is not None else None
        walk = self._walks[key is not None]
        walk.advance(index, self._key_records)
        if index == 0:
            if key is None or key.kid != self._policy.admin_kid:
                raise ProofError("entry 0 is not the key of the policy's administrator")
            if not KeyRing().apply(0, entry.kid, key):
                raise ProofError("entry 0 is not an administrator's key signed by itself")
            return KeyState.of(key)
        signer = walk.ring.state(entry.kid)
        if signer is None:
            raise ProofError("the key {kid} was not enrolled before", kid=entry.kid)
        if key is None and not signer.active:
            raise ProofError("the key {kid} was revoked before", kid=entry.kid)
        if walk.newest[entry.kid] not in link.after:
            raise ProofError("the link leaves out the newest record of the key that signed")
        return signer

    def final_ring(self) -> KeyRing:
        """Key states, all key records taken so far in account."""
        walk = _KeyWalk()
        walk.advance(self._tree.size, self._key_records)
        return walk.ring


class _KeyWalk:
    """What the key records of lower index say, for indices that only grow."""

    def __init__(self) -> None:
        self.ring = KeyRing()
        self.newest: dict[str, bytes] = {}
        """Leaf hash of the last record, counting or not, of each kid."""
        self._taken = 0

    def advance(self, index: int, key_records: Sequence[Checked]) -> None:
        while self._taken < len(key_records) and key_records[self._taken].index < index:
            record = key_records[self._taken]
            assert record.content is not None
            assert record.content.key is not None
            self.ring.apply(record.index, record.entry.kid, record.content.key)
            self.newest[record.content.key.kid] = record.leaf
            self._taken += 1


def _link(record: BundleRecord, entry: Entry) -> Link:
    try:
        link = parse_link(record.link)
    except Malformed as problem:
        raise problem.at("/link") from None
    if link.digest() != entry.after:
        raise ProofError("the link is not the one that the entry holds", path="/link")
    return link
