"""The contract and suyuan's core verify the same proofs: all sizes up to 40, and mutations."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

import pytest
from contract.trees import Tree, mutations
from eth_abi.abi import encode
from eth_utils.crypto import keccak

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

    def __init__(self, devnet: Devnet) -> None:
        owner, operator = dev_accounts()[:2]
        self.devnet = devnet
        done = deploy(devnet.rpc_url, "agreement", owner_key=owner.key, operator=operator.address)
        self.contract = done.contract
        self.log_id = log_id(owner.address, "agreement")
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
        values = (self.log_id, m, n, ROOTS[n], TREE.consistency(m, n))
        selector = keccak(text=f"extend({','.join(types)})")[:4]
        self.sender.send(self.contract, selector + encode(types, values))


@pytest.fixture(scope="module")
def anchor(devnet: Devnet) -> Anchor:
    return Anchor(devnet)


def consistent(case: Consistency) -> bool:
    try:
        merkle.verify_consistency(*case)
    except ProofError:
        return False
    return True


def included(case: Inclusion) -> bool:
    size, leaf, index, proof = case
    try:
        merkle.verify_inclusion(leaf, index, size, proof, ROOTS[size])
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
    assert honest == SIZES * (SIZES + 1) // 2
    assert all(answers[:honest])
    assert answers.count(True) < honest + len(cases) // 10
