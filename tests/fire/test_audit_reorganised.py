"""An audit while the chain takes blocks back: the log is honest, and is found to be so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fire.anchoring import Chain, anchored, policy_of, rows, seal, until
from fire.conftest import on_chain
from nodes import World, make_world

from suyuan.adapters.chain_view import AuditedChain
from suyuan.flow.audit import AuditReport, StoreSource, audit
from suyuan.flow.audit_chain import Moved
from suyuan_devnet import Devnet

pytestmark = pytest.mark.chain


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[World, Devnet]]:
    """A world on a chain of its own; three blocks are final, so that the newest anchor is not."""
    with Devnet(tmp_path / "chain") as devnet:
        given = {"rpc_urls": [devnet.rpc_url], "confirmations": 3, "resubmit_after": 0.3}
        world = on_chain(make_world(tmp_path / "node", **given), devnet.rpc_url)
        yield world, devnet
        world.node.close()


class Between(AuditedChain):
    """``happens`` before the question of this number for a root."""

    def __init__(self, url: str, world: World, happens: Callable[[], None], before: int) -> None:
        policy = policy_of(world.node)
        super().__init__(url, policy.contract, policy.log_id)
        self.left, self.happens, self.asked = before, happens, 0

    def root_at(self, size: int) -> bytes | None:
        self.asked += 1
        self.left -= 1
        if self.left == 0:
            self.happens()
        return super().root_at(size)


def audited(world: World, chain: AuditedChain) -> AuditReport:
    database = world.node.database
    source = StoreSource(database.log, database.tree, database.anchors)
    return audit(source, policy_of(world.node), chain=chain)


@pytest.mark.parametrize("before", [1, 2, 3])
def test_the_newest_anchor_is_taken_back(own: tuple[World, Devnet], before: int) -> None:
    """Before it is asked for, while it is, and after the last answer."""
    world, devnet = own
    chain = Chain(devnet.rpc_url)
    first = seal(world.node)
    until(world.node.anchorer(), "mined")
    chain.mine(3)
    until(world.node.anchorer(), "final")
    second = seal(world.node)
    until(world.node.anchorer(), "mined")
    assert anchored(world.node, second.size).state == "mined"

    asked = Between(devnet.rpc_url, world, lambda: chain("anvil_reorg", 1, []), before)
    report = audited(world, asked)
    assert (report.difference, report.chain) == (None, "agrees")
    # The transaction went with its block: at the end of the audit the contract has the first alone.
    assert report.chain_sizes == (first.size,)
    assert asked.asked > 3
    # And when it is anchored again, it agrees again.
    until(world.node.anchorer(), "mined")
    assert audited(world, Between(devnet.rpc_url, world, lambda: None, 0)).chain_sizes == (
        first.size,
        second.size,
    )
    assert rows(world.node)


def test_another_anchor_takes_its_place(own: tuple[World, Devnet]) -> None:
    """The head is taken back and a larger one anchored, while the journal is read."""
    world, devnet = own
    chain = Chain(devnet.rpc_url)
    seal(world.node)
    until(world.node.anchorer(), "mined")
    (small,) = rows(world.node)

    def replaced() -> None:
        chain("anvil_reorg", 1, [])
        chain.mine()

    asked = Between(devnet.rpc_url, world, replaced, 1)
    report = audited(world, asked)
    assert (report.difference, report.chain) == (None, "agrees")
    assert report.chain_sizes == ()
    assert small.state == "mined"


def test_a_block_that_the_node_knows_no_more(own: tuple[World, Devnet]) -> None:
    """The block that was chosen is asked by its hash: no other block answers in its place."""
    world, devnet = own
    chain = Chain(devnet.rpc_url)
    head = seal(world.node)
    until(world.node.anchorer(), "mined")
    asked = AuditedChain(
        devnet.rpc_url, policy_of(world.node).contract, policy_of(world.node).log_id
    )
    assert asked.head_size() == head.size
    chain.mine(2)
    assert asked.root_at(head.size) == head.root
    chain("anvil_reorg", 3, [])
    with pytest.raises(Moved):
        asked.root_at(head.size)
    assert asked.head_size() == 0
    assert asked.root_at(head.size) is None
