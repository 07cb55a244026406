"""What a record's page says of the chain, against the chain itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fire.anchoring import anchored, record, until
from nodes import World

from suyuan_devnet.rpc import call

pytestmark = pytest.mark.chain
HEAD = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"}


def face(world: World, index: int) -> tuple[str, str | None]:
    """What the page says of the record, and the number of the block that it names."""
    answer = world.client.get(f"/events/{index}", headers=HEAD)
    assert answer.status_code == 200, answer.text
    said = re.search(r'data-face="record-(\w+)"', answer.text)
    block = re.search(r"block (\d+)", answer.text)
    assert said is not None
    return said[1], block[1] if block else None


def test_a_record_is_said_to_be_anchored_when_the_contract_holds_its_head_for_good(
    new_world: Callable[..., World],
) -> None:
    world = new_world(confirmations=3)
    node = world.node
    index = record(node, 1) - 1
    assert face(world, index) == ("waiting", None)
    head = node.sealer.seal()
    assert head is not None
    assert face(world, index) == ("sealed", None)
    anchorer = node.anchorer()
    until(anchorer, "mined", "safe")
    row = anchored(node, head.size)
    assert row.state != "final"
    assert face(world, index) == ("mined", str(row.block_number))
    rpc = node.settings.rpc_urls[0]
    for _ in range(80):
        call(rpc, "evm_mine")
    until(anchorer, "final", "idle")
    anchorer.release()
    assert anchored(node, head.size).state == "final"
    assert face(world, index) == ("anchored", str(row.block_number))
    # The chain itself says the same: the block is there, at that number, with that time.
    block = call(rpc, "eth_getBlockByNumber", hex(row.block_number or 0), False)
    assert block["hash"] == row.block_hash
    later = record(node, 1) - 1
    node.sealer.seal()
    assert face(world, later) == ("sealed", None)
    assert face(world, index)[0] == "anchored"
