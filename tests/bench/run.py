"""`make bench`: every figure that the project promises, beside what others need for the same.

    run.py [--quick] [--only NAME]…

One table, and the same with all runs in dist/bench.json. Exit 1 if a figure does not hold. Beside such a
figure stands how fast the machine was just then (bench/yardstick.py); that changes no verdict. The
first time it makes a log of a million records in .suyuan/bench (minutes, and about 5 GB).
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import context, figures, timing, yardstick

ROWS = (
    "capture", "hash", "hostile", "tree", "proofs", "query", "bundle", "audit", "gas", "pages", "scans",
    "memory", "rules", "trace", "desk", "labels", "anchored", "kill",
)  # fmt: skip


def main() -> int:
    """Measure what was asked for, row by row."""
    parser = argparse.ArgumentParser(description="Measure the figures that the project promises.")
    parser.add_argument("--quick", action="store_true", help="a little of each: does it work?")
    parser.add_argument(
        "--only", action="append", choices=ROWS, metavar="NAME", help=", ".join(ROWS)
    )
    parser.add_argument("--json", type=Path, default=context.ROOT / "dist" / "bench.json")
    asked = parser.parse_args()
    timing.pin()
    given = context.Context(asked.quick, context.References(install=not asked.quick))
    found: list[figures.Figure] = []
    for name in asked.only or ROWS:
        began = time.monotonic()
        before = yardstick.measured()
        rows = list(importlib.import_module(f"bench.row_{name}").measure(given))
        slower = (before + yardstick.measured()) / 2 / yardstick.GOALS_SET_AT
        found += [replace(row, slower=slower) for row in rows]
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(figures.table(found, judged=not asked.quick))
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    told = figures.as_json(found, quick=asked.quick)
    asked.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return 0 if asked.quick or all(f.goal.met(f.value) for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())
