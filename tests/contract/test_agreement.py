"""The contract, suyuan's core and the page's verifier agree on the same proofs: all sizes up to 40,
mutations of them, and thousands drawn from larger trees."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from contract.trees import Tree, mutations
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from shared import ROOT

from suyuan.core import merkle
from suyuan.core.errors import ProofError
from suyuan_contracts import log_id
from suyuan_devnet import Devnet
from suyuan_devnet.accounts import dev_accounts
from suyuan_devnet.deploy import Sender, deploy

pytestmark = pytest.mark.chain

SIZES = 40
TREE = Tree(SIZES)
ROOTS = [TREE.root(size) for size in range(SIZES + 1)]
BATCH = 1000

Consistency = tuple[int, bytes, int, bytes, list[bytes]]
Inclusion = tuple[int, bytes, int, list[bytes]]


class Anchor:
    """The contract behind JSON-RPC batches: thousands of answers in a second."""

    def __init__(self, devnet: Devnet, tree: Tree, origin: str = "agreement") -> None:
        owner, operator = dev_accounts()[:2]
        self.devnet, self.tree = devnet, tree
        done = deploy(devnet.rpc_url, origin, owner_key=owner.key, operator=operator.address)
        self.contract = done.contract
        self.log_id = log_id(owner.address, origin)
        self.sender = Sender(devnet.rpc_url, operator)

    def ask(self, signature: str, calls: Iterable[tuple[Any, ...]]) -> list[bool]:
        types = signature[signature.index("(") + 1 : -1].split(",")
        selector = keccak(text=signature)[:4]
        remaining, answers = iter(calls), []
        while some := list(islice(remaining, BATCH)):
            request = [
                {"jsonrpc": "2.0", "id": i, "method": "eth_call", "params": [
                    {"to": self.contract, "data": "0x" + (selector + encode(types, one)).hex()},
                    "latest",
                ]}
                for i, one in enumerate(some)
            ]  # fmt: skip
            connection = http.client.HTTPConnection(self.devnet.rpc_url.removeprefix("http://"))
            connection.request(
                "POST", "/", json.dumps(request), {"Content-Type": "application/json"}
            )
            results = json.loads(connection.getresponse().read())
            connection.close()
            for one in sorted(results, key=lambda result: int(result["id"])):
                answers.append(bool(int(one["result"], 16)))
        return answers

    def extend(self, m: int, n: int) -> None:
        types = ["bytes32", "uint64", "uint64", "bytes32", "bytes32[]"]
        values = (self.log_id, m, n, self.tree.root(n), self.tree.consistency(m, n))
        selector = keccak(text=f"extend({','.join(types)})")[:4]
        self.sender.send(self.contract, selector + encode(types, values))


@pytest.fixture(scope="module")
def anchor(devnet: Devnet) -> Anchor:
    return Anchor(devnet, TREE)


def in_the_browser(cases: Iterable[list[Any]]) -> list[bool]:
    """The page's own JavaScript, on node."""
    beside = Path(sys.executable).parent / "node"
    node = str(beside) if beside.exists() else shutil.which("node")
    assert node is not None
    told = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(
        [node, str(ROOT / "scripts" / "verify_proofs.mjs")],
        input=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line == "1" for line in done.stdout.splitlines()]


def _plain(case: Consistency) -> list[Any]:
    m, root_m, n, root_n, proof = case
    return ["consistency", m, root_m.hex(), n, root_n.hex(), [one.hex() for one in proof]]


SAFE = 2**53
"""JavaScript counts no further; nor does any log."""


def consistent(case: Consistency) -> bool:
    try:
        merkle.verify_consistency(*case)
    except ProofError:
        return False
    return True


def included(case: Inclusion, tree: Tree = TREE) -> bool:
    size, leaf, index, proof = case
    try:
        merkle.verify_inclusion(leaf, index, size, proof, tree.root(size))
    except ProofError:
        return False
    return True


def test_consistency(anchor: Anchor) -> None:
    cases: list[Consistency] = []
    honest = 0
    for n in range(1, SIZES + 1):
        for m in range(1, n + 1):
            proof = TREE.consistency(m, n)
            cases.insert(honest, (m, ROOTS[m], n, ROOTS[n], proof))
            honest += 1
            cases += [(m, ROOTS[m], n, ROOTS[n], spoiled) for spoiled in mutations(proof)]
            cases += [
                (m, ROOTS[n], n, ROOTS[m], proof),
                (n, ROOTS[m], m, ROOTS[n], proof),
                (m, merkle.EMPTY_ROOT, n, ROOTS[n], proof),
                (m, ROOTS[m], n, merkle.EMPTY_ROOT, proof),
                (m, ROOTS[m], n + 1, ROOTS[n], proof),
                (m + 1, ROOTS[m], n, ROOTS[n], proof),
                (m + 1, ROOTS[m], n + 1, ROOTS[n], proof),
                (2 * m, ROOTS[m], 2 * n, ROOTS[n], proof),
                (m, ROOTS[m], 2**64 - 1, ROOTS[n], proof),
            ]
    answers = anchor.ask("verifyConsistency(uint64,bytes32,uint64,bytes32,bytes32[])", cases)
    assert answers == [consistent(case) for case in cases]
    small = [place for place, case in enumerate(cases) if case[2] < SAFE]
    assert in_the_browser(_plain(cases[at]) for at in small) == [answers[at] for at in small]
    assert honest == SIZES * (SIZES + 1) // 2
    assert all(answers[:honest])
    assert answers.count(True) < honest + len(cases) // 10


def test_consistency_of_an_empty_tree(anchor: Anchor) -> None:
    """With a proof, both refuse. Without, core says that nothing is to be proven and the contract
    that nothing is proven: of no head that is anchored can this be asked."""
    signature = "verifyConsistency(uint64,bytes32,uint64,bytes32,bytes32[])"
    given: list[Consistency] = [
        (0, merkle.EMPTY_ROOT, n, ROOTS[n], [ROOTS[n]]) for n in range(SIZES)
    ]
    bare: list[Consistency] = [(0, merkle.EMPTY_ROOT, n, ROOTS[n], []) for n in range(SIZES)]
    assert not any(consistent(case) for case in given)
    assert not any(anchor.ask(signature, given + bare))


def test_inclusion(anchor: Anchor) -> None:
    for size in range(1, SIZES + 1):
        anchor.extend(size - 1, size)
    cases: list[Inclusion] = []
    honest = 0
    for size in range(1, SIZES + 1):
        for index in range(size):
            leaf, proof = TREE.leaf(index), TREE.inclusion(index, size)
            cases.insert(honest, (size, leaf, index, proof))
            honest += 1
            cases += [(size, leaf, index, spoiled) for spoiled in mutations(proof)]
            cases += [
                (size, ROOTS[size], index, proof),
                (size, leaf, index + 1, proof),
                (size, leaf, index ^ 1, proof),
                (size, leaf, size, proof),
                (size, leaf, 2**64 - 1, proof),
                (size % SIZES + 1, leaf, index, proof),
            ]
    calls = ((anchor.log_id, *case) for case in cases)
    answers = anchor.ask("verifyInclusion(bytes32,uint64,bytes32,uint64,bytes32[])", calls)
    assert answers == [included(case) for case in cases]
    small = [place for place, case in enumerate(cases) if case[2] < SAFE]
    told = [
        ["inclusion", leaf.hex(), index, size, ROOTS[size].hex(), [one.hex() for one in proof]]
        for size, leaf, index, proof in (cases[at] for at in small)
    ]
    assert in_the_browser(told) == [answers[at] for at in small]
    assert honest == SIZES * (SIZES + 1) // 2
    assert all(answers[:honest])
    assert answers.count(True) < honest + len(cases) // 10


def test_drawn_from_larger_trees(anchor: Anchor) -> None:
    """Seeded: honest proofs between any two sizes, and each of them spoiled in a way of its own."""
    draw, tree = random.Random(20260917), Tree(4_096)
    cases: list[Consistency] = []
    for _ in range(1_500):
        n = draw.randint(1, 4_096)
        m = draw.randint(1, n)
        honest = m, tree.root(m), n, tree.root(n), tree.consistency(m, n)
        cases += [honest, _spoiled(honest, draw)]
    answers = anchor.ask("verifyConsistency(uint64,bytes32,uint64,bytes32,bytes32[])", cases)
    assert answers == [consistent(case) for case in cases]
    assert answers == in_the_browser(map(_plain, cases))
    assert all(answers[::2])
    # Of another later size of the same shape the same hashes are a proof: what binds them is its root.
    assert answers[1::2].count(True) < 300


def test_inclusion_drawn_from_larger_trees(devnet: Devnet) -> None:
    """Seeded: honest proofs under a few heads of a large tree, and each spoiled in a way of its own."""
    draw, tree = random.Random(20261126), Tree(4_096)
    anchor = Anchor(devnet, tree, "agreement on larger trees")
    sizes = [*sorted(draw.sample(range(SIZES, 4_096), 15)), 4_096]
    for m, n in pairwise([0, *sizes]):
        anchor.extend(m, n)
    cases: list[Inclusion] = []
    for _ in range(1_500):
        size = draw.choice(sizes)
        index = draw.randrange(size)
        honest = size, tree.leaf(index), index, tree.inclusion(index, size)
        cases += [honest, _spoiled_inclusion(honest, sizes, draw)]
    calls = ((anchor.log_id, *case) for case in cases)
    answers = anchor.ask("verifyInclusion(bytes32,uint64,bytes32,uint64,bytes32[])", calls)
    assert answers == [included(case, tree) for case in cases]
    told = [
        ["inclusion", leaf.hex(), index, size, tree.root(size).hex(), [one.hex() for one in proof]]
        for size, leaf, index, proof in cases
    ]
    assert answers == in_the_browser(told)
    assert all(answers[::2])
    assert not any(answers[1::2])


def _spoiled_inclusion(given: Inclusion, sizes: list[int], draw: random.Random) -> Inclusion:
    size, leaf, index, honest = given
    proof = list(honest)
    place = draw.randrange(len(proof))
    match draw.randrange(6):
        case 0:
            del proof[place]
        case 1:
            kept = proof[place]
            proof[place] = bytes([kept[0] ^ 1 << draw.randrange(8)]) + kept[1:]
        case 2:
            leaf = leaf[::-1]
        case 3:
            index = (index + draw.randrange(1, size)) % size
        case 4:
            size = draw.choice([one for one in sizes if one not in (size, index)])
        case _:
            proof.insert(place, draw.randbytes(32))
    return size, leaf, index, proof


def _spoiled(case: Consistency, draw: random.Random) -> Consistency:
    m, root_m, n, root_n, given = case
    proof = list(given)
    place = draw.randrange(len(proof) + 1)
    match draw.randrange(6):
        case 0 if proof:
            del proof[place % len(proof)]
        case 1 if proof:
            kept = proof[place % len(proof)]
            proof[place % len(proof)] = bytes([kept[0] ^ 1 << draw.randrange(8)]) + kept[1:]
        case 2:
            root_m = root_m[::-1]
        case 3:
            n += draw.randint(1, 64)
        case 4:
            root_n = root_n[::-1]
        case _:
            proof.insert(place, draw.randbytes(32))
    return m, root_m, n, root_n, proof
