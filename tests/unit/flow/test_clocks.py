"""Our clock against the chain's: what a block proves of it, and what it does not."""

from __future__ import annotations

import pytest
from logbuilder import LogBuilder
from small_log import SetClock, crates, sealer, stored

from suyuan.core.errors import Fatal
from suyuan.flow.clocks import ChainClock

NOON = "2026-06-01T12:00:00.000Z"


def at(minutes: float) -> str:
    return f"2026-06-01T12:{int(minutes):02}:{round(minutes * 60) % 60:02}.000Z"


def test_clocks_that_agree() -> None:
    clock = ChainClock()
    clock.check(NOON)
    for minute in range(20):
        clock.look(minute, at(minute), at(minute))
        clock.check(at(minute))


def test_a_block_from_the_future() -> None:
    clock = ChainClock()
    clock.look(1, at(5), NOON)
    clock.check(NOON)
    clock.look(2, at(5.1), NOON)
    with pytest.raises(Fatal, match="the chain 2026-06-01T12:05:06"):
        clock.check(NOON)
    clock.check(at(1))  # set right: it is believed at once


def test_a_chain_that_idles_proves_nothing() -> None:
    clock = ChainClock()
    for minute in (0, 10, 50):
        clock.look(1, NOON, at(minute))
        clock.check(at(minute))


def test_a_block_made_after_our_look_and_older_than_it() -> None:
    clock = ChainClock()
    clock.look(1, NOON, at(20))
    clock.look(2, at(1), at(21))
    with pytest.raises(Fatal, match="the clock says 2026-06-01T12:20"):
        clock.check(at(21))
    clock.check(at(2))
    clock.look(3, at(3), at(3))
    clock.check(at(3))


def test_nothing_is_sealed_meanwhile() -> None:
    log = LogBuilder()
    crates(log, 2)
    sealing = sealer(stored(log), log, SetClock(NOON))
    sealing.chain_clock.look(1, at(6), NOON)
    with pytest.raises(Fatal, match="sealing stops"):
        sealing.seal()
    with pytest.raises(Fatal, match="sealing stops"):
        sealing.due(60.0)
    assert sealing.tree.latest() is None
    sealing.chain_clock.look(2, NOON, NOON)
    assert sealing.seal()
