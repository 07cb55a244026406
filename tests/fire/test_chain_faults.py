"""Whatever the chain does meanwhile: the log goes on, and in the end it is anchored, once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from fire.anchoring import Chain, anchor, anchored, policy_of, record, rows, seal, until
from fire.conftest import on_chain
from fire.proxy import Proxy, Slow, proxy
from nodes import BASE, World, make_world

from suyuan.adapters.chain_view import EthereumView
from suyuan.adapters.keys import service_key
from suyuan.bootstrap import Node
from suyuan.core.errors import Fatal, Refused, SuyuanError, Unavailable
from suyuan.core.verify import verify_bundle
from suyuan.core.visibility import PUBLIC
from suyuan.flow.anchor import ChainReset
from suyuan.found import found_chain, rotate_operator
from suyuan.workers import Workers
from suyuan_devnet import Devnet
from suyuan_devnet.deploy import Sender

pytestmark = pytest.mark.chain

NewWorld = Callable[..., World]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[World, Devnet]]:
    """A world on a chain that the test may do with as it likes."""
    with Devnet(tmp_path / "chain") as chain:
        given = {"rpc_urls": [chain.rpc_url], "confirmations": 3, "resubmit_after": 0.3}
        world = on_chain(make_world(tmp_path / "node", rpc_timeout=2.0, **given), chain.rpc_url)
        yield world, chain
        world.node.close()


@pytest.fixture
def between(new_world: NewWorld, devnet: Devnet) -> Iterator[tuple[World, Proxy]]:
    """A world that reaches the devnet through a proxy only."""
    world = new_world(rpc_timeout=0.5)
    with proxy(devnet.rpc_url) as lying:
        world.node.settings.rpc_urls[:] = [lying.url]
        yield world, lying


class TestSilence:
    def test_chain_down_and_up_again(self, tmp_path: Path) -> None:
        """Capture and seal go on; the worker says what is wrong; all is anchored afterwards."""
        chain = Devnet(tmp_path / "chain").start()
        given = {"rpc_urls": [chain.rpc_url], "confirmations": 1, "poll_seconds": 0.05}
        world = on_chain(
            make_world(tmp_path / "node", rpc_timeout=1.0, seal_seconds=0.05, **given),
            chain.rpc_url,
        )
        workers = Workers(world.node)
        workers.start()
        try:
            first = record(world.node)
            eventually(lambda: anchored(world.node, first))
            chain.stop()
            eventually(lambda: assert_type(workers.troubles.get("anchor"), Unavailable))
            for _ in range(3):
                size = record(world.node)
                eventually(lambda: sealed(world.node, size))  # noqa: B023
            assert "seal" not in workers.troubles
            chain.start()
            eventually(lambda: anchored(world.node, size))
            eventually(lambda: assert_type(workers.troubles.get("anchor"), type(None)))
        finally:
            workers.stop()
            world.node.close()
            chain.stop()

    def test_answers_that_come_too_late(self, between: tuple[World, Proxy]) -> None:
        world, lying = between
        seal(world.node)
        lying.answer = lambda *_: Slow(b"{}")
        lying.asked.clear()
        with pytest.raises(Unavailable):
            world.node.anchorer().step()
        assert len(lying.asked) <= 1, "asked more than once"
        lying.answer = None
        anchor(world.node)

    def test_the_answer_to_sending_is_lost(self, between: tuple[World, Proxy]) -> None:
        """Sent and not known to be sent: the same transaction again, which is known already."""
        world, lying = between
        head = seal(world.node)
        lying.answer = lambda method, _, result: (
            b"500" if method == "eth_sendRawTransaction" else result
        )
        with pytest.raises(Unavailable):
            world.node.anchorer().step()
        (row,) = rows(world.node)
        assert [tx.sent_at for tx in row.txs] == [None]
        lying.answer = None
        anchor(world.node)
        assert anchored(world.node, head.size).tx_hash == row.txs[0].tx_hash
        assert len(anchored(world.node, head.size).txs) == 1

    def test_the_second_url_answers(self, new_world: NewWorld, devnet: Devnet) -> None:
        world = new_world(rpc_urls=["http://127.0.0.1:9", devnet.rpc_url], rpc_timeout=1.0)
        seal(world.node)
        anchor(world.node)

    def test_urls_of_two_chains(self, new_world: NewWorld, tmp_path: Path) -> None:
        world = new_world()
        seal(world.node)
        with Devnet(tmp_path / "another") as another:
            world.node.settings.rpc_urls.append(another.rpc_url)
            with pytest.raises(Fatal, match="different chains"):
                world.node.anchorer().step()
        assert not rows(world.node)


GARBAGE: dict[str, object] = {
    "no JSON": b"<html>502 Bad Gateway</html>",
    "nothing": b"",
    "half": b'{"jsonrpc": "2.0", "id": 1, "resu',
    "an array": b"[]",
    "a text": b'"ok"',
    "an error of no shape": b'{"jsonrpc": "2.0", "id": 1, "error": "busy"}',
    "an error": b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "too many"}}',
    "not UTF-8": b"\xff\xfe\xfd",
    "null": None,
    "a number": 17,
    "an object": {},
    "a list": [1, None],
    "bad hex": "0xzz",
    "short hex": "0x12",
    "long hex": "0x" + "f" * 5000,
    "true": True,
}


class TestGarbage:
    @pytest.mark.parametrize("name", GARBAGE)
    def test_nothing_makes_sense(self, between: tuple[World, Proxy], name: str) -> None:
        """Every method in turn answers garbage: an error of ours, no anchor that is none, no harm."""
        world, lying = between
        head = seal(world.node)
        lying.answer = None
        until(world.node.anchorer(), "sent")
        methods = {*lying.asked, "eth_getTransactionReceipt"}
        for spoilt in sorted(methods):
            lying.answer = lambda method, _, result: (
                GARBAGE[name] if method == spoilt else result  # noqa: B023
            )
            before = rows(world.node)
            # Anything but an error of ours ends the test; Fatal is only what looks like another chain.
            problem = trouble(world.node.anchorer().step)
            assert not isinstance(problem, Fatal) or isinstance(problem, ChainReset)
            if spoilt in {"eth_getTransactionReceipt", "eth_getBlockByNumber", "eth_call"}:
                assert rows(world.node) == before, spoilt
            assert world.node.database.tree.damage() is None
        lying.answer = None
        anchor(world.node)
        assert len(anchored(world.node, head.size).txs) == 1
        seal(world.node)

    def test_another_chain_id(self, between: tuple[World, Proxy]) -> None:
        world, lying = between
        seal(world.node)
        lying.answer = lambda method, _, result: "0x1" if method == "eth_chainId" else result
        with pytest.raises(ChainReset, match="chain 1 "):
            world.node.anchorer().step()
        assert not rows(world.node)
        assert "eth_sendRawTransaction" not in lying.asked
        seal(world.node)

    def test_the_receipt_of_another_transaction(self, between: tuple[World, Proxy]) -> None:
        world, lying = between
        head = seal(world.node)
        until(world.node.anchorer(), "sent")

        def other(method: str, _: list[Any], result: Any) -> Any:
            if method == "eth_getTransactionReceipt" and result:
                return {**result, "transactionHash": "0x" + "11" * 32}
            return result

        lying.answer = other
        with pytest.raises(Unavailable):
            world.node.anchorer().step()
        lying.answer = None
        anchor(world.node)
        assert anchored(world.node, head.size).state == "final"

    @pytest.mark.parametrize(
        "change",
        [
            lambda found: {**found, "to": "0x" + "22" * 20},
            lambda found: {**found, "logs": []},
            lambda found: {**found, "logs": [{**found["logs"][0], "address": "0x" + "22" * 20}]},
            lambda found: {**found, "logs": [{**found["logs"][0], "data": "0x" + "22" * 32}]},
            lambda found: {
                **found,
                "logs": [
                    {
                        **found["logs"][0],
                        "topics": [*found["logs"][0]["topics"][:2], "0x" + f"{9:064x}"],
                    }
                ],
            },
        ],
        ids=["contract", "no event", "event's contract", "root", "size"],
    )
    def test_a_receipt_of_something_else(
        self, between: tuple[World, Proxy], change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> None:
        """Receipt and event are checked field by field (A11)."""
        world, lying = between
        head = seal(world.node)
        until(world.node.anchorer(), "sent")
        lying.answer = lambda method, _, result: (
            change(result) if method == "eth_getTransactionReceipt" and result else result
        )
        with pytest.raises(Unavailable):
            world.node.anchorer().step()
        assert rows(world.node)[0].state == "pending"
        lying.answer = None
        anchor(world.node)
        assert anchored(world.node, head.size).state == "final"

    def test_a_reorganisation_between_head_and_root(self, between: tuple[World, Proxy]) -> None:
        """The head of a block that is gone when its root is asked for: later again, and no damage."""
        world, lying = between
        seal(world.node)
        anchor(world.node)
        head = seal(world.node)
        root_at = "0x" + keccak(text="rootAt(bytes32,uint64)")[:4].hex()

        def gone(method: str, params: list[Any], result: Any) -> Any:
            if method == "eth_call" and params[0]["data"].startswith(root_at):
                return "0x" + "00" * 32
            return result

        lying.answer = gone
        with pytest.raises(Unavailable):
            world.node.anchorer().step()
        assert world.node.database.tree.damage() is None
        lying.answer = None
        anchor(world.node)
        assert anchored(world.node, head.size).state == "final"

    def test_two_urls_that_disagree_on_the_past(self, new_world: NewWorld, devnet: Devnet) -> None:
        """The same chain by its name, on a fork: nothing is sent, and it is said (A11)."""
        world = new_world()
        seal(world.node)
        with proxy(devnet.rpc_url) as forked:
            forked.answer = lambda method, params, result: (
                {**result, "hash": "0x" + "33" * 32}
                if method == "eth_getBlockByNumber" and params[0] not in ("0x0", "latest")
                else result
            )
            world.node.settings.rpc_urls.append(forked.url)
            with pytest.raises(Fatal, match="disagree on block"):
                world.node.anchorer().step()
            assert not rows(world.node)
            assert "eth_sendRawTransaction" not in forked.asked
            forked.answer = None
            anchor(world.node)


class TestTransactions:
    def test_a_block_that_vanishes(self, own: tuple[World, Devnet]) -> None:
        """mined → pending → mined again, in another block; final when it lies deep enough."""
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        head = seal(world.node)
        anchorer = world.node.anchorer()
        until(anchorer, "mined")
        before = anchored(world.node, head.size)
        chain("anvil_reorg", 1, [])
        until(anchorer, "waiting", "sent")
        (row,) = rows(world.node)
        assert (row.state, row.tx_hash, row.block_hash) == ("pending", None, None)
        assert "reorganisation" in (row.problem or "")
        until(anchorer, "mined")
        after = anchored(world.node, head.size)
        assert after.block_hash != before.block_hash
        chain.mine(3)
        until(anchorer, "final")
        found = anchored(world.node, head.size)
        assert (found.state, found.block_hash) == ("final", after.block_hash)
        assert extended(chain, world.node) == [head.size]

    def test_a_node_that_keeps_the_state_and_loses_the_block(
        self, own: tuple[World, Devnet]
    ) -> None:
        """Killed while it saved: the contract has the root, no block the transaction. The newest anchor
        ends all the same, by the contract's word, and a bundle under it verifies; the log goes on."""
        world, devnet = own
        lost = seal(world.node)
        anchorer = world.node.anchorer()
        until(anchorer, "sent")
        mined = Chain(devnet.rpc_url)
        while extended(mined, world.node) != [lost.size]:
            time.sleep(0.02)
        forget_the_newest_block(devnet)
        world.node.settings.rpc_urls[:] = [devnet.rpc_url]
        world.node._chain = None
        chain, anchorer = Chain(devnet.rpc_url), world.node.anchorer()
        assert anchorer.chain.root_at(lost.size) == lost.root
        assert extended(chain, world.node) == []
        assert until(anchorer, "mined", "safe").anchored == lost.size
        assert world.node.standing().waiting == 0
        chain.mine(3)
        until(anchorer, "final")
        assert rows(world.node) == []
        found = anchored(world.node, lost.size)
        assert (found.state, found.root, found.tx_hash) == ("final", lost.root, None)
        bundle = world.node.prover.bundle(PUBLIC, f"{BASE}crate/a-0")
        report = verify_bundle(bundle, policy_of(world.node), chain=EthereumView(devnet.rpc_url))
        assert (report.verdict, report.block_time) == ("verified", None)
        newer = seal(world.node)
        until(anchorer, "mined")
        chain.mine(3)
        until(anchorer, "final")
        assert anchored(world.node, newer.size).old_size == lost.size
        assert extended(chain, world.node) == [newer.size]

    def test_a_transaction_that_is_forgotten(self, own: tuple[World, Devnet]) -> None:
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        chain.hold()
        head = seal(world.node)
        anchorer = world.node.anchorer()
        until(anchorer, "sent")
        (waiting,) = chain.pool()
        assert chain("anvil_dropTransaction", waiting["hash"]) == waiting["hash"]
        assert chain.pool() == []
        assert anchorer.step().state == "waiting"
        until(anchorer, "sent")
        (again,) = chain.pool()
        # Nothing waits that would have to be outbid.
        assert [again[name] for name in ("nonce", "maxFeePerGas", "maxPriorityFeePerGas")] == [
            waiting[name] for name in ("nonce", "maxFeePerGas", "maxPriorityFeePerGas")
        ]
        chain.mine()
        until(anchorer, "mined")
        assert anchored(world.node, head.size).tx_hash == again["hash"]
        assert extended(chain, world.node) == [head.size]

    def test_a_transaction_that_hangs_is_outbid_by_a_tenth(self, own: tuple[World, Devnet]) -> None:
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        chain.hold()
        head = seal(world.node)
        anchorer = world.node.anchorer()
        for _ in range(3):
            until(anchorer, "sent")
        (row,) = rows(world.node)
        assert len(row.txs) == 3
        for older, newer in zip(row.txs, row.txs[1:], strict=False):
            assert newer.nonce == older.nonce
            assert newer.max_fee * 10 >= older.max_fee * 11
            assert newer.tip * 10 >= older.tip * 11
        (waiting,) = chain.pool()
        assert waiting["hash"] == row.txs[-1].tx_hash
        chain.mine()
        until(anchorer, "mined")
        assert anchored(world.node, head.size).tx_hash == row.txs[-1].tx_hash
        assert extended(chain, world.node) == [head.size]

    def test_the_first_of_several_is_mined(self, own: tuple[World, Devnet]) -> None:
        """Every transaction ever sent is watched, not the last one alone."""
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        chain.hold()
        head = seal(world.node)
        anchorer = world.node.anchorer()
        until(anchorer, "sent")
        until(anchorer, "sent")
        (row,) = rows(world.node)
        chain("anvil_dropTransaction", row.txs[1].tx_hash)
        anchorer.chain.send(row.txs[0].raw)
        chain.mine()
        until(anchorer, "mined")
        assert anchored(world.node, head.size).tx_hash == row.txs[0].tx_hash

    def test_fees_are_never_raised_over_the_ceiling(self, own: tuple[World, Devnet]) -> None:
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        chain.hold()
        seal(world.node)
        anchorer = world.node.anchorer()
        until(anchorer, "sent")
        (row,) = rows(world.node)
        world.node.settings.max_fee_gwei = row.txs[0].max_fee / 10**9
        world.node._chain = None
        anchorer = world.node.anchorer()
        until(anchorer, "sent")
        (row,) = rows(world.node)
        assert len(row.txs) == 1
        assert "ceiling" in (row.problem or "")
        assert [tx["hash"] for tx in chain.pool()] == [row.txs[0].tx_hash]
        chain.mine()
        until(anchorer, "mined")
        assert rows(world.node)[0].problem is None

    def test_too_dear_from_the_start(self, new_world: NewWorld) -> None:
        world = new_world(max_fee_gwei=0.000001)
        seal(world.node)
        with pytest.raises(Refused, match="ceiling"):
            world.node.anchorer().step()
        (row,) = rows(world.node)
        assert row.txs == ()

    def test_no_money(self, own: tuple[World, Devnet]) -> None:
        """Refused by the chain, noted, and tried again without paying more each time."""
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        anchorer = world.node.anchorer()
        chain("anvil_setBalance", anchorer.chain.operator, "0x0")
        seal(world.node)
        for _ in range(3):
            progress = until(anchorer, "refused")
            assert progress.row is not None
            assert "funds" in (progress.row.problem or "")
        (row,) = rows(world.node)
        assert len({tx.max_fee for tx in row.txs}) == 1
        chain("anvil_setBalance", anchorer.chain.operator, hex(10**18))
        until(anchorer, "mined")

    def test_somebody_else_with_our_key_was_faster(self, own: tuple[World, Devnet]) -> None:
        """The contract's head moved past what we planned: planned anew from there."""
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        first = seal(world.node)
        ours = world.node.anchorer()

        def overtake(gap: str) -> None:
            if gap == "signed" and not extended(chain, world.node):
                seal(world.node)
                theirs = world.node.anchorer()
                theirs.store = _Elsewhere(theirs.store)
                until(theirs, "sent")

        ours.gap = overtake
        assert ours.step().state == "refused"
        newer = seal(world.node)
        until(ours, "mined")
        chain.mine(3)
        until(ours, "idle", "final")
        sizes = extended(chain, world.node)
        assert first.size not in sizes
        assert sizes[-1] == newer.size
        (abandoned,) = rows(world.node, "abandoned")
        assert abandoned.size == first.size

    def test_a_revert_costs_once(self, own: tuple[World, Devnet]) -> None:
        """The owner takes the operator's right away while the transaction waits."""
        world, devnet = own
        chain = Chain(devnet.rpc_url)
        anchorer = world.node.anchorer()
        operator = anchorer.chain.operator
        head = seal(world.node)
        chain.hold()
        until(anchorer, "sent")
        (row,) = rows(world.node)
        held = chain.pool()
        chain("anvil_dropTransaction", held[0]["hash"])
        chain.mine()
        set_operator(world.node, devnet.rpc_url, "0x" + "1" * 40)
        anchorer.chain.send(row.txs[0].raw)
        for _ in range(3):
            with pytest.raises(Refused, match="names 0x1111"):
                anchorer.step()
            time.sleep(0.3)
        assert chain("eth_getTransactionReceipt", row.txs[0].tx_hash)["status"] == "0x0"
        nonce = anchorer.chain.nonce()
        set_operator(world.node, devnet.rpc_url, operator)
        assert anchorer.chain.nonce() == nonce
        until(anchorer, "mined")
        found = anchored(world.node, head.size)
        assert [tx.nonce for tx in found.txs] == [nonce - 1, nonce]
        assert found.tx_hash == found.txs[1].tx_hash

    def test_a_closed_log(self, own: tuple[World, Devnet]) -> None:
        world, devnet = own
        seal(world.node)
        anchorer = world.node.anchorer()
        until(anchorer, "mined")
        owner(world.node, devnet.rpc_url, "close(bytes32,bytes32)", bytes(32))
        seal(world.node)
        with pytest.raises(Refused, match="closed"):
            anchorer.step()


class TestRotation:
    def test_another_key_through_the_contract(self, own: tuple[World, Devnet]) -> None:
        """The owner names it, the old one is of no use any more, and nothing is started anew (A16)."""
        world, _ = own
        seal(world.node)
        before = until(world.node.anchorer(), "mined") and world.node.chain().operator
        old, new = rotate_operator(world.node)
        assert old == before
        assert new != old
        head = seal(world.node)
        anchorer = world.node.anchorer()
        assert anchorer.chain.operator == new
        until(anchorer, "mined")
        assert anchored(world.node, head.size).tx_hash
        told = world.node.standing()
        assert told.wallet is not None
        assert told.wallet.operator == new
        assert (told.wallet.anchors_left or 0) > 100

    def test_the_process_ends_on_the_way(
        self, own: tuple[World, Devnet], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The contract names the new key, the folder still the old: done again, it goes on."""
        world, _ = own

        class Killed(BaseException):
            pass

        def kill(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("suyuan.found.write_private", kill)
            with pytest.raises(Killed):
                rotate_operator(world.node)
        seal(world.node)
        with pytest.raises(Refused, match="as operator"):
            world.node.anchorer().step()
        _, new = rotate_operator(world.node)
        until(world.node.anchorer(), "mined")
        assert world.node.chain().operator == new


class TestConsortium:
    def test_gas_that_costs_nothing(self, tmp_path: Path) -> None:
        """Legacy transactions, no base fee, nobody holds ether."""
        with Devnet(tmp_path / "chain", consortium=True) as devnet:
            world = make_world(
                tmp_path / "node", rpc_urls=[devnet.rpc_url], confirmations=1, resubmit_after=0.3
            )
            found_chain(world.node, devnet.rpc_url)
            chain = Chain(devnet.rpc_url)
            anchorer = world.node.anchorer()
            chain("anvil_setBalance", anchorer.chain.operator, "0x0")
            head = seal(world.node)
            anchor(world.node)
            sent = chain.transaction(anchored(world.node, head.size).tx_hash or "")
            assert (sent["type"], sent["gasPrice"]) == ("0x0", "0x0")
            told = world.node.standing().wallet
            assert told is not None
            assert told.anchors_left is None
            assert int(chain("eth_getBalance", anchorer.chain.operator, "latest"), 16) == 0
            assert "baseFeePerGas" not in chain("eth_getBlockByNumber", "latest", False)
            # One that hangs is sent again, and what cannot be outbid waits.
            chain.hold()
            newer = seal(world.node)
            until(anchorer, "sent")
            (row,) = rows(world.node)
            chain("anvil_dropTransaction", row.txs[0].tx_hash)
            until(anchorer, "sent")
            chain.mine()
            until(anchorer, "final")
            assert extended(chain, world.node) == [head.size, newer.size]
            world.node.close()


class TestTime:
    def test_a_chain_whose_clock_is_another(self, tmp_path: Path) -> None:
        """Blocks from ten minutes ahead: sealing stops and says so, until the clocks agree (A15)."""
        with Devnet(tmp_path / "chain") as devnet:
            given = {"rpc_urls": [devnet.rpc_url], "confirmations": 1, "poll_seconds": 0.05}
            world = on_chain(
                make_world(tmp_path / "node", seal_seconds=0.05, **given), devnet.rpc_url
            )
            chain = Chain(devnet.rpc_url)
            before = chain("evm_snapshot")
            chain("evm_increaseTime", 600)
            chain.mine()
            workers = Workers(world.node)
            workers.start()
            try:
                eventually(lambda: assert_type(workers.troubles.get("seal"), Fatal))
                size = record(world.node)
                chain("evm_revert", before)
                eventually(lambda: assert_type(workers.troubles.get("seal"), type(None)))
                eventually(lambda: sealed(world.node, size))
            finally:
                workers.stop()
                world.node.close()

    def test_no_block_older_than_its_records(self, new_world: NewWorld) -> None:
        """Where the chain's clock may lie behind, a fresh checkpoint waits before it is sent."""
        world = new_world(settle_seconds=0.4)
        head = seal(world.node)
        anchorer = world.node.anchorer()
        started = time.monotonic()
        assert anchorer.step().state == "waiting"
        assert rows(world.node)[0].txs == ()
        until(anchorer, "sent")
        assert time.monotonic() - started >= 0.4
        until(anchorer, "final")
        row = anchored(world.node, head.size)
        newest = world.node.database.log.tail().record_time
        assert row.block_time is not None
        assert row.block_time[:19] >= newest[:19]


class _Elsewhere:
    """An anchor store for which every lease is free: a second process that does not ask."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def lease(self, *_: object) -> bool:
        return True

    def open(self, _: int) -> list[Any]:
        return []


def trouble(ask: Callable[[], object]) -> SuyuanError | None:
    try:
        ask()
    except SuyuanError as problem:
        return problem
    return None


def eventually(check: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def assert_type(value: object, kind: type) -> None:
    assert type(value) is kind, value


def sealed(node: Node, size: int) -> None:
    latest = node.database.tree.latest()
    assert latest is not None
    assert latest.size >= size


def extended(chain: Chain, node: Node) -> list[int]:
    """Sizes that the contract was extended to, in order."""
    topic = "0x" + keccak(text="HeadExtended(bytes32,uint64,bytes32)").hex()
    where = {"address": policy_of(node).contract, "topics": [topic], "fromBlock": "0x0"}
    return [int(entry["topics"][2], 16) for entry in chain("eth_getLogs", where)]


def forget_the_newest_block(devnet: Devnet) -> None:
    """Start over from a file that has the accounts of after a block, and not that block."""
    devnet.stop()
    file = devnet.data / "state.json"
    state = json.loads(file.read_text())
    newest = max(state["blocks"], key=lambda block: int(block["header"]["number"], 16))
    state["blocks"].remove(newest)
    number = state["best_block_number"] = int(newest["header"]["number"], 16) - 1
    state["block"]["number"] = hex(number)
    mined = [one for one in state["transactions"] if one["block_number"] <= number]
    assert len(mined) == len(state["transactions"]) - 1
    state["transactions"] = mined
    file.write_text(json.dumps(state))
    devnet.start()


def owner(node: Node, url: str, signature: str, *words: bytes) -> None:
    """The owner calls the contract."""
    policy = policy_of(node)
    key = service_key(node.settings.data_dir, node.seal, "owner")
    data = keccak(text=signature)[:4] + bytes.fromhex(policy.log_id[2:]) + b"".join(words)
    Sender(url, Account.from_key(key)).send(to_checksum_address(policy.contract), data)


def set_operator(node: Node, url: str, operator: str) -> None:
    owner(node, url, "setOperator(bytes32,address)", bytes.fromhex(operator[2:].rjust(64, "0")))
