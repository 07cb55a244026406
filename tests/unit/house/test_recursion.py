"""No library that we import makes deep nesting fatal."""

from __future__ import annotations

import subprocess
import sys

import pytest

DEEP = """
import json, sys
import {module}
import eth_account, web3
try:
    json.loads("[" * 1_000_000)
except RecursionError:
    print("refused")
"""


@pytest.mark.parametrize("module", ["suyuan.cli.main", "suyuan.web.app"])
def test_deep_nesting_is_an_error_and_not_the_end(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DEEP.format(module=module)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "refused\n", f"exit {done.returncode}: {done.stderr}"
