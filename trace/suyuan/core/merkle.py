"""The Merkle tree of RFC 6962 §2.1 and RFC 9162 §2.1: roots, proofs, and their verification.

A *node* (level, n) is the hash of the complete subtree over leaves n·2^level … (n+1)·2^level - 1.
It never changes once its leaves are there, so a store keeps nodes and nothing else; the ragged
right edge is folded anew for every size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from suyuan.core.errors import ProofError

EMPTY_ROOT = sha256(b"").digest()

Node = tuple[int, int]
GetNode = Callable[[int, int], bytes]
_Range = tuple[int, int]

_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(_NODE + left + right).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Leaf hashes of many entries."""
    return [sha256(_LEAF + entry).digest() for entry in entries]


def tree_from_entries(entries: Iterable[bytes]) -> bytes:
    """Root of the tree over these entries."""
    return root_from_leaf_hashes(leaf_hashes(entries))


def root_from_leaf_hashes(hashes: Sequence[bytes]) -> bytes:
    """Root of the tree over these leaf hashes; EMPTY_ROOT for none.

    Level by level, an odd last node going up as it is: the same tree as RFC 6962's recursion.
    """
    if not hashes:
        return EMPTY_ROOT
    level = hashes
    while len(level) > 1:
        above = _pairs(level)
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def complete_subtree_levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """All levels of a complete subtree, the given hashes first, its root last (a tile: 256 … 1).

    Raises ProofError unless their number is a power of two.
    """
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise ProofError("a complete subtree has a power of two of nodes, not {n}", n=len(hashes))
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        levels.append(_pairs(levels[-1]))
    return levels


def _pairs(level: Sequence[bytes]) -> list[bytes]:
    each = iter(level)
    return [sha256(_NODE + left + right).digest() for left, right in zip(each, each, strict=False)]


def root_nodes(size: int) -> list[Node]:
    """The complete subtrees that a tree of ``size`` leaves consists of, left to right."""
    return _cover((0, size))


def root(size: int, get: GetNode) -> bytes:
    """Root at ``size`` from stored nodes."""
    return _fold(_cover((0, size)), get)


def inclusion_nodes(index: int, size: int) -> list[Node]:
    """All nodes that ``inclusion_proof`` will ask for, to be fetched at once."""
    return [node for part in _inclusion_ranges(index, size) for node in _cover(part)]


def inclusion_proof(index: int, size: int, get: GetNode) -> list[bytes]:
    """RFC 9162 §2.1.3.1: from the leaf's sibling up. ProofError if index ≥ size."""
    return [_fold(_cover(part), get) for part in _inclusion_ranges(index, size)]


def consistency_nodes(m: int, n: int) -> list[Node]:
    """All nodes that ``consistency_proof`` will ask for, to be fetched at once."""
    return [node for part in _consistency_ranges(m, n) for node in _cover(part)]


def consistency_proof(m: int, n: int, get: GetNode) -> list[bytes]:
    """RFC 9162 §2.1.4.1: that the tree of size n begins with that of size m. ProofError if m > n.

    Empty where nothing is to be proven: m = n, and m = 0.
    """
    return [_fold(_cover(part), get) for part in _consistency_ranges(m, n)]


def _cover(part: _Range) -> list[Node]:
    """Complete subtrees of a range that starts where a subtree of its size may start."""
    start, end = part
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _fold(nodes: list[Node], get: GetNode) -> bytes:
    if not nodes:
        return EMPTY_ROOT
    result = get(*nodes[-1])
    for node in reversed(nodes[:-1]):
        result = node_hash(get(*node), result)
    return result


def _split(low: int, high: int) -> int:
    """Where RFC 6962 divides a range: the largest power of two smaller than its length."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _inclusion_ranges(index: int, size: int) -> list[_Range]:
    if not 0 <= index < size:
        raise ProofError("there is no entry {index} in a tree of {size}", index=index, size=size)
    low, high = 0, size
    ranges: list[_Range] = []
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return ranges[::-1]


def _consistency_ranges(m: int, n: int) -> list[_Range]:
    if not 0 <= m <= n:
        raise ProofError("a tree of {n} does not begin with one of {m}", m=m, n=n)
    if m == 0:
        return []
    low, high = 0, n
    ranges: list[_Range] = []
    while high != m:
        middle = _split(low, high)
        if m <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:  # else the old tree is itself a node here, and its root is known
        ranges.append((low, high))
    return ranges[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162 §2.1.3.2. ProofError unless ``leaf`` (a leaf hash) stands at ``index``."""
    _check_lengths(leaf, root, *proof)
    if not 0 <= index < size:
        raise ProofError("there is no entry {index} in a tree of {size}", index=index, size=size)
    fn, sn = index, size - 1
    result = leaf
    for sibling in proof:
        if sn == 0:
            raise ProofError("the inclusion proof is longer than the tree is high")
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            result = node_hash(result, sibling)
        fn >>= 1
        sn >>= 1
    if sn:
        raise ProofError("the inclusion proof is shorter than the tree is high")
    if result != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    m: int, root_m: bytes, n: int, root_n: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162 §2.1.4.2. ProofError unless the tree (n, root_n) begins with (m, root_m)."""
    _check_lengths(root_m, root_n, *proof)
    if not 0 <= m <= n:
        raise ProofError("a tree of {n} does not begin with one of {m}", m=m, n=n)
    if m in (0, n):
        if proof:
            raise ProofError("nothing is to be proven here, and yet there is a proof")
        if root_m != (root_n if m else EMPTY_ROOT) or (n == 0 and root_n != EMPTY_ROOT):
            raise ProofError("the two heads of one size have different roots")
        return
    if not proof:
        raise ProofError("the consistency proof is empty")
    path = [root_m, *proof] if m & (m - 1) == 0 else proof
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        # Without this check the loop would go on hashing above the root of both trees, and a forger
        # could append siblings until "old" is a root of his choice.
        if sn == 0:
            raise ProofError("the consistency proof is longer than the tree is high")
        if fn & 1 or fn == sn:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            new = node_hash(new, sibling)
        fn >>= 1
        sn >>= 1
    if sn:
        raise ProofError("the consistency proof is shorter than the tree is high")
    if old != root_m:
        raise ProofError("the consistency proof does not contain the old root")
    if new != root_n:
        raise ProofError("the consistency proof leads to another root")


def _check_lengths(*hashes: bytes) -> None:
    if any(len(value) != 32 for value in hashes):
        raise ProofError("a hash has 32 bytes")
