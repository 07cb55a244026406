"""A short pass of `make torture` over each database; and what it counts by, it does notice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fire.crowd import Watcher
from fire.torture import GAPS, Report, Torture
from nodes import World
from parts import absent
from postgres import binaries

from suyuan.core.checkpoint import Checkpoint


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that PostgreSQL's own user gets to."""
    with tempfile.TemporaryDirectory(prefix="suyuan-torture-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def short(folder: Path, database: str, kills: int, capsys: pytest.CaptureFixture[str]) -> Report:
    with closing(Torture(folder, database, seed=1, writers=8)) as torture:
        report = torture.run(kills, minutes=5, disk_every=5)
        small_disk = torture.disk.there
    with capsys.disabled():
        print(f"\n{report}")
    assert not report.wrong
    assert (report.lost, report.doubled) == (0, 0)
    assert report.killed >= kills
    assert report.acknowledged
    assert report.recorded >= report.acknowledged
    assert report.seen > 1
    assert report.anchors > 1
    assert (report.disk_full > 0) == small_disk
    assert not report.bad
    return report


@pytest.mark.chain
@pytest.mark.slow
def test_sqlite(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = short(folder, "sqlite", 6, capsys)
    assert report.kills.keys() == {"service", "devnet"}


@pytest.mark.chain
@pytest.mark.postgres
@pytest.mark.slow
def test_two_services_on_postgresql(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if binaries() is None:
        absent("PostgreSQL")
    report = short(folder, "postgresql", 9, capsys)
    assert {part: sum(gaps.values()) >= 3 for part, gaps in report.kills.items()} == {
        "service": True, "devnet": True, "postgresql": True,
    }  # fmt: skip


def test_a_write_that_saw_too_few_kills_is_told() -> None:
    many = dict.fromkeys((gap for gap in GAPS if not gap.startswith("receipt")), 60)
    report = Report(
        "sqlite", 1, 1, 8, kills={"service": {**many, "receipt, seen and not written": 19}}
    )
    assert report.killed >= 300
    assert report.seldom == ["receipt"]
    assert report.bad
    assert "SELDOM: receipt, under 20 kills" in str(report)
    report.kills["service"]["receipt, seen and not written"] = 20
    assert not report.bad
    assert "all of it holds" in str(report)
    # A short pass is no reason: it is asked for to see that all runs.
    assert Report("sqlite", 1, 1, 8, kills={"service": {"anywhere": 9}}).seldom == []


def test_the_watcher_notices(world: World) -> None:
    """A checkpoint that falls behind another, and two of one size."""
    origin, signer = world.node.settings.origin, world.node.sealer.signer

    def note(size: int, root: bytes) -> str:
        return signer.sign(Checkpoint(origin, size, root).text())

    watcher = Watcher([], [signer.verifier], origin)
    for size in (3, 3, 5):
        watcher._take(note(size, bytes([size]) * 32))
    assert watcher.seen == {3: b"\3" * 32, 5: b"\5" * 32}
    assert not watcher.contradictions
    watcher._take(note(3, b"\3" * 32))
    watcher._take(note(5, bytes(32)))
    assert watcher.contradictions == ["3 was shown after 5", "two heads of size 5"]
