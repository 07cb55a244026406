"""A past that is not the anchored one: the contract refuses it, and the service stops and says so."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fire.anchoring import Chain, anchor, policy_of, record, rows, seal, until
from nodes import World, settings
from starlette.testclient import TestClient
from web3 import Web3
from web3.types import TxParams

from suyuan.adapters.chain import EthereumChain
from suyuan.adapters.keys import service_key
from suyuan.bootstrap import Node, open_node
from suyuan.core import merkle
from suyuan.core.errors import Fatal, Refused
from suyuan.flow.anchor import ChainReset
from suyuan.web.app import create_app
from suyuan_devnet import Devnet

pytestmark = pytest.mark.chain

NewWorld = Callable[..., World]


@contextmanager
def restored(world: World, backup: Path, rpc_url: str) -> Iterator[Node]:
    """A node that goes on from a copy of the database as it was."""
    folder = backup.parent / "restored"
    shutil.copytree(world.node.settings.data_dir, folder, ignore=shutil.ignore_patterns("*.db*"))
    shutil.copy(backup, folder / "suyuan.db")
    with closing(open_node(settings(folder, rpc_urls=[rpc_url], confirmations=1))) as node:
        yield node


def back_up(world: World, to: Path) -> Path:
    """A copy of the database while the service runs (SQLite's own)."""
    import sqlite3

    with (
        closing(sqlite3.connect(world.node.settings.data_dir / "suyuan.db")) as source,
        closing(sqlite3.connect(to)) as copy,
    ):
        source.backup(copy)
    return to


def stopped(node: Node, index: int) -> None:
    """Fatal at each look; damage on record; nothing more is sealed; what comes in is still taken."""
    size = node.database.tree.latest()
    for _ in range(2):
        with pytest.raises(Fatal, match="another history"):
            node.anchorer().step()
    damage = node.database.tree.damage()
    assert damage is not None
    assert (damage.index, damage.what) == (index, "history")
    record(node, 1, "late")
    with pytest.raises(Fatal, match="another history"):
        node.sealer.seal()
    assert node.database.tree.latest() == size


def says_so(node: Node) -> None:
    """The running service: both workers in trouble, and not ready."""
    with TestClient(create_app(node, workers=True)) as client:
        for _ in range(200):
            answer = client.get("/readyz")
            if {"anchor", "seal"} <= answer.json()["troubles"].keys():
                break
        assert answer.status_code == 503
        for worker in ("anchor", "seal"):
            assert "another history" in answer.json()["troubles"][worker]
        assert client.get("/healthz").status_code == 200


def test_another_past_of_the_same_length(
    new_world: NewWorld, devnet: Devnet, tmp_path: Path
) -> None:
    world = new_world()
    seal(world.node)
    anchor(world.node)
    backup = back_up(world, tmp_path / "backup.db")
    honest = seal(world.node, 5)
    anchor(world.node)
    with restored(world, backup, devnet.rpc_url) as node:
        forged = seal(node, 5, "forged")
        assert forged.size == honest.size
        assert forged.root != honest.root
        stopped(node, honest.size - 1)
        _the_contract_refuses(node, honest.size, devnet.rpc_url)
        says_so(node)
    assert anchor(world.node).chain.root_at(honest.size) == honest.root


class Blind(EthereumChain):
    """Pays without asking first."""

    def _reverts(self, client: Web3, tx: TxParams) -> str:
        return ""


def _the_contract_refuses(node: Node, size: int, rpc_url: str) -> None:
    """Whoever goes on all the same, with the operator's key, gets a revert and nothing else."""
    policy = policy_of(node)
    key = service_key(node.settings.data_dir, node.seal, "anchor")
    chains = [
        kind(
            [rpc_url],
            contract=policy.contract,
            log_id=policy.log_id,
            operator_key=key,
            timeout=10,
            confirmations=1,
            fee_ceiling=10**12,
        )
        for kind in (EthereumChain, Blind)
    ]
    longer = size + 1
    proof = tuple(
        merkle.consistency_proof(
            size, longer, lambda level, n: node.database.tree.nodes([(level, n)])[level, n]
        )
    )
    nodes = node.database.tree.nodes(merkle.root_nodes(longer))
    root = merkle.root(longer, lambda level, n: nodes[level, n])
    careful, blind = chains
    nonce = careful.nonce()
    with pytest.raises(Refused, match="Inconsistent"):
        careful.sign_extend(size, longer, root, proof, nonce=nonce, bump_over=None)
    before = careful.head()
    signed = blind.sign_extend(size, longer, root, proof, nonce=nonce, bump_over=None)
    blind.send(signed.raw)
    mined = None
    for _ in range(500):  # anvil answers before it has mined
        mined = blind.receipt(signed.tx_hash, longer, root)
        if mined is not None:
            break
        time.sleep(0.02)
    assert mined is not None
    assert not mined.ok
    assert careful.head() == before


def test_an_old_backup(new_world: NewWorld, devnet: Devnet, tmp_path: Path) -> None:
    """The contract is ahead: what was acknowledged and anchored since is missing here."""
    world = new_world()
    seal(world.node)
    anchor(world.node)
    backup = back_up(world, tmp_path / "backup.db")
    newer = seal(world.node, 5)
    anchor(world.node)
    with restored(world, backup, devnet.rpc_url) as node:
        stopped(node, newer.size - 1)
        says_so(node)


def test_an_old_backup_of_the_journal_alone_goes_on(new_world: NewWorld, devnet: Devnet) -> None:
    """Ours, only not noted: the next anchor starts from the contract's head."""
    world = new_world()
    seal(world.node)
    anchorer = world.node.anchorer()
    until(anchorer, "final")
    head = seal(world.node)
    until(anchorer, "final")
    from fire.tamper import tampering

    with tampering(world.node.settings.database) as tables:
        tables.run("DELETE FROM anchor_txs WHERE anchor = 2")
        tables.run("DELETE FROM anchors WHERE id = 2")
    assert world.node.anchorer().step().state == "idle"
    newer = seal(world.node)
    anchor(world.node)
    found = rows(world.node, "final")[0]
    assert (found.old_size, found.size) == (head.size, newer.size)


def test_another_chain(new_world: NewWorld, tmp_path: Path) -> None:
    """Same chain id, another genesis: nothing is sent, and the log goes on."""
    world = new_world()
    seal(world.node)
    anchor(world.node)
    with Devnet(tmp_path / "another") as another:
        world.node.settings.rpc_urls[:] = [another.rpc_url]
        world.node._chain = None
        seal(world.node)
        with pytest.raises(ChainReset, match="genesis"):
            world.node.anchorer().step()
        assert int(Chain(another.rpc_url)("eth_blockNumber"), 16) == 0
    assert world.node.database.tree.damage() is None
    seal(world.node)


def test_the_contract_is_gone(new_world: NewWorld, devnet: Devnet) -> None:
    world = new_world()
    seal(world.node)
    anchor(world.node)
    Chain(devnet.rpc_url)("anvil_setCode", policy_of(world.node).contract, "0x")
    with pytest.raises(ChainReset, match="contract"):
        world.node.anchorer().step()
    assert world.node.database.tree.damage() is None
    seal(world.node)
