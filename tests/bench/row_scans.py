"""What counting a reading adds to a code's page: the same pages read by people and by programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench import mix, world
from bench.context import Context
from bench.figures import Figure, Goal
from bench.flood import CONNECTIONS, Flooded, clerk, flood
from bench.service import serving
from starlette.testclient import TestClient

from suyuan.bootstrap import Node
from suyuan.core.brand.authorisation import Terms
from suyuan.demo import season as story
from suyuan.flow.scans import Pack, Scans, Told
from suyuan.web.app import create_app

READER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}
FLOOD = 10_000
"""Readings of one code: in a minute, says the issue."""


def measure(context: Context) -> Iterator[Figure]:
    """Processor time of a page that is counted less that of one that is not, in turns; then a flood."""
    codes, rounds = (20, 2) if context.quick else (200, 10)
    with context.scratch() as folder:
        node, (*addresses, unread) = _codes(folder / "node", codes + 1)
        real = Scans.told
        with TestClient(create_app(node, workers=False)) as client:

            def spent(*, counted: bool) -> float:
                # Without: what a page cost before it knew anything of its own code.
                Scans.told = real if counted else _nothing  # type: ignore[method-assign,assignment]
                before = time.process_time()
                for address in addresses:
                    assert client.get(address, headers=READER).status_code == 200
                return (time.process_time() - before) / codes * 1_000

            spent(counted=True)
            spent(counted=False)
            added, without = [], []
            for _ in range(rounds):
                plain = spent(counted=False)
                # Noise may make it less than nothing.
                added.append(max(spent(counted=True) - plain, 0.001))
                without.append(plain)
                node.scans.flush()
            Scans.told = real  # type: ignore[method-assign]
            yield Figure(
                f"added to a code's page by counting it, {codes} codes in turn",
                "ms",
                added,
                Goal(at_most=2.0),
                note=f"the page without it takes {sum(without) / rounds:.1f} ms",
            )
            yield from _flood(node, addresses[0])
        clerk(node)
        node.close()
        with serving(folder / "node") as service:
            yield _over_http(flood(service, unread, 400 if context.quick else FLOOD))


def _over_http(done: Flooded) -> Figure:
    """All answered, counted once each, one alarm; and the desk answered meanwhile."""
    count = sum(done.answers.values())
    good = done.answers[200]
    if done.answers.keys() - {200, 429}:
        raise RuntimeError(f"answers by status: {dict(done.answers)}")
    if done.seen != good or done.cases != 1:
        raise RuntimeError(f"{good} readings, seen {done.seen} times, {done.cases} cases")
    desk = sorted(done.desk)
    return Figure(
        f"{count:,} readings of one code over HTTP, {CONNECTIONS} connections, the desk in use",
        "s",
        [done.seconds],
        Goal(at_most=60.0),
        note=f"{good:,} answered, {done.answers[429]:,} refused; the slowest after"
        f" {done.slowest * 1_000:.0f} ms; one alarm; seen {done.seen:,} times; {len(desk)} pages of"
        f" the desk meanwhile, median {desk[len(desk) // 2] * 1_000:.0f} ms, slowest"
        f" {desk[-1] * 1_000:.0f} ms",
    )


def _nothing(_: Scans, __: Pack, *, counted: bool) -> Told:
    return Told(None, 0, None, odd=())


def _flood(node: Node, address: str) -> Iterator[Figure]:
    serial = address.rpartition("/21/")[2]
    lot = f"https://id.gs1.org{address.removeprefix('/p').partition('/21/')[0]}"
    gtin = lot.partition("/10/")[0]
    pack = Pack(f"{gtin}/21/{serial}", lot, serial, "")
    before = time.process_time()
    wall = time.monotonic()
    for number in range(FLOOD):
        node.scans.told(pack, counted=True)
        if number % (FLOOD // 60) == 0:
            node.scans.flush()
    node.scans.flush()
    spent = time.process_time() - before
    rows = len(node.database.scans.days(pack.code))
    yield Figure(
        f"{FLOOD:,} readings of one code, flushed sixty times",
        "s",
        [spent],
        Goal(at_most=60.0),
        note=f"{rows} row of its day; {time.monotonic() - wall:.1f} s on the wall",
    )


def _codes(folder: Path, count: int) -> tuple[Node, list[str]]:
    """A node with so many codes of one lot, and the addresses of their pages."""
    made = world.found(folder)
    world.record_seasons(made, range(3))
    # Codes of a brand: its right is looked up for each page as well.
    node, coop = made.node, made.cooperative
    name, product = f"{mix.BASE}brand/bench", f"https://id.gs1.org/01/{story.GTIN_PACK}"
    (known, *_) = node.masters.history(coop.viewer, product)
    node.masters.record(
        coop,
        [("", {"id": name, "type": "Brand", "name": "Bench"}),
         ("", {**known.master, "suyuan:indication": name})],
    )  # fmt: skip
    terms = Terms(name, coop.organisation, product, date(2020, 1, 1), date(2099, 12, 31))
    right = node.brands.apply(coop, terms, person="bench")
    node.brands.turn(coop, right, "granted", person="bench")
    _, serials = node.issuer.issue(
        coop, gtin=story.GTIN_PACK, lot="BENCH-1", count=count,
        event_time=made.node.clock.now(), time_zone="+08:00", key="bench",
        reason="to be measured",
    )  # fmt: skip
    node.sealer.seal()
    lot = f"/p/01/{story.GTIN_PACK}/10/BENCH-1"
    return node, [f"{lot}/21/{one.serial}" for one in serials]
