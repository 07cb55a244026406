"""Inclusion proofs as text (C2SP tlog-proof@v1), without ``extra``, as bundles carry them.

The text up to and including its empty line, joined with a signed checkpoint, is a whole tlog-proof.
"""

from __future__ import annotations

from collections.abc import Sequence

from suyuan.core.encoding import b64, decimal, unb64
from suyuan.core.errors import Malformed

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
"""No tree of at most 2^63 - 1 leaves is higher."""


def format_proof(index: int, hashes: Sequence[bytes]) -> str:
    """Header, index, one line a hash, and an empty line."""
    lines = [HEADER, f"index {index}", *map(b64, hashes)]
    return "\n".join(lines) + "\n\n"


def parse_proof(text: str) -> tuple[int, list[bytes]]:
    """Index and hashes of exactly such a text; Malformed otherwise."""
    if not text.endswith("\n\n"):
        raise Malformed("a proof is a text that ends with an empty line")
    header, *lines = text[:-2].split("\n")
    if header != HEADER:
        raise Malformed("a proof begins with the line {header}", header=HEADER)
    word, _, number = (lines[0] if lines else "").partition(" ")
    if word != "index":
        raise Malformed("the second line of a proof says its index")
    if len(lines) - 1 > MAX_HASHES:
        raise Malformed("a proof has at most {most} hashes", most=MAX_HASHES)
    return decimal(number), [unb64(line, size=32) for line in lines[1:]]
