"""An audit's comparisons: checkpoints, tiles, anchors and the chain; the replay itself is core's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from logbuilder import LogBuilder, event
from memory_store import MemoryDatabase
from small_log import COOP, append, crates, new_record, sealer, spoil, stored

from suyuan.core.errors import Unavailable
from suyuan.flow.audit import AuditReport, StoreSource, audit
from suyuan.ports.anchors import AnchorRow

SIZES = (90, 300, 320)


@dataclass(slots=True)
class Chain:
    """What the contract says, or does not."""

    log: LogBuilder
    identity_: tuple[int, str]
    size: int
    roots: dict[int, bytes]
    silent_after: int = 99
    asked: int = 0

    def _ask(self) -> None:
        if self.asked == self.silent_after:
            raise Unavailable("the chain does not answer ({why})", why="test")
        self.asked += 1

    def identity(self) -> tuple[int, str]:
        self._ask()
        return self.identity_

    def head_size(self) -> int:
        self._ask()
        return self.size

    def root_at(self, size: int) -> bytes | None:
        self._ask()
        return self.roots.get(size)


@dataclass(slots=True)
class Case:
    """A sealed log of 320 records with two anchors, and its contract."""

    log: LogBuilder
    database: MemoryDatabase
    chain: Chain

    def audit(self, *, signatures: bool = False, chain: bool = True) -> AuditReport:
        source = StoreSource(self.database.log, self.database.tree, self.database.anchors)
        return audit(
            source,
            self.log.policy,
            chain=self.chain if chain else None,
            signatures=signatures,
        )

    def difference(self, **how: bool) -> tuple[int, str]:
        found = self.audit(**how).difference
        assert found is not None
        return found.index, found.what


def anchor_of(log: LogBuilder, old_size: int, size: int) -> AnchorRow:
    return AnchorRow(
        0, 1, old_size, size, log.root(size), (), "final", log.clock, (), "0x" + "1" * 64
    )


@pytest.fixture
def case() -> Case:
    log = LogBuilder()
    crates(log, SIZES[-1] - 2)
    database = stored(log)
    sealing = sealer(database, log)
    for size in SIZES:
        assert sealing.seal(size)
    policy = log.policy
    database.anchors.add_policy(policy.encode(), log.clock)
    for old_size, size in ((0, 90), (90, 300)):
        database.anchors.intend(anchor_of(log, old_size, size))
    roots = {size: log.root(size) for size in (90, 300)}
    return Case(log, database, Chain(log, (policy.chain_id, policy.genesis), 300, roots))


@pytest.mark.parametrize("signatures", [False, True])
def test_all_agrees(case: Case, *, signatures: bool) -> None:
    progress: list[tuple[int, int]] = []
    source = StoreSource(case.database.log, case.database.tree, case.database.anchors)
    report = audit(
        source,
        case.log.policy,
        chain=case.chain,
        signatures=signatures,
        on_progress=lambda done, total: progress.append((done, total)),
    )
    assert report == AuditReport(
        size=320,
        root=case.log.root(320).hex(),
        unsealed=0,
        newest=case.log.clock,
        hidden=0,
        erased=0,
        signatures=signatures,
        checkpoints=3,
        chain="agrees",
        chain_sizes=(90, 300),
        difference=None,
    )
    assert report.ok
    assert all(done <= total for done, total in progress)


def test_nothing_at_all() -> None:
    log = LogBuilder()
    database = MemoryDatabase()
    source = StoreSource(database.log, database.tree, database.anchors)
    report = audit(source, log.policy, chain=None)
    assert (report.size, report.difference, report.chain) == (0, None, "not asked")


def test_what_is_not_sealed_yet_is_read_too(case: Case) -> None:
    crates(case.log, 5)
    append(case.database, case.log)
    report = case.audit()
    assert (report.size, report.unsealed, report.root) == (320, 5, case.log.root(320).hex())
    spoil(case.database, 322, link=b"{}")
    assert case.difference() == (322, "link")


class TestCheckpoints:
    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_every_note_has_to_hold(self, case: Case, place: int) -> None:
        heads = case.database.state.heads
        heads[place] = replace(heads[place], note=heads[place].note.replace("one\n", "two\n"))
        assert case.difference() == (SIZES[place] - 1, "checkpoint")

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_what_is_kept_of_it_has_to_be_what_was_signed(self, case: Case, place: int) -> None:
        heads = case.database.state.heads
        heads[place] = replace(heads[place], root=bytes(32))
        assert case.difference() == (SIZES[place] - 1, "checkpoint")

    def test_signed_over_other_records(self, case: Case) -> None:
        """By the log's own key: between the head before and this one, something is another."""
        other = LogBuilder()
        crates(other, 299, "other")
        heads = case.database.state.heads
        heads[1] = replace(heads[1], root=other.root(300), note=other.checkpoint(300))
        report = case.audit()
        found = report.difference
        assert found is not None
        assert (found.index, found.what, found.text) == (
            90,
            "checkpoint",
            "of the records 90 to 299, sealed at 300, one is another now",
        )
        assert report.checkpoints == 1

    def test_of_a_full_tile_the_record_is_known(self, case: Case) -> None:
        """Replaced whole by who has the keys, with nobody resting on it: the tile remembers."""
        log = LogBuilder()
        crates(log, 318)
        replaced = log.records[317]
        case.log.records[200], kept = (
            replace(replaced, index=200),
            case.log.records[200],
        )
        assert kept.leaf != replaced.leaf
        forged = new_record(log, replaced)
        spoil(
            case.database,
            200,
            content=forged.content,
            content_digest=forged.content_digest,
            link=forged.link,
            entry=forged.entry,
            leaf_hash=forged.leaf_hash,
        )
        assert case.difference()[0] == 200


class TestTiles:
    @pytest.mark.parametrize(("at", "index"), [(32 * 7, 7), (32 * 257, 2), (-1, 0)])
    def test_a_tile_that_differs(self, case: Case, at: int, index: int) -> None:
        tile = case.database.state.tiles[0, 0]
        nodes = bytearray(tile.nodes)
        nodes[at] ^= 1
        case.database.state.tiles[0, 0] = replace(tile, nodes=bytes(nodes))
        assert case.difference() == (index, "tile")

    def test_a_tile_that_is_missing(self, case: Case) -> None:
        del case.database.state.tiles[0, 0]
        assert case.difference() == (0, "tile")


class TestChain:
    def test_not_asked(self, case: Case) -> None:
        report = case.audit(chain=False)
        assert (report.chain, report.chain_sizes) == ("not asked", ())

    @pytest.mark.parametrize("answers", [0, 1, 2, 3])
    def test_not_reached(self, case: Case, answers: int) -> None:
        """From the start, or from somewhere on: nothing of it is a difference."""
        case.chain.silent_after = answers
        report = case.audit()
        assert (report.chain, report.difference) == ("not reached", None)
        assert report.size == 320

    @pytest.mark.parametrize(
        ("change", "index"),
        [
            (lambda chain: setattr(chain, "identity_", (1, "0x0")), -1),
            (lambda chain: setattr(chain, "size", 321), 320),
            (lambda chain: chain.roots.update({90: bytes(32)}), 89),
            (lambda chain: chain.roots.update({300: bytes(32)}), 299),
            (lambda chain: chain.roots.pop(300), 299),
        ],
    )
    def test_differs(self, case: Case, change: Callable[[Chain], None], index: int) -> None:
        change(case.chain)
        report = case.audit()
        assert report.difference is not None
        assert (report.chain, report.difference.index, report.difference.what) == (
            "differs",
            index,
            "chain",
        )

    def test_an_anchor_that_is_noted_with_another_root(self, case: Case) -> None:
        anchors = case.database.state.anchors
        anchors[2] = replace(anchors[2], root=bytes(32))
        assert case.difference(chain=False) == (299, "anchor")

    def test_a_head_that_is_in_no_journal(self, case: Case) -> None:
        """The contract's own head is asked for, whatever the journal says."""
        case.database.state.anchors.clear()
        assert case.audit().chain_sizes == (300,)
        case.chain.roots[300] = bytes(32)
        assert case.difference() == (299, "chain")


class TestContents:
    def test_lost_without_an_erasure(self, case: Case) -> None:
        spoil(case.database, 250, content=None)
        assert case.difference() == (250, "content")

    def test_erased_and_not_sealed_yet(self, case: Case) -> None:
        case.log.erase(250)
        append(case.database, case.log)
        report = case.audit(signatures=True)
        assert (report.difference, report.erased, report.unsealed) == (None, 1, 1)

    def test_an_index_that_misleads_is_named_though_a_link_shows_it_later(self, case: Case) -> None:
        """Without signatures too: once a link differs, contents are read to find who is at fault."""
        for number in (0, 1):
            case.log.event(
                event(
                    "ObjectEvent",
                    action="OBSERVE",
                    epcList=["https://node.example.cn/one"],
                    **{"suyuan:note": str(number)},
                ),
                by="coop",
            )
        append(case.database, case.log)
        assert sealer(case.database, case.log).seal()
        assert case.log.owners["coop"] == COOP
        spoil(case.database, 320, extends=(), rests_on=("https://node.example.cn/one",))
        assert case.difference() == (320, "touches")
        assert case.difference(signatures=True) == (320, "touches")
