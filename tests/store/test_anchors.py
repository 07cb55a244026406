"""The journal of anchors, policies and leases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from store.appending import NOW, Stores, another, digest

from suyuan.core.errors import Conflict, NotFound
from suyuan.ports.anchors import AnchorRow, AnchorState, AnchorTx, PolicyRow


def intent(
    old_size: int, size: int, *, version: int = 1, state: AnchorState = "pending"
) -> AnchorRow:
    proof = tuple(digest(f"{size} {i}") for i in range(3)) if old_size else ()
    return AnchorRow(0, version, old_size, size, digest(f"{size}"), proof, state, NOW, ())


def tx(name: str, **more: object) -> AnchorTx:
    given = AnchorTx(f"0x{name}", name.encode(), 7, 1 << 70, 3, NOW, None)
    return replace(given, **more)  # type: ignore[arg-type]


def test_intent_is_durable_with_a_number(stores: Stores) -> None:
    first = stores.anchors.intend(intent(0, 256))
    second = stores.anchors.intend(replace(intent(256, 512), txs=(tx("a"), tx("b"))))
    assert (first, second) == (
        replace(intent(0, 256), id=1),
        replace(intent(256, 512), id=2, txs=(tx("a"), tx("b"))),
    )
    seen = another(stores)
    assert seen.anchors.open(1) == [first, second]
    assert seen.anchors.open(2) == []
    seen.close()


def test_anchor_goes_back_and_forth(stores: Stores) -> None:
    row = stores.anchors.intend(intent(0, 256))
    stores.anchors.add_tx(row.id, tx("a"))
    stores.anchors.mark_sent(row.id, "0xa", NOW)
    stores.anchors.add_tx(row.id, tx("b", nonce=8))
    txs = (tx("a", sent_at=NOW), tx("b", nonce=8))
    (row,) = stores.anchors.open(1)
    assert row.txs == txs

    mined = replace(
        row,
        state="mined",
        tx_hash="0xb",
        block_number=12,
        block_hash="0xblock",
        block_time=NOW,
        gas_used=61_000,
        problem="late",
    )
    stores.anchors.update(mined)
    assert stores.anchors.at(1, 256) == mined
    stores.anchors.update(replace(row, problem="block is gone"))
    assert stores.anchors.at(1, 256) is None
    assert stores.anchors.open(1) == [replace(row, problem="block is gone")]
    stores.anchors.update(replace(mined, state="safe"))
    assert stores.anchors.open(1) == [replace(mined, state="safe")]
    assert stores.anchors.at(1, mined.size) == replace(mined, state="safe")
    stores.anchors.update(replace(mined, state="final"))
    assert stores.anchors.open(1) == []
    assert stores.anchors.latest(1, ("final",)) == replace(mined, state="final")


def test_update_writes_only_what_may_change(stores: Stores) -> None:
    row = stores.anchors.intend(replace(intent(0, 256), txs=(tx("a"),)))
    spoilt = replace(
        row, policy_version=9, old_size=5, size=6, root=bytes(32), proof=(), created_at="", txs=()
    )
    stores.anchors.update(replace(spoilt, state="abandoned"))
    assert stores.anchors.latest(1, ("abandoned",)) == replace(row, state="abandoned")


def test_queries_by_size_and_state(stores: Stores) -> None:
    states: list[AnchorState] = ["final", "mined", "abandoned", "pending", "final"]
    for number, state in enumerate(states, 1):
        stores.anchors.intend(intent(number, number * 10, state=state))
    stores.anchors.intend(intent(0, 1000, version=2, state="final"))

    def size(row: AnchorRow | None) -> int | None:
        return None if row is None else row.size

    assert [row.size for row in stores.anchors.open(1)] == [20, 40]
    assert size(stores.anchors.latest(1, ("mined", "final"))) == 50
    assert size(stores.anchors.latest(1, ("pending", "mined"))) == 40
    assert size(stores.anchors.latest(1, ())) is None
    assert [size(stores.anchors.at(1, n)) for n in (10, 20, 30, 40, 11)] == [
        10,
        20,
        None,
        None,
        None,
    ]
    wanted = {1: 10, 10: 10, 11: 20, 21: 50, 50: 50, 51: None}
    assert {n: size(stores.anchors.covering(1, n)) for n in wanted} == wanted
    assert size(stores.anchors.covering(2, 51)) == 1000


def test_same_size_may_be_tried_again(stores: Stores) -> None:
    first = stores.anchors.intend(intent(0, 256))
    stores.anchors.update(replace(first, state="abandoned"))
    second = stores.anchors.intend(intent(0, 256))
    assert stores.anchors.open(1) == [second]
    stores.anchors.update(replace(first, state="mined"))
    assert stores.anchors.at(1, 256) == replace(first, state="mined")


def test_what_is_not_there(stores: Stores) -> None:
    row = stores.anchors.intend(intent(0, 256))
    stores.anchors.add_tx(row.id, tx("a"))
    with pytest.raises(NotFound):
        stores.anchors.add_tx(row.id + 1, tx("a"))
    with pytest.raises(NotFound):
        stores.anchors.mark_sent(row.id, "0xb", NOW)
    with pytest.raises(NotFound):
        stores.anchors.mark_sent(row.id + 1, "0xa", NOW)
    with pytest.raises(NotFound):
        stores.anchors.update(replace(row, id=row.id + 1))
    with pytest.raises(Conflict):
        stores.anchors.intend(intent(256, 256))
    assert stores.anchors.open(1) == [replace(row, txs=(tx("a"),))]


def test_the_same_transaction_is_kept_once(stores: Stores) -> None:
    """Two processes sign the same: neither is in the other's way, and what was noted of it stays."""
    row = stores.anchors.intend(intent(0, 256))
    stores.anchors.add_tx(row.id, tx("a"))
    stores.anchors.mark_sent(row.id, "0xa", NOW)
    stores.anchors.add_tx(row.id, tx("a"))
    stores.anchors.add_tx(row.id, tx("b"))
    assert stores.anchors.open(1)[0].txs == (tx("a", sent_at=NOW), tx("b"))


def test_same_transaction_for_another_anchor(stores: Stores) -> None:
    """A devnet that was started over signs the same bytes again."""
    for version in (1, 2):
        row = stores.anchors.intend(intent(0, 256, version=version))
        stores.anchors.add_tx(row.id, tx("a"))
        assert stores.anchors.open(version)[0].txs == (tx("a"),)


def test_policies_are_numbered(stores: Stores) -> None:
    assert stores.anchors.policy() is None
    assert stores.anchors.policies() == []
    rows = [stores.anchors.add_policy(text, NOW) for text in (b"{}", b'{"v":1}')]
    assert rows == [PolicyRow(1, b"{}", NOW), PolicyRow(2, b'{"v":1}', NOW)]
    assert stores.anchors.policies() == rows
    assert stores.anchors.policy() == rows[1]


def test_lease_is_of_one_until_it_ends(stores: Stores) -> None:
    other = another(stores)
    assert stores.anchors.lease("anchor", "me", 60)
    assert not other.anchors.lease("anchor", "you", 60)
    assert other.anchors.lease("scrub", "you", 60)
    told = stores.anchors.leases()
    assert [(one.name, one.holder) for one in told] == [("anchor", "me"), ("scrub", "you")]
    assert all(50 < one.seconds <= 60 for one in told)
    assert stores.anchors.lease("anchor", "me", 60)
    assert not other.anchors.lease("anchor", "you", 60)
    assert stores.anchors.lease("anchor", "me", -1.0)  # over when it is given
    assert [one.name for one in stores.anchors.leases()] == ["scrub"]
    assert other.anchors.lease("anchor", "you", 60)
    assert not stores.anchors.lease("anchor", "me", 60)
    stores.anchors.release("anchor", "me")
    assert not stores.anchors.lease("anchor", "me", 60)
    other.anchors.release("anchor", "you")
    assert stores.anchors.lease("anchor", "me", 60)
    stores.anchors.release("nothing", "me")
    other.close()


def test_lease_goes_to_one_of_many(stores: Stores) -> None:
    barrier = threading.Barrier(6)
    others = [another(stores) for _ in range(6)]

    def take(number: int) -> bool:
        barrier.wait()
        return others[number].anchors.lease("anchor", f"{number}", 60)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(take, range(6))).count(True) == 1
    for other in others:
        other.close()
