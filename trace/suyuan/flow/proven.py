"""Which entries did the signed checkpoints commit to? Told by their roots alone, whatever is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from suyuan.core import merkle
from suyuan.core.replay import RightEdge
from suyuan.ports.tree import SignedHead

_SINGLES = 512
"""Records of one checkpoint of which each is tried alone."""


def proven_leaves(
    held: Sequence[bytes | None],
    spare: Mapping[int, bytes],
    hints: Mapping[int, Sequence[bytes]],
    heads: Sequence[SignedHead],
) -> list[bytes | None]:
    """The leaf hash at each index below the last head, None where no signed root proves one.

    ``held``: of the stored entries, None where there is none; ``spare``: of entries from elsewhere,
    where they differ; ``hints``: leaf hashes that tiles and rows remember. ``heads``, by size, are those
    whose signature was found right.
    """
    edge, leaves = RightEdge(), list[bytes | None]()
    for head in heads:
        span = range(len(leaves), head.size)
        for choice in _choices(span, held, spare, hints):
            tried = edge.copy()
            for leaf in choice:
                tried.push(leaf)
            if tried.root() == head.root:
                edge, found = tried, choice
                leaves += found
                break
        else:
            # What follows is under larger heads only, whose roots need these.
            break
    return leaves + [None] * ((heads[-1].size if heads else 0) - len(leaves))


def _choices(
    span: range,
    held: Sequence[bytes | None],
    spare: Mapping[int, bytes],
    hints: Mapping[int, Sequence[bytes]],
) -> Iterator[list[bytes]]:
    options = {
        index: list(
            dict.fromkeys(
                leaf
                for leaf in (held[index], spare.get(index), *hints.get(index, ()))
                if leaf is not None
            )
        )
        for index in span
    }
    if not all(options.values()):
        return
    first = [options[index][0] for index in span]
    yield first
    doubtful = [index for index in span if len(options[index]) > 1]
    for place in range(1, max((len(options[index]) for index in doubtful), default=1)):
        yield [options[index][min(place, len(options[index]) - 1)] for index in span]
    trusted = [spare.get(index, options[index][0]) for index in span]
    yield trusted
    for base in (first, trusted):
        for index in doubtful[:_SINGLES]:
            for leaf in options[index]:
                at = index - span.start
                if base[at] != leaf:
                    yield [*base[:at], leaf, *base[at + 1 :]]


def leaf_of(entry: bytes | None) -> bytes | None:
    """Of an entry that is there."""
    return None if entry is None else merkle.leaf_hash(entry)
