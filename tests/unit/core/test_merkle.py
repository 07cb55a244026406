from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core import merkle
from suyuan.core.errors import ProofError

LEAVES = [merkle.leaf_hash(b"entry %d" % i) for i in range(70)]


def reference_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(
        b"\x01" + reference_root(hashes[:k]) + reference_root(hashes[k:])
    ).digest()


ROOTS = [reference_root(LEAVES[:n]) for n in range(len(LEAVES) + 1)]


def get(level: int, n: int) -> bytes:
    nodes = LEAVES[n << level : (n + 1) << level]
    assert len(nodes) == 1 << level, "asked for a subtree that is not complete"
    return reference_root(nodes)


def uniform() -> Callable[[int, int], bytes]:
    """Nodes of a tree of any size whose leaves are all the same."""
    levels = [merkle.leaf_hash(b"")]
    for _ in range(64):
        levels.append(merkle.node_hash(levels[-1], levels[-1]))
    return lambda level, _: levels[level]


UNIFORM = uniform()


def test_reference_tree() -> None:
    vectors = json.loads(shared("vectors", "rfc6962-kat", "rfc6962_8leaf.json").read_text())
    leaves = merkle.leaf_hashes([bytes.fromhex(text) for text in vectors["leaf_inputs_hex"]])
    assert leaves == [merkle.leaf_hash(bytes.fromhex(t)) for t in vectors["leaf_inputs_hex"]]
    roots = [merkle.root_from_leaf_hashes(leaves[:n]).hex() for n in range(9)]
    assert roots == vectors["roots_by_size_hex"]
    levels = [[node.hex() for node in level] for level in merkle.complete_subtree_levels(leaves)]
    assert levels == vectors["nodes_by_level_hex"]


def _cases(kind: str) -> list[tuple[str, dict[str, object]]]:
    folder = shared("vectors", "tdev-merkle", kind)
    files = sorted(folder.rglob("*.json"))
    assert len(files) == 98
    return [(str(file.relative_to(folder)), json.loads(file.read_text())) for file in files]


def _hashes(value: object) -> list[bytes]:
    assert value is None or isinstance(value, list)
    return [base64.b64decode(text) for text in value or []]


def _hash(value: object) -> bytes:
    assert isinstance(value, str)
    return base64.b64decode(value)


def test_published_inclusion_proofs() -> None:
    good = 0
    for name, case in _cases("inclusion"):
        index, size = case["leafIdx"], case["treeSize"]
        assert isinstance(index, int)
        assert isinstance(size, int)
        try:
            merkle.verify_inclusion(
                _hash(case["leafHash"]), index, size, _hashes(case["proof"]), _hash(case["root"])
            )
        except ProofError:
            assert case["wantErr"], name
        else:
            assert not case["wantErr"], name
            good += 1
    assert good == 6


def test_published_consistency_proofs() -> None:
    good = 0
    for name, case in _cases("consistency"):
        m, n = case["size1"], case["size2"]
        assert isinstance(m, int)
        assert isinstance(n, int)
        # One file calls two equal roots of 12 bytes good; ours are hashes or nothing (formats.md §7).
        short = not case["wantErr"] and len(_hash(case["root1"])) != 32
        try:
            merkle.verify_consistency(
                m, _hash(case["root1"]), n, _hash(case["root2"]), _hashes(case["proof"])
            )
        except ProofError:
            assert case["wantErr"] or short, name
        else:
            assert not case["wantErr"], name
            assert not short, name
            good += 1
    assert good == 5


@pytest.mark.parametrize("n", range(len(LEAVES) + 1))
def test_roots(n: int) -> None:
    assert merkle.root_from_leaf_hashes(LEAVES[:n]) == ROOTS[n]
    assert merkle.root_from_leaf_hashes(tuple(LEAVES[:n])) == ROOTS[n]
    assert merkle.root(n, get) == ROOTS[n]


def test_tree_from_entries() -> None:
    entries = [b"entry %d" % i for i in range(70)]
    assert merkle.tree_from_entries(entries) == ROOTS[70]
    assert merkle.tree_from_entries(iter(entries)) == ROOTS[70]
    assert merkle.tree_from_entries([]) == merkle.EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_levels_of_a_tile() -> None:
    hashes = [merkle.leaf_hash(b"%d" % i) for i in range(256)]
    levels = merkle.complete_subtree_levels(hashes)
    assert [len(level) for level in levels] == [256, 128, 64, 32, 16, 8, 4, 2, 1]
    assert levels[3][5] == reference_root(hashes[40:48])
    assert levels[8] == [reference_root(hashes)]


@pytest.mark.parametrize("n", [0, 3, 255, 257])
def test_levels_of_what_is_no_complete_subtree(n: int) -> None:
    with pytest.raises(ProofError):
        merkle.complete_subtree_levels([bytes(32)] * n)


def test_every_inclusion_proof_up_to_64() -> None:
    for size in range(1, 65):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, get)
            merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


def test_every_consistency_proof_up_to_64() -> None:
    for n in range(65):
        for m in range(n + 1):
            proof = merkle.consistency_proof(m, n, get)
            merkle.verify_consistency(m, ROOTS[m], n, ROOTS[n], proof)


def mutations(proof: list[bytes]) -> list[list[bytes]]:
    changed = [[*proof, bytes(32)], [bytes(32), *proof], [*proof, b""], [*proof, *proof]]
    for i, value in enumerate(proof):
        flipped = bytes([value[0] ^ 1]) + value[1:]
        changed += [proof[:i] + proof[i + 1 :], [*proof[:i], flipped, *proof[i + 1 :]]]
        changed += [[*proof[:i], value, *proof[i:]], [*proof[:i], value[:31], *proof[i + 1 :]]]
        changed += [[*proof[:i], value + b"\0", *proof[i + 1 :]]]
    return [other for other in changed if other != proof]


def test_no_mutated_inclusion_proof_holds() -> None:
    for size in range(1, 20):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, get)
            tries = [(index, size, LEAVES[index], other) for other in mutations(proof)]
            tries += [(i, size, LEAVES[index], proof) for i in range(-1, 22) if i != index]
            tries += [(index, size, LEAVES[index + 1], proof)]
            for i, s, leaf, other in tries:
                with pytest.raises(ProofError):
                    merkle.verify_inclusion(leaf, i, s, other, ROOTS[size])


def test_no_mutated_consistency_proof_holds() -> None:
    for n in range(1, 20):
        for m in range(n + 1):
            proof = merkle.consistency_proof(m, n, get)
            for other in mutations(proof):
                with pytest.raises(ProofError):
                    merkle.verify_consistency(m, ROOTS[m], n, ROOTS[n], other)
            for root_m, root_n in ((ROOTS[m + 1], ROOTS[n]), (ROOTS[m], ROOTS[n + 1])):
                with pytest.raises(ProofError):
                    # With m = 0 nothing ties the new root to anything, as it should be.
                    merkle.verify_consistency(m, root_m, n, root_n, proof if m else [bytes(32)])


def unguarded(m: int, root_m: bytes, n: int, root_n: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2 as many have written it: without step 6.a, "if sn is 0, fail"."""
    path = [root_m, *proof] if m & (m - 1) == 0 else list(proof)
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if fn & 1 or fn == sn:
            old, new = merkle.node_hash(sibling, old), merkle.node_hash(sibling, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = merkle.node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    return old == root_m and new == root_n and sn == 0


def test_unguarded_takes_what_is_honest() -> None:
    for n in range(2, 30):
        for m in range(1, n):
            proof = merkle.consistency_proof(m, n, get)
            assert unguarded(m, ROOTS[m], n, ROOTS[n], proof)


def test_forged_head_is_refused() -> None:
    """Six real leaves; a "tree of seven" in which the last of the six is pushed down a level.

    The path has one hash too many, so it starts one level lower and still ends in the old root. Only
    the in-loop check on sn tells.
    """
    abcd, e, f = ROOTS[4], LEAVES[4], LEAVES[5]
    made_up = merkle.leaf_hash(b"anything")
    path = [f, made_up, e, abcd]
    forged = merkle.node_hash(abcd, merkle.node_hash(e, merkle.node_hash(f, made_up)))
    assert forged != merkle.root_from_leaf_hashes([*LEAVES[:6], made_up])
    assert unguarded(6, ROOTS[6], 7, forged, path)
    with pytest.raises(ProofError, match="longer"):
        merkle.verify_consistency(6, ROOTS[6], 7, forged, path)


@pytest.mark.parametrize(
    ("m", "root_m", "n", "root_n", "proof"),
    [
        (3, ROOTS[3], 2, ROOTS[2], []),
        (-1, ROOTS[0], 2, ROOTS[2], []),
        (0, ROOTS[0], 2, ROOTS[2], [ROOTS[2]]),
        (0, ROOTS[0], 0, ROOTS[0], [ROOTS[2]]),
        (0, ROOTS[1], 2, ROOTS[2], []),
        (0, ROOTS[1], 0, ROOTS[1], []),
        (0, ROOTS[0], 0, ROOTS[1], []),
        (2, ROOTS[2], 2, ROOTS[2], [ROOTS[2]]),
        (2, ROOTS[2], 2, ROOTS[3], []),
        (2, ROOTS[2], 3, ROOTS[3], []),
        (2, ROOTS[2][:31], 2, ROOTS[2][:31], []),
        (4, ROOTS[4], 8, ROOTS[8], [ROOTS[4], ROOTS[4]]),
    ],
)
def test_refused_consistency(
    m: int, root_m: bytes, n: int, root_n: bytes, proof: list[bytes]
) -> None:
    with pytest.raises(ProofError):
        merkle.verify_consistency(m, root_m, n, root_n, proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 4), (-1, 4), (0, -1)])
def test_no_such_entry(index: int, size: int) -> None:
    for ask in (merkle.inclusion_nodes, lambda i, s: merkle.inclusion_proof(i, s, get)):
        with pytest.raises(ProofError):
            ask(index, size)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize(("m", "n"), [(2, 1), (-1, 1)])
def test_no_such_old_tree(m: int, n: int) -> None:
    for ask in (merkle.consistency_nodes, lambda a, b: merkle.consistency_proof(a, b, get)):
        with pytest.raises(ProofError):
            ask(m, n)


def test_an_inclusion_proof_does_not_go_on_above_the_root() -> None:
    """Without the in-loop check, anything lies in a "tree of one" under a made-up root."""
    sibling = LEAVES[1]
    with pytest.raises(ProofError, match="longer"):
        merkle.verify_inclusion(LEAVES[0], 0, 1, [sibling], merkle.node_hash(sibling, LEAVES[0]))


SIZES = st.integers(1, 2**48)


@given(SIZES, st.data())
def test_proofs_in_trees_of_any_size(size: int, data: st.DataObject) -> None:
    other = data.draw(st.integers(1, size))
    root = merkle.root(size, UNIFORM)
    proof = merkle.inclusion_proof(other - 1, size, UNIFORM)
    merkle.verify_inclusion(UNIFORM(0, 0), other - 1, size, proof, root)
    proof = merkle.consistency_proof(other, size, UNIFORM)
    merkle.verify_consistency(other, merkle.root(other, UNIFORM), size, root, proof)


@given(SIZES, st.data())
def test_the_named_nodes_are_those_that_are_asked_for(size: int, data: st.DataObject) -> None:
    other = data.draw(st.integers(1, size))
    asked: list[tuple[int, int]] = []

    def recording(level: int, n: int) -> bytes:
        assert (n + 1) << level <= size, "not complete"
        asked.append((level, n))
        return UNIFORM(level, n)

    merkle.inclusion_proof(other - 1, size, recording)
    assert sorted(asked) == sorted(merkle.inclusion_nodes(other - 1, size))
    asked.clear()
    merkle.consistency_proof(other, size, recording)
    assert sorted(asked) == sorted(merkle.consistency_nodes(other, size))
    asked.clear()
    merkle.root(size, recording)
    assert sorted(asked) == sorted(merkle.root_nodes(size))


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=40), st.data())
def test_a_changed_past_has_no_proof(entries: list[bytes], data: st.DataObject) -> None:
    """Whoever rewrites an entry cannot prove consistency even with honest proofs of his own tree."""
    m = data.draw(st.integers(1, len(entries)))
    at = data.draw(st.integers(0, m - 1))
    rewritten = list(entries)
    rewritten[at] += b"!"
    leaves = merkle.leaf_hashes(rewritten)
    proof = merkle.consistency_proof(
        m, len(entries), lambda level, n: reference_root(leaves[n << level : (n + 1) << level])
    )
    with pytest.raises(ProofError):
        merkle.verify_consistency(
            m,
            merkle.tree_from_entries(entries[:m]),
            len(entries),
            merkle.root_from_leaf_hashes(leaves),
            proof,
        )
