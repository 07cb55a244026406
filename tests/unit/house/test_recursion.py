"""No library that we import makes deep nesting fatal."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from shared import ROOT

SOURCE = ROOT / "trace" / "suyuan"
FILES = sorted(SOURCE.rglob("*.py"))
LIFTING = {"eth_account", "py_ecc", "web3"}
"""What imports py_ecc, which lifts the limit."""
DEEP = """
import json, sys
import {module}
import eth_account, web3
try:
    json.loads("[" * 1_000_000)
except RecursionError:
    print("refused")
"""


@pytest.mark.parametrize("module", ["suyuan.adapters.chain", "suyuan.web.app"])
def test_deep_nesting_is_an_error_and_not_the_end(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DEEP.format(module=module)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "refused\n", f"exit {done.returncode}: {done.stderr}"


def names(file: Path) -> set[str]:
    """What a file imports, and from where."""
    tree = ast.parse(file.read_bytes())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_whoever_imports_what_lifts_the_limit_takes_that_back() -> None:
    lifting = [one for one in FILES if {name.split(".")[0] for name in names(one)} & LIFTING]
    assert len(lifting) > 4
    # adapters.rpc imports it in its turn.
    back = {"suyuan.adapters.elliptic", "suyuan.adapters.rpc"}
    assert [
        one.name for one in lifting if one.name != "elliptic.py" and not names(one) & back
    ] == []
    assert "suyuan.adapters.elliptic" in names(SOURCE / "adapters" / "rpc.py")


def test_no_service_begins_before_the_limit_was_taken_back() -> None:
    """Or the limit would be lifted for a moment while strangers ask."""
    # Makes one, or a kind of them.
    made = re.compile(r" FastAPI\(|\(FastAPI\)")
    serving = [one for one in FILES if made.search(one.read_text(encoding="utf-8"))]
    assert {one.name for one in serving} >= {"app.py", "mirror.py", "witness.py"}
    assert [one.name for one in serving if "suyuan.adapters.elliptic" not in names(one)] == []
