"""Two service processes on one PostgreSQL: both capture, seal and anchor, and there is one log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fire.range import Range, Service
from nodes import World

from suyuan_devnet import Devnet

pytestmark = [pytest.mark.chain, pytest.mark.postgres, pytest.mark.slow]

ANCHORING = ("sent", "waiting", "mined", "final", "idle", "refused")


def anchored_by(said: Counter[str]) -> bool:
    return any(said[word] for word in ANCHORING)


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
