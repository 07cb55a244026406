"""Recording, sealing and anchoring by hand, step by step, and looking at the chain from outside."""

from __future__ import annotations

import time
from typing import Any

from fire.story import COOP, told

from suyuan.bootstrap import Node
from suyuan.core.policy import Policy
from suyuan.flow.accounts import Caller
from suyuan.flow.anchor import Anchorer, Progress
from suyuan.flow.capture import Incoming
from suyuan.ports.anchors import AnchorRow
from suyuan.ports.tree import SignedHead
from suyuan_devnet.rpc import call

CALLER = Caller(COOP, "recorder", "990101", "fire")


def record(node: Node, count: int = 3, writer: str = "a") -> int:
    """Append events that are not in the log yet; the log's size then."""
    start = node.database.log.tail().size
    node.capture.events(CALLER, [Incoming(told(writer, start + n)) for n in range(count)])
    return start + count


def seal(node: Node, count: int = 3, writer: str = "a") -> SignedHead:
    """Append, and seal all of it."""
    size = record(node, count, writer)
    head = node.sealer.seal()
    assert head is not None
    assert head.size == size
    return head


def policy_of(node: Node) -> Policy:
    policy = node.policy()
    assert policy is not None
    return policy


def rows(node: Node, *states: str) -> list[AnchorRow]:
    """The journal's open rows, or its newest in these states."""
    row = node.database.anchors.policy()
    assert row is not None
    if not states:
        return node.database.anchors.open(row.version)
    found = node.database.anchors.latest(row.version, states)  # type: ignore[arg-type]
    return [found] if found else []


def anchored(node: Node, size: int) -> AnchorRow:
    """The journal's row of a size that was mined."""
    row = node.database.anchors.policy()
    assert row is not None
    found = node.database.anchors.at(row.version, size)
    assert found is not None, f"{size} is not anchored"
    return found


def until(anchorer: Anchorer, *states: str, seconds: float = 20.0) -> Progress:
    """Step until one of these states is there."""
    deadline = time.monotonic() + seconds
    while (progress := anchorer.step()).state not in states:
        assert time.monotonic() < deadline, progress
        time.sleep(0.02)
    return progress


def anchor(node: Node) -> Anchorer:
    """Anchor the newest checkpoint, to the end, and give the lease up."""
    anchorer = node.anchorer()
    until(anchorer, "final", "idle")
    head = node.database.tree.latest()
    assert head is not None
    assert anchored(node, head.size).state == "final"
    anchorer.release()
    return anchorer


class Chain:
    """A devnet's own word, and its levers."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, method: str, *params: object) -> Any:
        return call(self.url, method, *params)

    def hold(self) -> None:
        """Nothing is mined until ``mine``."""
        self("evm_setAutomine", False)

    def mine(self, blocks: int = 1) -> None:
        """Mine what waits, and go on as before."""
        for _ in range(blocks):
            self("evm_mine")
        self("evm_setAutomine", True)

    def pool(self) -> list[dict[str, Any]]:
        """Transactions that wait."""
        found = self("txpool_content")["pending"]
        return [tx for of_sender in found.values() for tx in of_sender.values()]

    def transaction(self, tx_hash: str) -> dict[str, Any]:
        found: dict[str, Any] = self("eth_getTransactionByHash", tx_hash)
        return found
