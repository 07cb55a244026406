"""The rules of the anchoring service that faults alone do not show, on anvil (docs/anchoring.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from fire.anchoring import Chain, anchored, record, rows, seal, until
from fire.conftest import on_chain
from fire.proxy import Proxy, proxy
from nodes import World, event, make_world

from suyuan.adapters.keys import Seal, service_key
from suyuan.adapters.sql import open_database
from suyuan.core.errors import Fatal, SuyuanError
from suyuan_devnet import Devnet

pytestmark = pytest.mark.chain

ROOT_AT = "0x" + keccak(text="rootAt(bytes32,uint64)")[:4].hex()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[World, Proxy, Chain]]:
    """A world with a chain of its own, which it reaches through a proxy."""
    with Devnet(tmp_path / "chain") as devnet, proxy(devnet.rpc_url) as lying:
        given = {"rpc_urls": [devnet.rpc_url], "confirmations": 4, "resubmit_after": 0.2}
        world = on_chain(make_world(tmp_path / "node", **given), devnet.rpc_url)
        world.node.settings.rpc_urls[:] = [lying.url]
        yield world, lying, Chain(devnet.rpc_url)
        world.node.close()


class Killed(BaseException):
    """The process ends here."""


def killed(gap: str) -> Callable[[str], None]:
    def at(passed: str) -> None:
        if passed == gap:
            raise Killed

    return at


@pytest.mark.parametrize("gap", ["intent", "signed"])
def test_a1_the_intent_is_durable_before_the_first_send(
    own: tuple[World, Proxy, Chain], gap: str
) -> None:
    """Another process finds in the database all that would be needed, and nothing was sent."""
    world, lying, chain = own
    chain.hold()
    head = seal(world.node)
    anchorer = world.node.anchorer()
    anchorer.gap = killed(gap)
    with pytest.raises(Killed):
        anchorer.step()
    assert "eth_sendRawTransaction" not in lying.asked
    with open_database(world.node.settings.database) as database:
        (row,) = database.anchors.open(1)
    assert (row.old_size, row.size, row.root) == (0, head.size, head.root)
    assert len(row.txs) == (gap == "signed")
    anchorer.release()
    until(world.node.anchorer(), "sent")
    (after,) = rows(world.node)
    assert after.id == row.id
    assert after.txs[: len(row.txs)] == tuple(
        replace(tx, sent_at=after.txs[0].sent_at) for tx in row.txs
    )
    assert [tx["hash"] for tx in chain.pool()] == [after.txs[0].tx_hash]


def test_a2_it_leaves_the_work_list_only_when_final(own: tuple[World, Proxy, Chain]) -> None:
    world, _, chain = own
    head = seal(world.node)
    anchorer = world.node.anchorer()
    seen: list[str] = []
    until(anchorer, "mined")
    for _ in range(4):
        state = anchored(world.node, head.size).state
        assert bool(rows(world.node)) == (state != "final")
        seen.append(state)
        chain.mine()
        anchorer.step()
    assert seen == ["mined", "mined", "safe", "final"]


def test_a6_the_wallet_is_shown_as_anchors_left(own: tuple[World, Proxy, Chain]) -> None:
    world, _, chain = own
    operator = world.node.chain().operator
    many = world.node.standing().wallet
    assert many is not None
    chain("anvil_setBalance", operator, hex(many.balance // 10))
    few = world.node.standing().wallet
    assert few is not None
    assert 9 * (few.anchors_left or 0) <= (many.anchors_left or 0) <= 11 * (few.anchors_left or 0)
    chain("anvil_setBalance", operator, "0x0")
    none = world.node.standing().wallet
    assert none is not None
    assert none.anchors_left == 0


def test_a8_three_times_nonce_too_low_is_planned_anew(own: tuple[World, Proxy, Chain]) -> None:
    """A node that goes on telling a nonce that is used up."""
    world, lying, chain = own
    seal(world.node)
    anchorer = world.node.anchorer()
    until(anchorer, "mined")
    lying.answer = lambda method, _, result: (
        "0x0" if method == "eth_getTransactionCount" else result
    )
    second = seal(world.node)
    for _ in range(3):
        assert until(anchorer, "refused").row is not None
        time.sleep(0.25)
    (given_up,) = rows(world.node, "abandoned")
    assert given_up.size == second.size
    assert "three times" in (given_up.problem or "")
    assert chain.pool() == []
    lying.answer = None
    until(anchorer, "mined")
    assert anchored(world.node, second.size).id != given_up.id


def test_a12_the_root_is_computed_again_before_it_is_sent(
    own: tuple[World, Proxy, Chain],
) -> None:
    """Stored entries that do not give the checkpoint any more: nothing is sent."""
    world, lying, _ = own
    head = seal(world.node)
    anchorer = world.node.anchorer()
    tree, wrong = anchorer.tree, replace(head, root=bytes(32))

    class Tampered:
        def __getattr__(self, name: str) -> Any:
            return getattr(tree, name)

        def latest(self) -> object:
            return wrong

    anchorer.tree = Tampered()  # type: ignore[assignment]
    with pytest.raises(Fatal, match="no longer gives the checkpoint"):
        anchorer.step()
    assert "eth_sendRawTransaction" not in lying.asked
    assert rows(world.node) == []


def test_a12_the_contracts_root_is_read_back(own: tuple[World, Proxy, Chain]) -> None:
    """Mined between the look at the head and the look at the receipt; another root stands there."""
    world, lying, chain = own
    chain.hold()
    head = seal(world.node)
    anchorer = world.node.anchorer()
    until(anchorer, "sent")

    def other(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionReceipt" and result is None:
            chain.mine()
            return chain(method, *params)
        if method == "eth_call" and params[0]["data"].startswith(ROOT_AT):
            return "0x" + "22" * 32
        return result

    lying.answer = other
    with pytest.raises(Fatal, match="another root at"):
        anchorer.step()
    assert rows(world.node)[0].state == "pending"
    lying.answer = None
    until(anchorer, "mined")
    assert anchored(world.node, head.size).state == "mined"


def test_a13_past_the_bound_intake_answers_503(own: tuple[World, Proxy, Chain]) -> None:
    """With the chain gone: recorded and sealed up to the bound, refused after it, and then again."""
    world, lying, chain = own
    lying.answer = lambda *_: b"500"
    world.node.backlog.bound = 12

    def capture(number: int) -> Any:
        made = event(
            eventID=f"https://node.example/e/{number}", action="OBSERVE", bizStep="storing"
        )
        return world.client.post("/events", json=made, headers=world.head("coop"))

    answers = []
    for number in range(20):
        answers.append(capture(number))
        world.node.sealer.seal()
        if answers[-1].status_code == 503:
            break
    assert answers[0].status_code == 201
    assert answers[-1].status_code == 503
    assert int(answers[-1].headers["retry-after"]) > 0
    lying.answer = None
    until(world.node.anchorer(), "mined")
    chain.mine(4)
    until(world.node.anchorer(), "final")
    assert capture(99).status_code == 201


def test_a15_a_size_that_goes_backwards_is_fatal(own: tuple[World, Proxy, Chain]) -> None:
    """An old database put back under a contract that has seen more."""
    world, lying, chain = own
    first = seal(world.node)
    seal(world.node)
    anchorer = world.node.anchorer()
    until(anchorer, "mined")
    chain.mine(4)
    until(anchorer, "final")
    tree = anchorer.tree

    class Older:
        def __getattr__(self, name: str) -> Any:
            return getattr(tree, name)

        def latest(self) -> object:
            return first

    anchorer.tree = Older()  # type: ignore[assignment]
    lying.asked.clear()
    with pytest.raises(Fatal, match="another history"):
        anchorer.step()
    assert "eth_sendRawTransaction" not in lying.asked
    # And no checkpoint more is signed over it, until somebody has looked.
    record(world.node)
    with pytest.raises(Fatal):
        world.node.sealer.seal()


def test_a16_the_key_is_sealed_at_rest_and_is_not_the_logs(
    own: tuple[World, Proxy, Chain],
) -> None:
    world, _, _ = own
    folder, secret = world.node.settings.data_dir, world.node.seal
    keys = {name: service_key(folder, secret, name) for name in ("anchor", "log", "owner")}
    assert len(set(keys.values())) == 3
    for path in (folder / "keys").iterdir():
        for key in keys.values():
            assert key not in path.read_bytes()
            assert key.hex().encode() not in path.read_bytes()
    sealed = folder / "keys" / "anchor.sealed"
    assert sealed.stat().st_mode & 0o077 == 0
    # Without the secret nobody anchors with it.
    sealed.write_bytes(Seal(bytes(32)).close("service", "anchor", keys["anchor"]))
    with pytest.raises(SuyuanError):
        world.node.chain()
