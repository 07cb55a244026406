"""The contract's whole life on two EVMs, with trees and proofs of suyuan's core."""

from __future__ import annotations

from typing import Any

import pytest
from contract.evm import Log
from contract.trees import Tree

from suyuan.core import merkle
from suyuan_contracts import MAX_PROOF, MAX_SIZE

pytestmark = pytest.mark.chain

TREE = Tree(300)
ROOT = b"r" * 32
ZERO = "0x" + "0" * 40


def events(receipt: Any, log: Log, name: str) -> list[dict[str, Any]]:
    return [
        dict(one["args"]) for one in getattr(log.contract.events, name)().process_receipt(receipt)
    ]


def test_open_emits_its_facts(deployed: Log) -> None:
    receipt = deployed.send("open", "a/b", deployed.operator, by=deployed.stranger)
    (event,) = events(receipt, deployed, "LogOpened")
    assert event["owner"] == deployed.stranger
    assert event["operator"] == deployed.operator
    assert event["origin"] == "a/b"
    assert deployed.call("head", event["logId"]) == [deployed.operator, 0, False]
    assert deployed.call("owner", event["logId"]) == [deployed.stranger, ZERO]


def test_extend_step_by_step(log: Log) -> None:
    sizes = [1, 2, 3, 64, 65, 128, 255, 256, 257, 300]
    for m, n in zip([0, *sizes], sizes, strict=False):
        receipt = log.extend(m, n, TREE.root(n), TREE.consistency(m, n))
        assert events(receipt, log, "HeadExtended") == [
            {"logId": log.id, "size": n, "root": TREE.root(n)}
        ]
        assert log.call("head", log.id) == [log.operator, n, False]
    assert [log.call("rootAt", log.id, n) for n in sizes] == [TREE.root(n) for n in sizes]
    assert log.call("rootAt", log.id, 4) == bytes(32)


def test_extend_refuses_with_what_explains_it(log: Log) -> None:
    log.extend(0, 100, TREE.root(100), [])
    proof, root = TREE.consistency(100, 200), TREE.root(200)

    def refusal(*values: Any, by: str = log.operator) -> list[Any]:
        return log.refusal("extend", log.id, *values, by=by)

    assert refusal(100, 200, root, proof, by=log.owner) == [
        "NotOperator", log.id, log.owner.lower(), log.operator.lower(),
    ]  # fmt: skip
    assert refusal(0, 200, root, []) == ["HeadMoved", log.id, 0, 100]
    assert refusal(99, 200, root, proof) == ["HeadMoved", log.id, 99, 100]
    assert refusal(100, 100, root, proof) == ["SizeOutOfRange", 100, 100, MAX_SIZE]
    assert refusal(100, MAX_SIZE + 1, root, proof) == [
        "SizeOutOfRange", 100, MAX_SIZE + 1, MAX_SIZE,
    ]  # fmt: skip
    too_long = [ROOT] * (MAX_PROOF + 1)
    assert refusal(100, 200, root, too_long) == ["ProofTooLong", MAX_PROOF + 1, MAX_PROOF]
    assert refusal(100, 200, bytes(32), proof) == ["RootIsZero", log.id]
    assert refusal(100, 200, ROOT, proof) == [
        "Inconsistent", log.id, 100, TREE.root(100), 200, ROOT,
    ]  # fmt: skip
    fresh = log.open()
    assert fresh.refusal("extend", fresh.id, 0, 5, ROOT, [ROOT], by=log.operator) == [
        "ProofTooLong", 1, 0,
    ]  # fmt: skip


def test_extend_refuses_the_head_that_only_the_in_loop_check_catches(log: Log) -> None:
    log.extend(0, 6, TREE.root(6), [])
    chosen = b"whatever the forger likes".ljust(32)
    leaf4, leaf5, left = TREE.get(0, 4), TREE.get(0, 5), TREE.get(2, 0)
    forged = merkle.node_hash(left, merkle.node_hash(leaf4, merkle.node_hash(leaf5, chosen)))
    proof = [leaf5, chosen, leaf4, left]
    for n in (7, 8):
        refused = log.refusal("extend", log.id, 6, n, forged, proof, by=log.operator)
        assert refused == ["Inconsistent", log.id, 6, TREE.root(6), n, forged]
        assert log.call("verifyConsistency", 6, TREE.root(6), n, forged, proof) is False


def test_a_lost_race_and_a_replay_change_nothing(log: Log) -> None:
    log.extend(0, 5, TREE.root(5), [])
    log.extend(5, 9, TREE.root(9), TREE.consistency(5, 9))
    for n in (9, 10):
        refused = log.refusal(
            "extend", log.id, 5, n, TREE.root(n), TREE.consistency(5, n), by=log.operator
        )
        assert refused == ["HeadMoved", log.id, 5, 9]


def test_owner_hands_over_in_two_steps(log: Log) -> None:
    refused = log.refusal("setOperator", log.id, log.stranger, by=log.operator)
    assert refused == ["NotOwner", log.id, log.operator.lower(), log.owner.lower()]
    log.send("transferOwner", log.id, log.stranger, by=log.owner)
    assert log.call("owner", log.id) == [log.owner, log.stranger]
    refused = log.refusal("acceptOwner", log.id, by=log.operator)
    assert refused == ["NotPendingOwner", log.id, log.operator.lower(), log.stranger.lower()]
    log.send("acceptOwner", log.id, by=log.stranger)
    assert log.call("owner", log.id) == [log.stranger, ZERO]
    log.send("setOperator", log.id, log.owner, by=log.stranger)
    assert log.call("head", log.id) == [log.owner, 0, False]


def test_a_stolen_operator_key_is_stopped(log: Log) -> None:
    log.extend(0, 5, TREE.root(5), [])
    log.send("setOperator", log.id, ZERO, by=log.owner)
    values = (log.id, 5, 9, TREE.root(9), TREE.consistency(5, 9))
    refused = log.refusal("extend", *values, by=log.operator)
    assert refused == ["NotOperator", log.id, log.operator.lower(), ZERO]


def test_close_is_final_and_proofs_go_on(log: Log) -> None:
    log.extend(0, 5, TREE.root(5), [])
    receipt = log.send("close", log.id, b"s" * 32, by=log.owner)
    assert events(receipt, log, "LogClosed") == [{"logId": log.id, "successor": b"s" * 32}]
    assert log.call("head", log.id) == [log.operator, 5, True]
    values = (log.id, 5, 9, TREE.root(9), TREE.consistency(5, 9))
    assert log.refusal("extend", *values, by=log.operator) == ["LogIsClosed", log.id]
    for name, *more in (("setOperator", ZERO), ("transferOwner", ZERO), ("close", ROOT)):
        assert log.refusal(name, log.id, *more, by=log.owner) == ["LogIsClosed", log.id]
    assert log.call("rootAt", log.id, 5) == TREE.root(5)
    assert log.call("verifyInclusion", log.id, 5, TREE.leaf(3), 3, TREE.inclusion(3, 5)) is True


@pytest.mark.parametrize("size", [1, 2, 7, 8, 300])
def test_verify_inclusion_of_every_leaf(log: Log, size: int) -> None:
    log.extend(0, size, TREE.root(size), [])
    for index in range(0, size, 1 + size // 20):
        leaf, proof = TREE.leaf(index), TREE.inclusion(index, size)
        assert log.call("verifyInclusion", log.id, size, leaf, index, proof) is True
        assert log.call("verifyInclusion", log.id, size, ROOT, index, proof) is False
        assert log.call("verifyInclusion", log.id, size + 1, leaf, index, proof) is False
