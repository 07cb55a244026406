"""``kill -9`` in every gap between two durable writes, under running writers, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from fire.range import Range, Service
from fire.worker import PASSES
from nodes import World

from suyuan_devnet import Devnet

NewWorld = Callable[..., World]

WRITES = {"append", "checkpoint", "intent", "send", "receipt", "anywhere"}

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def under_fire(world: World, rpc_url: str, rounds: int) -> Range:
    """Every gap ``rounds`` times, in turn; then a while of peace."""
    fire = Range(world, rpc_url)
    with Service() as service:
        for turn in range(rounds):
            for number, gap in enumerate(PASSES):
                fire.kill_in(service, gap, seed=1000 * turn + number)
        before = len(fire.acknowledged)
        status, said = fire.order(service, seconds=1.0, settle=True)
    assert status == 0, said
    assert said["sealed"], "nothing was sealed afterwards"
    assert len(fire.acknowledged) > before, "nothing was recorded afterwards"
    fire.check_all()
    return fire


def by_write(fire: Range) -> Counter[str]:
    """Kills before or after each durable write; gaps are named "write, where in it"."""
    found: Counter[str] = Counter()
    for gap, count in fire.kills.items():
        found[gap.split(",")[0]] += count
    return found


def report(fire: Range, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{title}: {sum(fire.kills.values())} kills")
        for gap, count in fire.kills.items():
            print(f"  {gap:40} {count:3}")
        print("  in all:", ", ".join(f"{gap} {count}" for gap, count in by_write(fire).items()))
        print(
            f"  {len(fire.acknowledged)} acknowledged of {len(fire.indices)} recorded, "
            f"{len(fire.published)} checkpoints, {len(fire.anchored)} anchors"
        )


def test_killed_on_sqlite(
    new_world: NewWorld, devnet: Devnet, capsys: pytest.CaptureFixture[str]
) -> None:
    world = new_world()
    fire = under_fire(world, devnet.rpc_url, 8)
    fire.sound()
    report(fire, "SQLite", capsys)
    assert fire.kills.keys() == PASSES.keys()
    assert min(fire.kills.values()) >= 5
    assert by_write(fire).keys() == WRITES
    assert sum(fire.kills.values()) >= 60


@pytest.mark.postgres
def test_killed_on_postgresql(
    new_world: NewWorld,
    devnet: Devnet,
    new_postgres_database: Callable[[], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = new_world(database_url=new_postgres_database())
    fire = under_fire(world, devnet.rpc_url, 2)
    fire.sound()
    report(fire, "PostgreSQL", capsys)
    assert fire.kills == dict.fromkeys(PASSES, 2)
    assert by_write(fire).keys() == WRITES


def test_the_range_notices(new_world: NewWorld, devnet: Devnet) -> None:
    """What it counts as lost, forked or doubled it does find."""
    fire = Range(new_world(), devnet.rpc_url)
    with Service() as service:
        status, said = fire.order(service, seconds=0.5, settle=True)
    assert status == 0, said
    fire.check_all()
    size = fire.edge.size
    lies: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: fire.acknowledged.update({"lost": size}), lambda: fire.acknowledged.pop("lost")),
        (lambda: fire.published.update({1: bytes(32)}), lambda: fire.published.pop(1)),
        (lambda: fire.anchored.add(size + 1), lambda: fire.anchored.remove(size + 1)),
    ]
    for lie, undo in lies:
        lie()
        with pytest.raises(AssertionError):
            fire.check_all()
        undo()
    fire.check_all()
