from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bundle_cases import Lot
from logbuilder import BLOCK_TIME, FakeChain, LogBuilder

from suyuan.core.anchor_check import Anchored, check_anchor
from suyuan.core.bundle import Anchor
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.errors import Fatal, ProofError, Refused, Unavailable

LOG: LogBuilder = Lot().log
TREE = Checkpoint(LOG.origin, LOG.size, LOG.root(LOG.size))
ANCHOR = LOG.anchor(LOG.size)
ABSENT = Unavailable("nobody there")


def check(anchor: Anchor | None = ANCHOR, **answers: Any) -> Anchored:
    return check_anchor(anchor, LOG.policy, TREE, FakeChain(LOG, answers))


def test_an_anchor_in_the_chain_is_checked_and_dated() -> None:
    assert check() == Anchored("checked", BLOCK_TIME)


def test_without_an_anchor_or_a_chain_nothing_is_checked() -> None:
    assert check(None).state == "none"
    assert check_anchor(ANCHOR, LOG.policy, TREE, None).state == "not checked"


@pytest.mark.parametrize("where", ["chain_id", "genesis", "finalized"])
def test_a_chain_out_of_reach_is_no_failure(where: str) -> None:
    answers: dict[str, Any] = {where: ABSENT}
    anchored = check(**answers)
    assert (anchored.state, anchored.block_time, anchored.why) == ("not checked", None, ABSENT)


def test_what_the_chain_may_still_take_back_is_not_checked() -> None:
    anchored = check(finalized=None)
    assert (anchored.state, anchored.block_time) == ("not final", None)
    assert anchored.why is not None
    assert check(finalized=None, latest=ABSENT).state == "not checked"


@pytest.mark.parametrize(
    "answers",
    [
        {"chain_id": 1},
        {"genesis": "0x" + "56" * 32},
        {"finalized": b"\x01" * 32},
        {"finalized": None, "latest": None},
        {"finalized": None, "latest": b"\x01" * 32},
        {"chain_id": Refused("execution reverted")},
        {"finalized": Fatal("the RPC URLs are of different chains")},
    ],
    ids=str,
)
def test_a_chain_that_says_otherwise_fails(answers: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        check(**answers)


@pytest.mark.parametrize("answer", [None, "2026-12-01T00:00:01.000Z", ABSENT, Refused("pruned")])
def test_the_time_is_shown_only_where_the_chain_confirms_it(answer: object) -> None:
    assert check(time=answer) == Anchored("checked", None)


def test_hints_that_lead_nowhere_cost_the_time_only() -> None:
    assert check(replace(ANCHOR, block_hash="0x" + "45" * 32)) == Anchored("checked", None)
    later = replace(ANCHOR, block_time="2027-01-01T00:00:00.000Z")
    assert check(later) == Anchored("checked", None)


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"contract": "0x" + "23" * 20},
        {"log_id": "0x" + "12" * 32},
        {"size": LOG.size + 1},
        {"root": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    ],
    ids=str,
)
@pytest.mark.parametrize("chain", [None, FakeChain(LOG, {"chain_id": ABSENT})], ids=["no", "down"])
def test_an_anchor_of_something_else_fails_without_a_chain_too(
    change: dict[str, Any], chain: FakeChain | None
) -> None:
    with pytest.raises(ProofError):
        check_anchor(replace(ANCHOR, **change), LOG.policy, TREE, chain)
