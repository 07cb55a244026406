"""Gas of extend, as contracts/gas.py measures it on the devnet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.context import ROOT, Context
from bench.figures import Figure, Goal, Reference

ATTESTED = Reference("EAS attests one event", 203_000)


def measure(context: Context) -> Iterator[Figure]:
    """Mean of 25 seeded sizes, each listed in the JSON."""
    if context.quick:
        told = "from the committed contracts/gas.json"
    else:
        command = [sys.executable, str(ROOT / "contracts/gas.py"), "--check"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        told = "measured anew, and to the unit what the committed contracts/gas.json says"
    figures = json.loads((ROOT / "contracts/gas.json").read_text())
    for kind, what in (("aligned", "multiples of 4,096"), ("unaligned", "any size")):
        rows = figures[kind]["sizes"]
        yield Figure(
            f"gas of extend by {figures['growth']:,}, {what}",
            "gas",
            [figures[kind]["mean"]],
            Goal(at_most=figures[kind]["target"]),
            (ATTESTED,),
            note=f"mean of {len(rows)} sizes, {told}",
            details={"sizes": rows},
        )
