"""From the acknowledgement of a record to the contract that holds it, at 500 events a second."""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from collections.abc import Iterator
from statistics import quantiles
from typing import Any

from bench import mix, world
from bench.context import Context, child
from bench.figures import Figure
from bench.service import serving

from suyuan.found import found_chain
from suyuan.ports.anchors import AnchorStore
from suyuan_devnet import Devnet

RATE = 500
SIZE = 100


def measure(context: Context) -> Iterator[Figure]:
    """Seconds on the wall, with the settings that a new node has; gas as the receipts say it."""
    seconds = 2 if context.quick else 60
    hurried: dict[str, Any] = {"seal_seconds": 1.0, "poll_seconds": 0.2} if context.quick else {}
    with context.scratch() as folder, Devnet(folder / "chain") as devnet:
        made = world.found(folder / "node")
        policy = found_chain(made.node, devnet.rpc_url)
        made.node.sealer.seal()
        before = made.node.database.log.tail().size
        token = made.node.accounts.add_token(mix.COOPERATIVE, "recorder", "bench")[0]
        with serving(folder / "node", rpc_urls=[devnet.rpc_url], **hurried) as service:
            order = {
                "url": service.url, "token": token, "rate": RATE, "seconds": seconds, "size": SIZE,
                "season": 0, "rpc": devnet.rpc_url, "contract": policy.contract,
                "log": policy.log_id,
            }  # fmt: skip
            told = child(sys.executable, "bench.load", json.dumps(order))
        version = made.node.database.anchors.policy()
        assert version is not None
        gas, anchors = _gas(made.node.database.anchors, version.version)
        made.close()
    waits = _waits(told["recorded"], told["heads"])
    reached = len(waits) / told["seconds"]
    what = f"acknowledged to anchored at {RATE} events/s"
    settings = "made smaller for this" if context.quick else "those of a new node"
    yield Figure(
        f"{what}, median",
        "s",
        [quantiles(waits, n=100)[49]],
        note=f"{len(waits):,} events, {reached:.0f}/s, {anchors} anchors; settings {settings}",
    )
    yield Figure(f"{what}, 99th percentile", "s", [quantiles(waits, n=100)[98]])
    yield Figure(
        f"gas for each event at {RATE} events/s",
        "gas",
        [gas / (len(waits) + before)],
        details={"gas": gas, "anchors": anchors},
    )


def _waits(recorded: list[tuple[float, int, int]], heads: list[tuple[float, int]]) -> list[float]:
    """Of each event: from its acknowledgement to the first head over it."""
    sizes = [size for _, size in heads]
    return [
        max(0.0, heads[bisect_right(sizes, index)][0] - when)
        for when, first, count in recorded
        for index in range(first, first + count)
    ]


def _gas(anchors: AnchorStore, version: int) -> tuple[int, int]:
    """Of all anchors, and how many they are."""
    gas = count = size = 0
    while found := anchors.covering(version, size + 1):
        size, gas, count = found.size, gas + (found.gas_used or 0), count + 1
    return gas, count
