"""The Solidity tests, run by forge; and the gas figures, measured anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shared import ROOT, shared

from suyuan_devnet.anvil import find

pytestmark = pytest.mark.chain

SUITES = {
    "Consistency",
    "Extend",
    "ForgedHead",
    "Inclusion",
    "Invariant",
    "Open",
    "Owner",
    "Vectors",
}


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    """Test → its result, for every Solidity test."""
    # The compiler runs on the virtual environment's node where the machine has none.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [str(find("forge")), "test", "--json"],
        cwd=ROOT / "contracts",
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    suites = json.loads(done.stdout)
    return {
        f"{suite.split(':')[1].removesuffix('Test')}.{name.split('(')[0]}": result
        for suite, found in suites.items()
        for name, result in found["test_results"].items()
    }


def test_every_solidity_test_passes(results: dict[str, dict[str, Any]]) -> None:
    assert {name.split(".")[0] for name in results} == SUITES
    failed = {
        name: one["reason"]
        for name, one in results.items()
        if one["status"] != "Success" and not name.startswith("Vectors.")
    }
    assert not failed
    assert len(results) >= 59


def test_no_sequence_of_calls_breaks_the_contract(
    results: dict[str, dict[str, Any]], record_property: Any
) -> None:
    """Whatever anybody does in whatever order: the head is the model's, the past stays."""
    found = results["Invariant.invariant_theHeadIsTheModelsAndThePastStays"]
    told = found["kind"]["Invariant"]
    print(f"invariants: {told['runs']} runs, {told['calls']} calls, {told['reverts']} reverts")
    record_property("calls", told["calls"])
    assert found["status"] == "Success", found["reason"]
    assert told["calls"] >= 100_000
    assert told["reverts"] == 0


def test_the_open_vectors_agree(results: dict[str, dict[str, Any]]) -> None:
    vectors = {name: one for name, one in results.items() if name.startswith("Vectors.")}
    assert len(vectors) == 2
    assert all(one["status"] in ("Success", "Skipped") for one in vectors.values()), vectors
    shared("vectors", "tdev-merkle")
    assert all(one["status"] == "Success" for one in vectors.values()), vectors


def test_gas_is_as_committed_and_within_the_targets() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "contracts" / "gas.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
