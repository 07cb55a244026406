"""Building the tree from entries in memory, beside pymerkle and beside SHA-256 alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from hashlib import sha256
from statistics import median

from bench.context import Context
from bench.figures import Figure, Goal, Reference
from bench.timing import timed

from suyuan.core import merkle
from suyuan.core.encoding import b64url
from suyuan.core.entry import Entry


def measure(context: Context) -> Iterator[Figure]:
    """Leaves a second: leaf hashes, all nodes, root."""
    count, runs = (1_000, 1) if context.quick else (262_144, 5)
    entries = [_entry(number) for number in range(count)]
    ours = timed(lambda: merkle.tree_from_entries(entries), runs)
    bare = timed(lambda: _hash_alone(entries), runs)
    with context.scratch() as folder:
        (folder / "entries").write_bytes(b"\n".join(entries))
        theirs = context.references.ask("tree", folder / "entries", str(min(runs, 3)))
    yield Figure(
        "tree build from entries in memory",
        "leaves/s",
        ours.rates(count),
        Goal(at_least=600_000),
        (
            context.references.of("pymerkle", median(theirs) if theirs else None),
            Reference("SHA-256 alone", median(bare.rates(count))),
        ),
        ours.crowd,
        details={"entries": count, "entryBytes": len(entries[0])},
    )


def _entry(number: int) -> bytes:
    one = hashlib.sha256(number.to_bytes(8, "big")).digest()
    two = hashlib.sha256(one).digest()
    return Entry(one, two, b64url(bytes(32)), "2026-09-17T08:30:00.000Z", one + two).encode()


def _hash_alone(entries: list[bytes]) -> None:
    """As many digests of as many bytes, and nothing else."""
    for entry in entries:
        sha256(entry).digest()
    node = bytes(65)
    for _ in entries:
        sha256(node).digest()
