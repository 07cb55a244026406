from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core import merkle, tiles
from suyuan.core.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from suyuan.core.errors import Malformed, ProofError
from suyuan.core.note import NoteSigner, NoteVerifier

SIGNER = NoteSigner("example.org/log", bytes(range(32)))
HEAD = Checkpoint("example.org/log", 4096, bytes(range(32)))


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_text_round_trip(size: int, root: bytes) -> None:
    head = Checkpoint("example.org/log", size, root)
    assert parse_checkpoint(head.text()) == head


def test_open() -> None:
    note = SIGNER.sign(HEAD.text())
    assert open_checkpoint(note, [SIGNER.verifier], "example.org/log") == HEAD


def test_another_log_is_refused() -> None:
    note = SIGNER.sign(HEAD.text())
    with pytest.raises(ProofError, match=r"of the log .*/log, not of .*/other"):
        open_checkpoint(note, [SIGNER.verifier], "example.org/other")


def test_unsigned_is_refused() -> None:
    other = NoteSigner("example.org/log", bytes(32))
    with pytest.raises(ProofError):
        open_checkpoint(other.sign(HEAD.text()), [SIGNER.verifier], "example.org/log")


LINES = HEAD.text().split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD.text()[:-1],
        HEAD.text() + "extension\n",
        HEAD.text() + "extension",
        HEAD.text() + "\n",
        "\n" + HEAD.text(),
        f"\n4096\n{LINES[2]}\n",
        f"a\n04096\n{LINES[2]}\n",
        f"a\n+4096\n{LINES[2]}\n",
        f"a\n-1\n{LINES[2]}\n",
        f"a\n4096 \n{LINES[2]}\n",
        f"a\n٤\n{LINES[2]}\n",
        f"a\n9223372036854775808\n{LINES[2]}\n",
        f"a\n4096\n{LINES[2][:-1]}\n",
        f"a\n4096\n{LINES[2]} \n",
        "a\n4096\nAAAA\n",
        "a\n4096\n\n",
    ],
)
def test_exactly_three_lines(text: str) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(text)


def test_published_rejections() -> None:
    file = shared("vectors", "c2sp", "tlog-checkpoint", "parse_cases.json")
    rejected = [case for case in json.loads(file.read_text()) if case["expect"] == "reject"]
    assert len(rejected) == 7
    for case in rejected:
        with pytest.raises(Malformed):
            parse_checkpoint(case["body"])


@pytest.mark.parametrize("kind", ["tlog-checkpoint", "tlog-cosignature"])
def test_published_checkpoint(kind: str) -> None:
    note = shared("vectors", "c2sp", kind, "example.checkpoint").read_text()
    head = parse_checkpoint(note.rpartition("\n\n")[0] + "\n")
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)


def test_a_whole_log_by_others() -> None:
    """Fifteen entries, a signed head at every size: signatures, roots, tiles, consistency."""
    folder = shared("vectors", "tessera-log")
    vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    verifiers = [NoteVerifier.parse(vkey)]
    heads = [
        open_checkpoint(
            (folder / f"checkpoint.{n}").read_text(), verifiers, "example.com/log/testdata"
        )
        for n in range(16)
    ]
    for n, head in enumerate(heads):
        assert head.size == n
        if n:
            entries = tiles.decode_entries((folder / tiles.entries_path(0, n)).read_bytes())
            hashes = tiles.split_tile((folder / tiles.tile_path(0, 0, n)).read_bytes())
            assert hashes == merkle.leaf_hashes(entries)
            assert tiles.encode_entries(entries) == (folder / tiles.entries_path(0, n)).read_bytes()
        else:
            entries = []
        assert merkle.tree_from_entries(entries) == head.root
    leaves = merkle.leaf_hashes(
        tiles.decode_entries((folder / tiles.entries_path(0, 15)).read_bytes())
    )

    def get(level: int, n: int) -> bytes:
        return merkle.root_from_leaf_hashes(leaves[n << level : (n + 1) << level])

    for new in heads:
        for old in heads[: new.size + 1]:
            proof = merkle.consistency_proof(old.size, new.size, get)
            merkle.verify_consistency(old.size, old.root, new.size, new.root, proof)
