"""Two service processes on one PostgreSQL: both capture, seal and anchor, and there is one log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from fire.anchoring import Chain, anchored, rows, seal, until
from fire.range import Range, Service
from nodes import World

from suyuan.bootstrap import open_node
from suyuan_devnet import Devnet

pytestmark = [pytest.mark.chain, pytest.mark.postgres, pytest.mark.slow]

ANCHORING = ("sent", "waiting", "mined", "final", "idle", "refused")


def anchored_by(said: Counter[str]) -> bool:
    return any(said[word] for word in ANCHORING)


def test_both_sign_the_same_transaction(
    new_world: Callable[..., World], devnet: Devnet, new_postgres_database: Callable[[], str]
) -> None:
    """The lease runs out while one is between its intent and its signature: the other signs and sends
    the very same transaction first. Kept once, sent once, and nobody stumbles."""
    world = new_world(database_url=new_postgres_database())
    chain = Chain(devnet.rpc_url)
    with closing(open_node(world.node.settings)) as second:
        head = seal(world.node)
        one, other = world.node.anchorer(), second.anchorer()
        one.holder, other.holder = "one", "other"

        def slow(gap: str) -> None:
            if gap == "intent":
                one.release()
                said.append(other.step().state)

        said: list[str] = []
        one.gap = slow
        chain.hold()
        try:
            said.append(one.step().state)
            (row,) = rows(world.node)
            assert len(row.txs) == len(chain.pool()) == 1
        finally:
            chain.mine()
        assert said == ["sent", "elsewhere"]
        until(other, "final")
        assert anchored(second, head.size).state == "final"
        one.gap = lambda _: None
        assert one.step().state == "elsewhere"
        other.release()


def test_both_think_that_they_anchor(
    new_world: Callable[..., World], devnet: Devnet, new_postgres_database: Callable[[], str]
) -> None:
    """A lease that has run out as soon as it is taken: nothing but the journal keeps them apart."""
    fire = Range(new_world(database_url=new_postgres_database()), devnet.rpc_url)
    with Service() as one, Service() as other, ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(fire.order, service, writers=writers, seconds=8.0, lease=0.001)
            for service, writers in ((one, ["a", "b"]), (other, ["c"]))
        ]
        ended = [run.result(60) for run in runs]
        # A worker ends with another status at the first trouble that is no silence.
        assert [status for status, _ in ended] == [0, 0], ended
        assert all(anchored_by(words) for _, words in ended)
        fire.check()
        status, _ = fire.order(one, seconds=1.0, settle=True, writers=["a"])
        assert status == 0
    fire.check_all()
    assert len(fire.anchored) > 1


def test_they_never_fork_the_log_and_one_of_them_anchors(
    new_world: Callable[..., World], devnet: Devnet, new_postgres_database: Callable[[], str]
) -> None:
    fire = Range(new_world(database_url=new_postgres_database()), devnet.rpc_url)
    with Service() as one, Service() as other, ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(fire.order, service, writers=writers, seconds=6.0, lease=5.0, release=False)
            for service, writers in ((one, ["a", "b"]), (other, ["c"]))
        ]
        ended = [run.result(60) for run in runs]
        assert [status for status, _ in ended] == [0, 0]
        said = [words for _, words in ended]
        assert all(words["ack"] and words["sealed"] for words in said)
        # Whoever has the lease keeps it; the other is told so at each of its looks.
        assert sorted(map(anchored_by, said)) == [False, True]
        assert next(words for words in said if not anchored_by(words))["elsewhere"] > 5
        fire.check()
        # The one that anchors dies with the lease; the other takes over when it has run out.
        status, words = fire.order(one, gap="send, sent and not marked", lease=2.0, writers=["a"])
        assert (status, words["dies"]) == (-9, 1)
        status, words = fire.order(other, seconds=1.0, settle=True, lease=2.0, writers=["c"])
        assert status == 0
        assert words["elsewhere"]
        assert anchored_by(words)
    fire.check_all()
    assert len(fire.anchored) > 1
