"""Anchoring step by step, on a chain that is a dict: every write failing, every race, every refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from logbuilder import LogBuilder
from memory_store import MemoryDatabase
from small_log import Contract, SetClock, append, crates, sealer, sizes, stored

from suyuan.core.errors import Fatal, Refused, SuyuanError, Unavailable
from suyuan.core.timestamps import from_datetime
from suyuan.flow.anchor import Anchorer, ChainReset, Progress
from suyuan.ports.anchors import AnchorRow
from suyuan.ports.tree import Damage, SignedHead


@dataclass(slots=True)
class Site:
    """A log, its stores, the contract, and one process that anchors."""

    log: LogBuilder
    database: MemoryDatabase
    contract: Contract
    clock: SetClock

    def anchorer(self, holder: str = "one") -> Anchorer:
        return Anchorer(
            self.database.anchors, self.database.tree, self.contract, self.clock, holder
        )

    def seal(self, count: int = 3) -> SignedHead:
        crates(self.log, count)
        append(self.database, self.log)
        head = sealer(self.database, self.log, self.clock).seal()
        assert head is not None
        return head

    def later(self, seconds: float) -> None:
        self.clock.time = from_datetime(
            datetime.fromisoformat(self.clock.time) + timedelta(seconds=seconds)
        )

    def rows(self) -> list[AnchorRow]:
        return list(self.database.state.anchors.values())

    def states(self) -> list[tuple[int, str]]:
        return [(row.size, row.state) for row in self.rows()]


@pytest.fixture
def site() -> Site:
    log = LogBuilder()
    made = Site(log, stored(log), Contract(), SetClock())
    made.database.anchors.add_policy(log.policy.encode(), made.clock.now())
    made.seal()
    return made


def until_idle(site: Site, anchorer: Anchorer | None = None, steps: int = 20) -> None:
    """Step as a worker does, whatever is raised, until nothing is left to do."""
    anchorer = anchorer or site.anchorer()
    for _ in range(steps):
        try:
            if anchorer.step().state == "idle":
                return
        except Unavailable:
            pass
        site.later(60.0)
    raise AssertionError(site.states())


class TestSteps:
    def test_one_anchor_from_intent_to_final(self, site: Site) -> None:
        site.contract.confirmations = 4
        anchorer = site.anchorer()
        found: list[Progress] = []
        for _ in range(5):
            found.append(anchorer.step())
            site.contract.mine()
        assert [progress.state for progress in found] == [
            "sent", "mined", "safe", "final", "idle",
        ]  # fmt: skip
        (row,) = site.rows()
        assert (row.size, row.old_size, row.state) == (5, 0, "final")
        assert row.root == site.log.root(5)
        assert (row.tx_hash, row.block_number) == (row.txs[0].tx_hash, 2)
        assert found[-1].anchored == 5

    def test_nothing_is_sealed(self) -> None:
        log = LogBuilder()
        site = Site(log, stored(log), Contract(), SetClock())
        with pytest.raises(Refused, match="no contract"):
            site.anchorer().step()
        site.database.anchors.add_policy(log.policy.encode(), site.clock.now())
        assert site.anchorer().step().state == "idle"

    def test_nothing_new(self, site: Site) -> None:
        until_idle(site)
        asked = site.contract.asked.count("send")
        assert site.anchorer().step().state == "idle"
        assert site.contract.asked.count("send") == asked
        assert len(site.rows()) == 1

    def test_the_newest_head_covers_the_older_ones(self, site: Site) -> None:
        site.seal()
        newest = site.seal()
        until_idle(site)
        assert sizes(site.contract) == [newest.size]
        site.seal()
        until_idle(site)
        assert [(row.old_size, row.size) for row in site.rows()] == [(0, 11), (11, 14)]

    def test_the_gaps_are_passed_after_what_they_follow(self, site: Site) -> None:
        passed: list[tuple[str, int, bool, str]] = []
        anchorer = site.anchorer()

        def note(gap: str) -> None:
            (row,) = site.rows()
            sent = any(tx.sent_at for tx in row.txs)
            passed.append((gap, len(row.txs), sent, row.state))

        anchorer.gap = note
        until_idle(site, anchorer)
        assert passed == [
            ("intent", 0, False, "pending"),
            ("signed", 1, False, "pending"),
            ("send", 1, False, "pending"),
            ("receipt", 1, True, "pending"),
        ]

    def test_a_fresh_intent_settles_first(self, site: Site) -> None:
        anchorer = site.anchorer()
        anchorer.settle = 5.0
        assert [anchorer.step().state for _ in range(2)] == ["waiting", "waiting"]
        assert site.rows()[0].txs == ()
        site.later(5.0)
        assert anchorer.step().state == "sent"


class TestLease:
    def test_of_two_that_planned_the_same_one_is_given_up(self, site: Site) -> None:
        """A process that lost its lease between looking and planning: its intent stays without a
        transaction, and the head has passed it by the other's."""
        until_idle(site)
        (row,) = site.rows()
        site.database.anchors.intend(replace(row, id=0, state="pending", txs=(), tx_hash=None))
        until_idle(site)
        assert site.states() == [(5, "final"), (5, "abandoned")]
        site.seal()
        until_idle(site)
        assert [state for _, state in site.states()] == ["final", "abandoned", "final"]

    def test_one_process_at_a_time(self, site: Site) -> None:
        one, other = site.anchorer("one"), site.anchorer("other")
        assert one.step().state == "sent"
        site.contract.asked.clear()
        assert other.step() == Progress("elsewhere", 0)
        assert site.contract.asked == []
        one.release()
        assert other.step().state == "final"
        assert one.step().state == "elsewhere"

    def test_a_lease_lost_on_the_way_stops_the_sending(self, site: Site) -> None:
        """A step that took longer than the lease: whoever has it now anchors."""
        one, other = site.anchorer("one"), site.anchorer("other")

        def slow(gap: str) -> None:
            if gap == "signed":
                one.release()
                other.store.lease("anchoring", "other", 60.0)

        one.gap = slow
        assert one.step().state == "elsewhere"
        assert "send" not in site.contract.asked
        assert other.step().state == "sent"
        until_idle(site, other)
        assert sizes(site.contract) == [5]
        assert len(site.rows()) == 1
        assert len(site.rows()[0].txs) == 1


class TestFailures:
    """architecture.md, "Order of durable writes": each gap fails, not applied and applied."""

    @pytest.mark.parametrize("applied", [False, True])
    @pytest.mark.parametrize("write", ["intend", "add_tx", "mark_sent", "update", "lease"])
    def test_the_journal_fails(self, site: Site, write: str, *, applied: bool) -> None:
        for _ in range(2):
            head = site.seal()
            site.database.fail_next(write, applied=applied)
            failed = 0
            anchorer = site.anchorer()
            for _ in range(10):
                try:
                    anchorer.step()
                except Unavailable:
                    failed += 1
                site.later(1.0)
            assert failed == 1
            assert sizes(site.contract)[-1] == head.size
            assert [row.state for row in site.rows()] == ["final"] * len(site.rows())
            assert [row.size for row in site.rows()] == sizes(site.contract)

    @pytest.mark.parametrize(
        "call",
        ["identity", "head", "receipt", "root_at", "nonce", "sign_extend", "send", "send, applied"],
    )
    def test_the_chain_fails(self, site: Site, call: str) -> None:
        site.contract.failing[call] = Unavailable("the chain does not answer ({why})", why="test")
        raised = False
        anchorer = site.anchorer()
        for _ in range(5):
            try:
                anchorer.step()
            except Unavailable:
                raised = True
            site.later(1.0)
        assert raised
        assert sizes(site.contract) == [5]
        (row,) = site.rows()
        assert (row.state, len(row.txs)) == ("final", 1)

    @pytest.mark.parametrize("gap", ["intent", "signed", "send", "receipt"])
    def test_the_process_ends_in_a_gap(self, site: Site, gap: str) -> None:
        class Killed(BaseException):
            pass

        def kill(name: str) -> None:
            if name == gap:
                raise Killed

        anchorer = site.anchorer()
        anchorer.gap = kill
        with pytest.raises(Killed):
            until_idle(site, anchorer)
        # Its lease runs out; another process goes on from what is durable.
        site.database.anchors.release("anchoring", "one")
        until_idle(site, site.anchorer("two"))
        assert sizes(site.contract) == [5]
        (row,) = site.rows()
        assert (row.state, len(row.txs)) == ("final", 1)


class TestRaces:
    def test_mined_between_head_and_receipt(self, site: Site) -> None:
        """The head is asked first, so that a receipt can never be older than it."""
        site.contract.automatic = False
        anchorer = site.anchorer()
        assert anchorer.step().state == "sent"
        head = site.contract.head

        def moves() -> object:
            found = head()
            site.contract.mine()
            return found

        site.contract.head = moves  # type: ignore[method-assign, assignment]
        assert anchorer.step().state == "final"
        assert site.states() == [(5, "final")]

    def test_mined_and_its_receipt_not_shown_yet(self, site: Site) -> None:
        """The contract has it: it is waited for, never abandoned, and nothing waits behind it. After a
        while the contract's word is taken, until the receipt shows."""
        site.contract.confirmations = 4
        anchorer = site.anchorer()
        anchorer.step()
        site.contract.unseen = True
        original = site.contract.root_at
        site.contract.root_at = lambda size: dict(site.contract.heads).get(size)  # type: ignore[method-assign]
        assert anchorer.step().state == "waiting"
        newer = site.seal()
        assert anchorer.step().state == "sent"
        assert site.states() == [(5, "pending"), (newer.size, "pending")]
        site.later(3600.0)
        anchorer.step()
        assert site.states() == [(5, "mined"), (newer.size, "mined")]
        assert [row.tx_hash for row in site.rows()] == [None, None]
        site.contract.unseen, site.contract.root_at = False, original  # type: ignore[method-assign]
        anchorer.step()
        assert [row.tx_hash for row in site.rows()] == [row.txs[0].tx_hash for row in site.rows()]
        assert [row.gas_used for row in site.rows()] == [60_000, 60_000]
        site.contract.mine()
        site.contract.mine()
        site.contract.mine()
        until_idle(site, anchorer)
        assert site.states() == [(5, "final"), (newer.size, "final")]

    def test_a_receipt_that_is_gone_for_good(self, site: Site) -> None:
        """A node killed before it kept the block, though it kept the state: the contract has the root,
        and nobody the receipt. It is the newest, and ends by itself: by the contract's word, as deep
        as the block in which that was heard first."""
        site.contract.confirmations = 4
        anchorer = site.anchorer()
        anchorer.step()
        site.contract.receipts.clear()
        assert anchorer.step().state == "waiting"
        site.later(60.0)
        found = []
        for _ in range(5):
            anchorer.step()
            site.contract.mine()
            found.append(site.states()[0][1])
        assert found == ["mined", "mined", "safe", "final", "final"]
        (row,) = site.rows()
        assert (row.tx_hash, row.gas_used, row.block_number) == (None, None, 2)
        assert anchorer.step().state == "idle"
        assert sizes(site.contract) == [5]

    def test_a_head_without_a_receipt_that_is_taken_back(self, site: Site) -> None:
        """The contract's word was taken, and then it forgot as well: it is sent again."""
        site.contract.confirmations = 4
        anchorer = site.anchorer()
        anchorer.step()
        site.contract.receipts.clear()
        site.later(60.0)
        assert anchorer.step().state == "mined"
        site.contract.heads.clear()
        site.contract.used = 0
        assert anchorer.step().state == "sent"
        assert anchorer.step().state == "mined"
        (row,) = site.rows()
        assert row.tx_hash == row.txs[-1].tx_hash

    def test_two_anchors_in_a_block_that_vanishes(self, site: Site) -> None:
        """The later one waits for the earlier; both come back with the transactions that they had."""
        site.contract.confirmations = 9
        anchorer = site.anchorer()
        anchorer.step()
        site.seal()
        anchorer.step()
        site.contract.automatic = False
        for _ in range(2):
            anchorer.step()
        assert site.states() == [(5, "mined"), (8, "mined")]
        site.contract.take_back()
        site.contract.take_back()
        assert anchorer.step().state == "waiting"
        assert site.states() == [(5, "pending"), (8, "pending")]
        assert all(row.tx_hash is row.block_hash is None for row in site.rows())
        site.contract.mine()
        anchorer.step()
        assert site.states() == [(5, "mined"), (8, "mined")]
        assert [len(row.txs) for row in site.rows()] == [1, 1]

    def test_another_anchor_was_faster(self, site: Site) -> None:
        """Somebody with our key extended the contract past what was planned."""
        site.contract.automatic = False
        anchorer = site.anchorer()
        anchorer.step()
        newer = site.seal()
        site.contract.pool.clear()
        site.contract.heads.append((newer.size, newer.root))
        assert anchorer.step().state == "idle"
        assert site.states() == [(5, "abandoned")]
        assert "planned anew" in (site.rows()[0].problem or "")
        site.contract.automatic = True
        site.seal()
        until_idle(site, anchorer)
        assert site.rows()[-1].old_size == newer.size

    def test_a_revert_is_followed_by_another_try(self, site: Site) -> None:
        """As long as the head stays where it was: with the chain's own nonce, after a while."""
        anchorer = site.anchorer()
        site.contract.named = "0xSomebodyElse"
        site.contract.operator = "0xSomebodyElse"

        def taken(gap: str) -> None:
            if gap == "signed" and site.contract.used == 0:
                site.contract.named = "0xNobody"

        anchorer.gap = taken
        assert anchorer.step().state == "sent"
        assert sizes(site.contract) == []
        with pytest.raises(Refused, match="names 0xNobody"):
            anchorer.step()
        site.contract.named = "0xSomebodyElse"
        assert anchorer.step().state == "waiting"
        until_idle(site, anchorer)
        (row,) = site.rows()
        assert [tx.nonce for tx in row.txs] == [0, 1]
        assert row.tx_hash == row.txs[1].tx_hash

    def test_nonce_too_low(self, site: Site) -> None:
        """Our nonce was used by somebody else: noted, and signed again at the chain's own."""
        anchorer = site.anchorer()

        def used(gap: str) -> None:
            if gap == "signed" and site.contract.used == 0:
                site.contract.used = 1

        anchorer.gap = used
        progress = anchorer.step()
        assert progress.state == "refused"
        assert progress.row is not None
        assert "nonce too low" in (progress.row.problem or "")
        until_idle(site, anchorer)
        (row,) = site.rows()
        assert ([tx.nonce for tx in row.txs], row.problem) == ([0, 1], None)

    def test_three_times_nonce_too_low_is_planned_anew(self, site: Site) -> None:
        """A chain that goes on refusing our nonce: the intent is given up, and made again (A8)."""
        anchorer = site.anchorer()
        site.contract.used = 1
        site.contract.nonce = lambda: 0  # type: ignore[method-assign]
        for _ in range(3):
            assert anchorer.step().state == "refused"
            site.later(60.0)
        assert site.states() == [(5, "abandoned")]
        assert "three times" in (site.rows()[0].problem or "")
        site.contract.nonce = lambda: site.contract.used  # type: ignore[method-assign]
        until_idle(site, anchorer)
        assert site.states() == [(5, "abandoned"), (5, "final")]
        assert sizes(site.contract) == [5]

    def test_one_that_was_given_up_and_is_mined_after_all(self, site: Site) -> None:
        """Every transaction ever sent is watched: an anchor stands, whoever gave it up (A3)."""
        site.contract.automatic = False
        anchorer = site.anchorer()
        anchorer.step()
        (row,) = site.rows()
        site.database.anchors.update(replace(row, state="abandoned", problem="given up"))
        site.contract.mine()
        until_idle(site, anchorer)
        assert site.states() == [(5, "final")]
        assert site.rows()[0].tx_hash == row.txs[0].tx_hash
        assert site.database.anchors.at(1, 5) is not None


class TestHanging:
    def test_it_is_replaced_after_a_while_at_the_same_nonce(self, site: Site) -> None:
        site.contract.automatic = False
        anchorer = site.anchorer()
        assert anchorer.step().state == "sent"
        site.later(47.0)
        assert anchorer.step().state == "waiting"
        site.later(1.0)
        assert anchorer.step().state == "sent"
        first, second = site.rows()[0].txs
        assert first.nonce == second.nonce
        assert second.max_fee * 10 >= first.max_fee * 11

    def test_a_clock_set_back_keeps_nothing_waiting(self, site: Site) -> None:
        """Forgotten by the node, and by our clock sent in an hour: sent again at once, and once."""
        site.contract.automatic = False
        anchorer = site.anchorer()
        assert anchorer.step().state == "sent"
        site.contract.pool.clear()
        site.later(-3600.0)
        assert anchorer.step().state == "sent"
        assert site.contract.pool
        assert anchorer.step().state == "waiting"

    def test_an_intent_of_a_clock_set_back_is_signed(self, site: Site) -> None:
        anchorer = site.anchorer()

        def die(gap: str) -> None:
            raise Unavailable("the database does not answer: {reason}", reason=gap)

        anchorer.gap = die
        with pytest.raises(Unavailable):
            anchorer.step()
        assert [row.txs for row in site.rows()] == [()]
        site.later(-3600.0)
        assert site.anchorer().step().state == "sent"

    def test_where_fees_cannot_be_raised_the_same_is_sent_again(self, site: Site) -> None:
        site.contract.automatic = False
        anchorer = site.anchorer()
        anchorer.step()
        site.later(60.0)
        site.contract.failing["sign_extend"] = Refused("anchoring would cost {fee}", fee=9)
        site.contract.pool.clear()
        assert anchorer.step().state == "sent"
        (row,) = site.rows()
        assert len(row.txs) == 1
        assert "would cost" in (row.problem or "")
        assert list(site.contract.pool) == [row.txs[0].tx_hash]

    def test_what_the_contract_would_refuse_is_never_sent(self, site: Site) -> None:
        anchorer = site.anchorer()
        for _ in range(3):
            site.contract.failing["sign_extend"] = Refused("the contract would refuse")
            with pytest.raises(Refused, match="would refuse"):
                anchorer.step()
        assert "send" not in site.contract.asked
        assert [row.txs for row in site.rows()] == [()]
        until_idle(site, anchorer)


def refused(site: Site, kind: type[SuyuanError], match: str) -> None:
    with pytest.raises(kind, match=match):
        site.anchorer().step()
    assert "send" not in site.contract.asked


class TestWrongChains:
    @pytest.mark.parametrize(
        ("change", "kind", "match"),
        [
            (lambda contract: setattr(contract, "chain_id", 1), ChainReset, "chain 1 "),
            (lambda contract: setattr(contract, "genesis", "0x0"), ChainReset, "genesis 0x0"),
            (lambda contract: setattr(contract, "gone", True), ChainReset, "not on this chain"),
            (lambda contract: setattr(contract, "closed", True), Refused, "closed"),
            (lambda contract: setattr(contract, "named", "0x9"), Refused, "names 0x9"),
        ],
    )
    def test_nothing_is_sent(
        self,
        site: Site,
        change: Callable[[Contract], None],
        kind: type[SuyuanError],
        match: str,
    ) -> None:
        change(site.contract)
        refused(site, kind, match)
        assert site.rows() == []
        assert site.database.tree.damage() is None

    def test_another_root_at_our_size(self, site: Site) -> None:
        site.contract.heads.append((5, bytes(32)))
        refused(site, Fatal, "another history")
        assert site.database.tree.damage() == Damage(4, "history", site.clock.time)

    def test_a_head_ahead_of_us(self, site: Site) -> None:
        site.contract.heads.append((6, bytes(32)))
        refused(site, Fatal, "another history")
        assert site.database.tree.damage() == Damage(5, "history", site.clock.time)

    def test_damage_that_is_known_stays_what_it_was(self, site: Site) -> None:
        known = Damage(2, "content", site.clock.time)
        site.database.tree.report_damage(known)
        site.contract.heads.append((5, bytes(32)))
        refused(site, Fatal, "another history")
        assert site.database.tree.damage() == known

    def test_another_root_than_the_one_that_was_mined(self, site: Site) -> None:
        anchorer = site.anchorer()
        anchorer.step()
        honest = site.contract.heads.pop()
        # The head says one thing, rootAt another: a contract that is not ours.
        site.contract.heads += [(5, bytes(32)), honest]
        site.contract.root_at = lambda size: bytes(32)  # type: ignore[method-assign]
        with pytest.raises(Fatal, match="another root at 5"):
            anchorer.step()
        assert site.states() == [(5, "pending")]

    def test_a_tree_that_does_not_give_its_checkpoint(self, site: Site) -> None:
        head = site.database.state.heads[-1]
        site.database.state.heads[-1] = replace(head, root=bytes(32))
        refused(site, Fatal, "no longer gives the checkpoint")
        assert site.rows() == []
