"""The benchmark runs, whatever its figures: a little of each row, and every goal has its row."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.figures import Figure, Goal, Reference, table
from shared import ROOT


@pytest.mark.slow
def test_every_row_runs(tmp_path: Path) -> None:
    told = tmp_path / "bench.json"
    command = [sys.executable, str(ROOT / "tests/bench/run.py"), "--quick", "--json", str(told)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(told.read_text())
    assert found["quick"]
    assert [figure["reach"] for figure in found["figures"] if figure["reach"]] == [
        "≥ 2,000", "≥ 8,000", "≤ 2.00", "≤ 200", "≥ 600,000", "≥ 2,000", "≥ 0.50",
        *["≤ 30.0"] * 6, "≤ 50.0", "≤ 60.0", "≤ 300",
        "≤ 400", "≤ 64,000", "≤ 80,000", "≥ 150", "≤ 100", "≤ 2.00", "≤ 60.0",
        "≤ 60.0",
        "≤ 300", "≤ 2.00", "≤ 2.00",
        "≤ 1.00", "≤ 1.00", "≤ 3.00", "≤ 5.00", "≤ 1.00", "≤ 100", "≤ 100", "≤ 20.0", "≤ 20.0",
        "≥ 500", "≥ 500", "≤ 5.00",
    ]  # fmt: skip
    assert all(figure["value"] > 0 for figure in found["figures"])


def test_the_table_says_what_does_not_hold() -> None:
    figures = [
        Figure("fast", "things/s", [1, 3, 2], Goal(at_least=2), (Reference("theirs", 1),)),
        Figure("slow", "s", [9, 8, 8], Goal(at_most=7), (Reference("theirs", None, "not set up"),)),
        Figure("crowded", "MB", [1], crowd=1.5),
    ]
    head, _, fast, slow, crowded, _, note = table(figures, judged=True).splitlines()
    assert head.split() == ["what", "figure", "reach", "reference", "ratio"]
    assert fast.split() == [
        "fast",
        "2.00",
        "things/s",
        "≥",
        "2.00",
        "holds",
        "theirs:",
        "1.00",
        "2.00",
    ]
    assert "DOES NOT HOLD" in slow
    assert slow.endswith("theirs: not set up")
    assert crowded.split() == ["crowded", "1.00", "MB"]
    assert "1.50 times" in note
    assert "HOLD" not in table(figures, judged=False)


def test_a_slow_machine_is_told_of_and_changes_no_verdict() -> None:
    def row(value: float, unit: str, slower: float) -> str:
        goal = Goal(at_most=7) if unit in ("s", "ms", "MB") else Goal(at_least=7)
        return table([Figure("row", unit, [value], goal, slower=slower)], judged=True)

    for told, scaled in ((row(8, "s", 1.6), "5.00 s"), (row(6, "things/s", 1.5), "9.00 things/s")):
        assert "DOES NOT HOLD" in told
        assert told.splitlines()[-1].endswith(f"without that it would be {scaled}")
    for told in (row(6, "s", 9), row(8, "things/s", 9), row(8, "MB", 9), row(8, "s", 0.5)):
        assert "without that" not in told
