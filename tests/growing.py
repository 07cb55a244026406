"""A log without a store: entries, their tree, signed heads and proofs."""

from __future__ import annotations

from suyuan.core import merkle
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.note import NoteSigner
from suyuan.core.witness import write_request

ORIGIN = "node.example/log"
LOG = NoteSigner(ORIGIN, bytes(range(32)))


class Tree:
    """Leaf hashes and what is proved of them."""

    def __init__(self, *words: str) -> None:
        self.entries = [word.encode() for word in words]
        self.leaves = merkle.leaf_hashes(self.entries)

    @staticmethod
    def root_of(leaves: list[bytes]) -> bytes:
        return merkle.root_from_leaf_hashes(leaves) if leaves else merkle.EMPTY_ROOT

    def root(self, size: int) -> bytes:
        return self.root_of(self.leaves[:size])

    def note(self, size: int, signer: NoteSigner = LOG) -> str:
        return signer.sign(Checkpoint(signer.name, size, self.root(size)).text())

    def proof(self, old: int, size: int) -> list[bytes]:
        def node(level: int, number: int) -> bytes:
            return merkle.root_from_leaf_hashes(
                self.leaves[number << level : (number + 1) << level]
            )

        return merkle.consistency_proof(old, size, node) if old else []

    def request(self, old: int, size: int) -> bytes:
        return write_request(old, self.proof(old, size), self.note(size))
