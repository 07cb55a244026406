"""What is told of anchoring at each step."""

from __future__ import annotations

from logbuilder import LogBuilder
from small_log import Contract, SetClock, append, crates, sealer, stored

from suyuan.core.errors import Refused, Unavailable
from suyuan.flow.anchor import Anchorer
from suyuan.flow.standing import TYPICAL_GAS, Standing, Wallet, standing, wallet_of


def test_from_recorded_to_anchored() -> None:
    log, clock, contract = LogBuilder(), SetClock(), Contract()
    crates(log, 3)
    database = stored(log)

    def now() -> Standing:
        found = wallet_of(contract)
        return standing(database.log, database.tree, database.anchors, found, None)

    assert now().why.template.startswith("no contract")
    database.anchors.add_policy(log.policy.encode(), clock.now())
    found = now()
    assert (found.waiting, found.since) == (5, database.log.records([0])[0].record_time)
    assert "next checkpoint" in found.why.template
    sealer(database, log, clock).seal()
    assert "next look" in now().why.template
    contract.automatic = False
    anchorer = Anchorer(database.anchors, database.tree, contract, clock, "one")
    anchorer.step()
    found = now()
    assert found.why.params == {"count": 1, "at": clock.time}
    assert found.at_most == 1000 * TYPICAL_GAS
    contract.confirmations = 2
    contract.mine()
    anchorer.step()
    found = now()
    assert (found.waiting, found.state) == (0, "mined")
    assert "not final yet" in found.why.template
    contract.mine()
    anchorer.step()
    found = now()
    assert (found.waiting, found.since, found.state, found.at_most) == (0, None, "final", None)
    assert found.why.template == "all records are anchored"
    crates(log, 1)
    append(database, log)
    assert (now().waiting, now().since) == (1, database.log.records([5])[5].record_time)


def test_a_refusal_is_told() -> None:
    log, clock, contract = LogBuilder(), SetClock(), Contract()
    crates(log, 1)
    database = stored(log)
    database.anchors.add_policy(log.policy.encode(), clock.now())
    sealer(database, log, clock).seal()
    contract.failing["send"] = Refused("the chain refused: {why}", why="insufficient funds")
    Anchorer(database.anchors, database.tree, contract, clock, "one").step()
    found = standing(database.log, database.tree, database.anchors, None, None)
    assert "insufficient funds" in str(found.why.params["problem"])


def test_a_chain_that_does_not_answer_is_told_as_why() -> None:
    log, clock = LogBuilder(), SetClock()
    crates(log, 1)
    database = stored(log)
    database.anchors.add_policy(log.policy.encode(), clock.now())
    sealer(database, log, clock).seal()
    silent = Unavailable("the chain does not answer ({why})", why="Timeout")
    found = standing(database.log, database.tree, database.anchors, None, silent)
    assert "until the chain answers" in found.why.template


def test_anchors_left() -> None:
    assert Wallet("0x", 10 * TYPICAL_GAS * 7 + 1, 7).anchors_left == 10
    assert Wallet("0x", TYPICAL_GAS * 7 - 1, 7).anchors_left == 0
    assert Wallet("0x", 0, 0).anchors_left is None
