"""The administrators' page of anchoring: who sees it, and what it says."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from nodes import World, made_up_policy, world  # noqa: F401

from suyuan.bootstrap import Node
from suyuan.core.errors import Fatal
from suyuan.flow.standing import TYPICAL_GAS, Wallet
from suyuan.ports.tree import Damage

WHERE = "/admin/anchors?lang=en"


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


def test_a_browser_asks_for_the_token(world: World) -> None:  # noqa: F811
    answer = world.client.get(WHERE)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert "give your token as the password" in answer.text


@pytest.mark.parametrize(
    "given", ["Basic !!!", "Basic ", "Basic bm9jb2xvbg==", "Digest x", "Bearer x"]
)
def test_no_token_no_page(world: World, given: str) -> None:  # noqa: F811
    answer = world.client.get(WHERE, headers={"Authorization": given})
    assert answer.status_code == 401
    assert "records" not in answer.text


def test_others_may_not(world: World) -> None:  # noqa: F811
    for who in ("coop", "bureau", "lab"):
        answer = world.client.get(WHERE, headers=basic(world.tokens[who]))
        assert answer.status_code == 403
        assert "ether" not in answer.text


def test_what_waits_is_told_and_kept_by_nobody(world: World) -> None:  # noqa: F811
    node = world.node
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    for headers in (basic(world.tokens["admin"]), world.head("admin")):
        answer = world.client.get(WHERE, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        size = node.database.log.tail().size
        assert f"{size} wait for the chain since" in answer.text
        assert "wait for the next checkpoint" in answer.text
        assert "what the wallet holds is unknown: no RPC URL is set" in answer.text
        assert "Anchoring is in trouble" in answer.text
    chinese = world.client.get("/admin/anchors?lang=zh", headers=basic(world.tokens["admin"]))
    assert "等待上链" in chinese.text


def test_troubles_of_the_workers_are_told(world: World) -> None:  # noqa: F811
    troubles = world.client.app.state.workers.troubles  # type: ignore[attr-defined]
    troubles["seal"] = Fatal(
        "the RPC URLs disagree on block {number}: {hashes}", number=7, hashes="x"
    )
    answer = world.client.get(WHERE, headers=basic(world.tokens["admin"]))
    assert "disagree on block 7" in answer.text


def test_who_anchors_and_for_how_long_is_told(world: World) -> None:  # noqa: F811
    """After a kill -9 the right to anchor or to scrub is nobody's until it runs out: that is told."""
    anchors = world.node.database.anchors
    assert "takes over" not in world.client.get(WHERE, headers=basic(world.tokens["admin"])).text
    assert anchors.lease("anchoring", "county-1:4711:ab", 60.0)
    assert world.node.scrubber.lease(60.0)
    text = world.client.get(WHERE, headers=basic(world.tokens["admin"])).text
    assert (
        "process county-1:4711:ab anchors; if it is gone, another one takes over within 60 s"
        in text
    )
    assert f"process {world.node.holder} re-reads the past" in text
    anchors.release("anchoring", "county-1:4711:ab")
    assert "4711" not in world.client.get(WHERE, headers=basic(world.tokens["admin"])).text


def test_a_wallet_that_is_nearly_empty_is_no_good_news(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for left, told in ((1_499, True), (1_500, False), (0, True)):
        wallet = Wallet("0x" + "1" * 40, left * TYPICAL_GAS, 1)
        found = replace(world.node.standing(), wallet=wallet, silent=None)
        monkeypatch.setattr(Node, "standing", lambda _, found=found: found)
        text = world.client.get(WHERE, headers=basic(world.tokens["admin"])).text
        assert ("send ether to its address" in text) == told
        assert f"enough for about {left} more anchors" in text
        monkeypatch.undo()


def test_damage_is_told_in_the_readers_words(world: World) -> None:  # noqa: F811
    world.node.database.tree.report_damage(Damage(6, "attachment", "2026-11-26T22:30:13.360Z"))
    workers = world.client.app.state.workers  # type: ignore[attr-defined]
    workers.look("seal", world.node.sealer.seal)
    where = "/admin/anchors?lang=zh"
    text = world.client.get(where, headers=basic(world.tokens["admin"])).text
    assert "第 6 号记录：附件自 2026年11月27日 06:30" in text
    text = world.client.get(WHERE, headers=basic(world.tokens["admin"])).text
    assert "record 6: attachment is damaged since 27 November 2026, 06:30 Beijing time" in text
