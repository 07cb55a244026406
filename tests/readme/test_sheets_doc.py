"""The commands of docs/sheets.md, on the demo's season: tables in, lists and the archive out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from nodes import BASE, play, settings
from openpyxl import load_workbook
from readme.test_readme import BLOCK, PATIENCE, path
from shared import ROOT

from suyuan.bootstrap import create_node
from suyuan.found import found_chain
from suyuan_devnet import Devnet


@pytest.mark.chain
def test_what_the_page_says_reads_in_and_saves(tmp_path: Path) -> None:
    # The service seals by itself.
    commands = "suyuan seal\n".join(
        BLOCK.findall((ROOT / "docs" / "sheets.md").read_text(encoding="utf-8"))
    )
    assert len(re.findall(r"^suyuan (farm|policy|person)", commands, re.MULTILINE)) == 11
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    with Devnet(tmp_path / "chain") as chain:
        given = settings(tmp_path / ".suyuan", rpc_urls=[chain.rpc_url], confirmations=1)
        with contextlib.closing(create_node(given)) as node:
            play(node, tmp_path)
            found_chain(node, chain.rpc_url)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
        environment |= {
            "PATH": path(),
            "LANG": "C.UTF-8",
            "COOP": f"{BASE}org/coop",
            "SUYUAN_ORIGIN": "node.example/log",
            "SUYUAN_URI_BASE": BASE,
            "SUYUAN_RPC_URLS": f'["{chain.rpc_url}"]',
        }
        done = subprocess.run(
            [
                "bash",
                "-euxo",
                "pipefail",
                "-c",
                commands.replace("suyuan policy", "suyuan seal\nsuyuan policy"),
            ],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = re.findall(r"^\{\n.*?^\}", done.stdout, re.DOTALL | re.MULTILINE)
    told = [one for one in map(json.loads, found) if "new" in one]
    assert [(one["new"], one["there"]) for one in told] == [(2, 0), (0, 2), (3, 0), (3, 0)]
    rows = list(load_workbook(tmp_path / "records.xlsx").worksheets[0].values)
    assert any("蚜虫" in str(row) for row in rows)
    assert "KSJ-0512" in (tmp_path / "balance.csv").read_text(encoding="utf-8-sig")
    assert load_workbook(tmp_path / "book.xlsx").sheetnames
