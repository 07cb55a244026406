"""Small trees over made-up entries, and ways to spoil a proof."""

from __future__ import annotations

from collections.abc import Iterator

from suyuan.core import merkle


class Tree:
    """A tree of up to ``leaves`` leaves, with every complete subtree's hash."""

    def __init__(self, leaves: int) -> None:
        self.levels = [[merkle.leaf_hash(f"entry {i}".encode()) for i in range(leaves)]]
        while len(below := self.levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self.levels.append([merkle.node_hash(left, right) for left, right in pairs])

    def get(self, level: int, n: int) -> bytes:
        return self.levels[level][n]

    def leaf(self, index: int) -> bytes:
        return self.levels[0][index]

    def root(self, size: int) -> bytes:
        return merkle.root(size, self.get)

    def consistency(self, m: int, n: int) -> list[bytes]:
        return merkle.consistency_proof(m, n, self.get)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return merkle.inclusion_proof(index, size, self.get)


def mutations(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Proofs that are not this one: hashes changed, left out, added, and in another order."""
    for i, value in enumerate(proof):
        yield [*proof[:i], bytes([value[0] ^ 1]) + value[1:], *proof[i + 1 :]]
        yield [*proof[:i], *proof[i + 1 :]]
        yield [*proof[:i], value, *proof[i:]]
        if i and proof[i - 1] != value:
            yield [*proof[: i - 1], value, proof[i - 1], *proof[i + 1 :]]
    yield [bytes(32), *proof]
    yield [*proof, bytes(32)]
    yield [*proof, bytes(32), bytes(32)]
