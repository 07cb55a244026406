"""Sealing: what it signs, what it refuses to sign over, and who wins."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from logbuilder import LogBuilder
from memory_store import MemoryDatabase
from small_log import SetClock, append, crates, new_record, scrubber, sealer, spoil, stored

from suyuan.core import merkle
from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.errors import Damaged, Fatal, Unavailable
from suyuan.flow import seal as module
from suyuan.flow.seal import Sealer
from suyuan.ports.tree import Damage

Long = tuple[LogBuilder, MemoryDatabase, Sealer]


@pytest.fixture
def log() -> LogBuilder:
    """Entry 0, the cooperative's key, and three records."""
    made = LogBuilder()
    crates(made, 3)
    return made


@pytest.fixture
def long() -> Long:
    """700 records, sealed at three sizes: two full tiles and a part of one."""
    made = LogBuilder()
    crates(made, 300)
    database = stored(made)
    sealing = sealer(database, made)
    for size in (100, 256, None):
        assert sealing.seal(size)
    crates(made, 400)
    append(database, made)
    assert sealing.seal()
    return made, database, sealing


def damage_of(sealing: Sealer) -> tuple[int, str]:
    """What seal names, and that it is on record."""
    with pytest.raises(Damaged) as caught:
        sealing.seal()
    found = sealing.tree.damage()
    assert found is not None
    assert found.index == caught.value.index
    return found.index, found.what


class TestHeads:
    def test_a_head_over_all_that_was_appended(self, log: LogBuilder) -> None:
        database = stored(log)
        head = sealer(database, log).seal()
        assert head is not None
        signed = open_checkpoint(head.note, [log.signer.verifier], log.origin)
        assert (signed.size, signed.root) == (head.size, head.root) == (log.size, log.root(5))
        assert database.tree.latest() == head

    def test_nothing_new_gives_nothing(self, log: LogBuilder) -> None:
        database = stored(log)
        assert sealer(MemoryDatabase(), log).seal() is None
        assert sealer(database, log).seal()
        assert sealer(database, log).seal() is None
        assert len(list(database.tree.heads())) == 1

    def test_a_limit(self, log: LogBuilder) -> None:
        database = stored(log)
        sealing = sealer(database, log)
        found = [sealing.seal(limit) for limit in (2, 2, 1, 4, 99)]
        assert [head and head.size for head in found] == [2, None, None, 4, 5]

    def test_heads_are_consistent_and_tiles_are_those_of_the_leaves(self, long: Long) -> None:
        log, database, _ = long
        heads = list(database.tree.heads())
        assert [head.size for head in heads] == [100, 256, 302, 702]
        for head in heads:
            assert head.root == log.root(head.size)
        for older, newer in pairwise(heads):
            proof = merkle.consistency_proof(
                older.size, newer.size, lambda level, n: database.tree.nodes([(level, n)])[level, n]
            )
            merkle.verify_consistency(older.size, older.root, newer.size, newer.root, proof)
        assert sorted(database.state.tiles) == [(0, 0), (0, 1)]
        for number in range(2):
            leaves = [record.leaf for record in log.records[256 * number : 256 * (number + 1)]]
            assert database.state.tiles[0, number].nodes == b"".join(
                b"".join(level) for level in merkle.complete_subtree_levels(leaves)
            )


class TestTime:
    def test_a_clock_that_runs_backwards_stops_it(self, log: LogBuilder) -> None:
        database, clock = stored(log), SetClock()
        assert database.log.tail().record_time == "2026-03-01T08:05:00.000Z"
        clock.time = "2026-03-01T07:59:59.999Z"
        with pytest.raises(Fatal, match="the clock says"):
            sealer(database, log, clock).seal()
        assert database.tree.damage() is None
        clock.time = "2026-03-01T08:00:00.000Z"
        assert sealer(database, log, clock).seal()

    def test_it_is_due_when_the_time_is_over(self, log: LogBuilder) -> None:
        database, clock = stored(log), SetClock("2026-06-01T08:00:00.000Z")
        sealing = sealer(database, log, clock)
        assert sealing.due(60.0)
        crates(log, 1)
        append(database, log)
        clock.time = "2026-06-01T08:00:59.999Z"
        assert sealing.due(60.0) is None
        clock.time = "2026-06-01T08:01:00.000Z"
        assert sealing.due(60.0)
        # A clock set back a little does not keep it from sealing for so long.
        crates(log, 1)
        append(database, log)
        clock.time = "2026-06-01T08:00:30.000Z"
        assert sealing.due(60.0)

    def test_it_is_due_at_the_cheap_sizes(
        self, log: LogBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "ALIGNED", 4)
        database = stored(log)
        sealing = sealer(database, log)
        assert sealing.seal(2)
        found = [sealing.due(60.0) for _ in range(2)]
        assert [head and head.size for head in found] == [4, None]
        crates(log, 6)
        append(database, log)
        found = [sealing.due(60.0) for _ in range(2)]
        assert [head and head.size for head in found] == [8, None]

    def test_it_says_that_it_is_damaged_though_nothing_is_due(self, log: LogBuilder) -> None:
        database = stored(log)
        sealing = sealer(database, log)
        assert sealing.seal(4)
        spoil(database, 2, content=b"{}")
        with pytest.raises(Damaged):
            sealing.seal()
        with pytest.raises(Damaged, match="record 2"):
            sealing.due(3600.0)


class TestRace:
    def test_one_of_two_wins(self, log: LogBuilder) -> None:
        """Both have read and signed; the second to insert has nothing to say."""
        database = stored(log)
        slow, fast = sealer(database, log), sealer(database, log)

        def overtaken(gap: str) -> None:
            if gap == "checkpoint":
                assert fast.seal()

        slow.gap = overtaken
        assert slow.seal() is None
        assert len(list(database.tree.heads())) == 1
        assert slow.seal() is None

    def test_what_is_appended_meanwhile_waits(self, log: LogBuilder) -> None:
        database = stored(log)
        sealing = sealer(database, log)

        def late(gap: str) -> None:
            if gap == "checkpoint":
                crates(log, 1)
                append(database, log)

        sealing.gap = late
        first, second = sealing.seal(), sealing.seal()
        assert first is not None
        assert second is not None
        assert (first.size, second.size) == (5, 6)

    @pytest.mark.parametrize("applied", [False, True])
    def test_the_insert_fails(self, log: LogBuilder, *, applied: bool) -> None:
        """Not applied, the same is sealed again; applied, it is found there."""
        database = stored(log)
        sealing = sealer(database, log)
        database.fail_next("publish", applied=applied)
        with pytest.raises(Unavailable):
            sealing.seal()
        again = sealing.seal()
        assert (again is None) == applied
        (head,) = database.tree.heads()
        assert head.root == log.root(5)
        assert database.tree.damage() is None

    def test_the_gaps_are_passed_in_order(self, log: LogBuilder) -> None:
        database = stored(log)
        passed: list[tuple[str, int]] = []
        sealing = sealer(database, log)
        sealing.gap = lambda gap: passed.append((gap, len(list(database.tree.heads()))))
        sealing.seal()
        sealing.seal()
        assert passed == [("checkpoint", 0), ("published", 1)]


class TestDamage:
    def test_what_is_new_is_read_before_it_is_signed(self, log: LogBuilder) -> None:
        database = stored(log)
        spoil(database, 3, link=b"{}")
        assert damage_of(sealer(database, log)) == (3, "link")
        assert database.tree.latest() is None

    def test_time_that_falls_is_not_signed(self, log: LogBuilder) -> None:
        log.append(
            "master",
            {"id": "a:b", "type": "Brand"},
            by="admin",
            time=log.clock[:11] + "07:00:00.000Z",
        )
        database = MemoryDatabase()
        database.state.records = []
        database.state.records = [new_record(log, logged) for logged in log.records]
        database.state.size = log.size
        assert damage_of(sealer(database, log)) == (5, "time")

    def test_records_that_are_gone_stop_it_for_good(self, long: Long) -> None:
        """Size going backwards is fatal (A15), and stays so when others take their places."""
        log, database, sealing = long
        del database.state.records[700:]
        database.state.size = 700
        with pytest.raises(Fatal, match="the past is missing"):
            sealing.seal()
        found = database.tree.damage()
        assert found is not None
        assert (found.index, found.what) == (700, "entry")
        database.state.records.extend(stored(log).state.records[700:])
        database.state.size = 702
        with pytest.raises(Damaged, match="record 700"):
            sealing.seal()
        assert scrubber(database, log).mend() == 702
        assert database.tree.damage() is None

    def test_a_head_that_no_longer_comes_out(self, long: Long) -> None:
        """A record at the edge replaced whole: no tile knows which one, but between which heads."""
        log, database, sealing = long
        other = LogBuilder()
        crates(other, 298)
        crates(other, 402, "other")
        forged = new_record(other, other.records[650])
        kept = database.state.records[650]
        spoil(
            database,
            650,
            content=forged.content,
            content_digest=forged.content_digest,
            link=forged.link,
            entry=forged.entry,
            leaf_hash=forged.leaf_hash,
            record_time=forged.record_time,
            extends=forged.extends,
            rests_on=forged.rests_on,
        )
        assert kept.leaf_hash != forged.leaf_hash
        crates(log, 1)
        append(database, log)
        assert damage_of(sealing) == (302, "entry")
        database.state.records[650] = kept
        assert scrubber(database, log).mend() == 703
        assert sealing.seal()

    @pytest.mark.parametrize("change", [{"root": bytes(32)}, {"note": "no note"}])
    def test_the_last_head_has_to_be_what_was_signed(
        self, long: Long, change: dict[str, object]
    ) -> None:
        log, database, sealing = long
        crates(log, 1)
        append(database, log)
        database.state.heads[-1] = replace(database.state.heads[-1], **change)  # type: ignore[arg-type]
        assert damage_of(sealing) == (701, "checkpoint")

    def test_a_content_that_is_gone_needs_an_erasure(self, log: LogBuilder) -> None:
        erased = LogBuilder()
        crates(erased, 3)
        erased.erase(3)
        assert sealer(stored(erased), erased).seal()
        database = stored(log)
        spoil(database, 3, content=None)
        assert damage_of(sealer(database, log)) == (3, "content")

    def test_history_is_the_operators_to_judge(self, log: LogBuilder) -> None:
        database = stored(log)
        sealing = sealer(database, log)
        database.tree.report_damage(Damage(4, "history", "2026-06-01T08:00:00.000Z"))
        with pytest.raises(Fatal, match="another history"):
            sealing.seal()
        with pytest.raises(Fatal, match="another history"):
            sealing.due(60.0)
        scrubber(database, log).mend()
        assert sealing.seal()
