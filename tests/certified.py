"""A lot of tea leaves at the gate, for tests of gates, certificates and check-ins."""

from __future__ import annotations

from typing import Any

from farm_season import LEAVES, PICKED, begin, bought, picked, record, sprayed
from nodes import World

from suyuan.flow.accounts import Caller
from suyuan.ports.certificates import Kept

LOT = PICKED
CONTACT = "13812345678"


def caller(world: World, who: str = "coop") -> Caller:
    return Caller(world.org(who), "recorder", "990101", "test")


def grown(world: World, spray: str = "2026-03-01") -> None:
    """Bought, sprayed, picked on 2026-04-01: fresh leaves, for which a certificate is due."""
    begin(world)
    record(world, bought(), sprayed(spray), picked("2026-04-01"))


def drafted(world: World, **changes: Any) -> Kept:
    """A draft that can be issued."""
    certificates = world.node.certificates
    kept = certificates.begin(caller(world), LOT)
    values = {"contact": CONTACT, "origin": "测试县", "quantity": "50 公斤", **changes}
    return certificates.save(caller(world), kept.code, values)


def issued(world: World, **changes: Any) -> Kept:
    """A certificate in force."""
    kept = drafted(world, **changes)
    world.node.certificates.issue(caller(world), kept.code, person="王会计")
    return world.node.certificates.get(world.org("coop"), kept.code)


__all__ = ["CONTACT", "LEAVES", "LOT", "caller", "drafted", "grown", "issued"]
