"""Our clock against the last record's and the chain's, on anvil: sealing stops and goes on (A15)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fire.anchoring import Chain, anchor, record, seal
from fire.conftest import on_chain
from nodes import World, make_world

from suyuan.core.errors import Fatal
from suyuan.core.timestamps import from_datetime
from suyuan.workers import Workers
from suyuan_devnet import Devnet

pytestmark = pytest.mark.chain

Setting = Callable[[float], None]
"""Sets our clock so many seconds ahead of the machine's."""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, Chain, Setting]]:
    with Devnet(tmp_path / "chain") as devnet:
        given = {"rpc_urls": [devnet.rpc_url], "confirmations": 1, "poll_seconds": 0.05}
        world = on_chain(make_world(tmp_path / "node", seal_seconds=0.05, **given), devnet.rpc_url)
        ahead = timedelta()

        def set_to(seconds: float) -> None:
            nonlocal ahead
            ahead = timedelta(seconds=seconds)

        monkeypatch.setattr(
            world.node.clock, "now", lambda: from_datetime(datetime.now(UTC) + ahead)
        )
        yield world, Chain(devnet.rpc_url), set_to
        world.node.close()


def test_more_than_five_minutes_behind_the_last_record(own: tuple[World, Chain, Setting]) -> None:
    """Nothing is signed, and who asks is told; what is anchored stays; and it goes on by itself."""
    world, _, set_to = own
    before = seal(world.node)
    anchor(world.node)
    set_to(-310.0)
    size = record(world.node)
    with pytest.raises(Fatal, match="the last record"):
        world.node.sealer.seal()
    assert world.node.database.tree.latest() == before
    workers = world.client.app.state.workers  # type: ignore[attr-defined]
    workers.look("seal", world.node.sealer.seal)
    answer = world.client.get("/readyz")
    assert answer.status_code == 503
    assert "the last record" in answer.text
    page = world.client.get("/admin/anchors?lang=en", headers=world.head("admin")).text
    assert "sealing stops until it is right" in page
    set_to(0.0)
    workers.look("seal", world.node.sealer.seal)
    assert world.client.get("/readyz").status_code == 200
    head = world.node.database.tree.latest()
    assert head is not None
    assert head.size == size
    anchor(world.node)


def test_a_clock_set_back_a_little_writes_no_earlier_time(
    own: tuple[World, Chain, Setting],
) -> None:
    """recordTime is the later of the last one and now: no record is older than the one before it."""
    world, _, set_to = own
    seal(world.node)
    last = world.node.database.log.tail().record_time
    set_to(-200.0)
    size = record(world.node)
    assert {one.record_time for one in world.node.database.log.records([size - 1]).values()} == {
        last
    }
    assert world.node.sealer.seal() is not None
    anchor(world.node)


def test_a_clock_that_runs_ahead_of_the_chains(own: tuple[World, Chain, Setting]) -> None:
    """A block made after our look and older than it: we are ahead, and sealing waits for the hour."""
    world, chain, set_to = own
    anchor_of_old = seal(world.node)
    anchor(world.node)
    set_to(600.0)
    workers = Workers(world.node)
    workers.look("anchor", workers.anchor)
    assert workers.troubles == {}
    chain.mine()
    workers.look("anchor", workers.anchor)
    record(world.node)
    workers.look("seal", world.node.sealer.seal)
    assert "the chain" in str(workers.troubles["seal"])
    assert world.node.database.tree.latest() == anchor_of_old


def test_a_chain_that_is_behind_by_less_is_believed(own: tuple[World, Chain, Setting]) -> None:
    world, chain, set_to = own
    set_to(200.0)
    workers = Workers(world.node)
    workers.look("anchor", workers.anchor)
    chain.mine()
    time.sleep(0.01)
    workers.look("anchor", workers.anchor)
    seal(world.node)
    anchor(world.node)
