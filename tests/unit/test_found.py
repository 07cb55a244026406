"""Founding a log on a chain, and doing it again where a devnet was started over."""

from __future__ import annotations

from pathlib import Path

import pytest
from nodes import World, make_world
from structlog.testing import capture_logs

from suyuan.core import jcs
from suyuan.core.strict_json import loads
from suyuan.flow.anchor import ChainReset
from suyuan.found import found_chain, refound_devnet
from suyuan.workers import Workers
from suyuan_devnet import Devnet
from suyuan_devnet.rpc import call

pytestmark = pytest.mark.chain


def anchored(world: World) -> int:
    """Size of the newest anchor that is final, after as many steps as it takes."""
    world.node.sealer.seal()
    for _ in range(20):
        if world.node.anchorer().step().state == "final":
            break
    row = world.node.database.anchors.policy()
    assert row is not None
    found = world.node.database.anchors.latest(row.version, ("final",))
    return found.size if found else 0


def test_a_devnet_started_over_is_set_up_and_anchored_in_again(tmp_path: Path) -> None:
    with Devnet(tmp_path / "first") as chain:
        world = make_world(tmp_path / "node", rpc_urls=[chain.rpc_url], confirmations=1)
        first = found_chain(world.node, chain.rpc_url)
        assert found_chain(world.node, chain.rpc_url) == first
        assert len(world.node.database.anchors.policies()) == 1
        assert anchored(world) == world.node.database.log.tail().size
    try:
        with Devnet(tmp_path / "second") as chain:
            world.node.settings.rpc_urls[:] = [chain.rpc_url]
            world.node._chain = None
            with pytest.raises(ChainReset):
                world.node.anchorer().step()
            with capture_logs() as logs:
                Workers(world.node, refound_devnet).anchor()
            assert [line["event"] for line in logs] == [
                "the devnet was started over; setting it up anew",
                "policy in force",
            ]
            first_row, second_row = world.node.database.anchors.policies()
            assert first_row.policy != second_row.policy
            told = world.client.get("/readyz").json()["policy"]
            assert told["version"] == second_row.version == 2
            assert world.client.get("/log/policy.json").content == second_row.policy
            assert anchored(world) == world.node.database.log.tail().size
    finally:
        world.node.close()


def test_a_devnet_taken_back_to_before_its_contract(tmp_path: Path) -> None:
    """The same block 0, and the contract gone: deployed again, at the very address of before. The
    policy is the same to the byte, and all the same another version, for what was anchored is gone."""
    with Devnet(tmp_path / "chain") as devnet:
        before = call(devnet.rpc_url, "evm_snapshot")
        world = make_world(tmp_path / "node", rpc_urls=[devnet.rpc_url], confirmations=1)
        try:
            first = found_chain(world.node, devnet.rpc_url)
            size = anchored(world)
            call(devnet.rpc_url, "evm_revert", before)
            Workers(world.node, refound_devnet).anchor()
            one, two = world.node.database.anchors.policies()
            assert one.policy == two.policy == first.encode()
            assert world.node.standing().anchored == 0
            assert anchored(world) == size
        finally:
            world.node.close()


def test_any_other_chain_waits_for_an_operators_word(tmp_path: Path) -> None:
    with Devnet(tmp_path / "chain") as chain:
        world = make_world(tmp_path / "node", rpc_urls=[chain.rpc_url], confirmations=1)
        try:
            found_chain(world.node, chain.rpc_url)
            row = world.node.database.anchors.policy()
            assert row is not None
            public = {**_object(row.policy), "chainId": 1}
            world.node.database.anchors.add_policy(jcs.dumps(public), world.node.clock.now())
            with pytest.raises(ChainReset):
                Workers(world.node, refound_devnet).anchor()
            assert len(world.node.database.anchors.policies()) == 2
        finally:
            world.node.close()


def _object(policy: bytes) -> dict[str, object]:
    found = loads(policy)
    assert isinstance(found, dict)
    return dict(found)
