"""A devnet for the whole run, and worlds that anchor on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nodes import World, make_world

from suyuan.found import found_chain
from suyuan_devnet import Devnet


@pytest.fixture(scope="session")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    """One chain that mines each transaction as it comes; every world has a contract of its own."""
    with Devnet(tmp_path_factory.mktemp("devnet")) as chain:
        yield chain


def on_chain(world: World, rpc_url: str) -> World:
    """Give a world its contract."""
    found_chain(world.node, rpc_url)
    return world


@pytest.fixture
def new_world(tmp_path: Path, devnet: Devnet) -> Iterator[Callable[..., World]]:
    """Call it for a world anchored on the devnet; settings may be given."""
    made: list[World] = []

    def make(**more: object) -> World:
        folder = tmp_path / f"node{len(made)}"
        given = {"rpc_urls": [devnet.rpc_url], "confirmations": 1, "resubmit_after": 1.0, **more}
        world = on_chain(make_world(folder, **given), devnet.rpc_url)
        made.append(world)
        return world

    yield make
    for world in made:
        world.node.close()
