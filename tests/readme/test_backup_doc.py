"""The commands of docs/backup.md, on the demo's season: backed up, lost, put back, audited."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from nodes import BASE, play, settings
from readme.test_readme import BLOCK, PATIENCE, path
from shared import ROOT

from suyuan.bootstrap import create_node
from suyuan.found import found_chain
from suyuan_devnet import Devnet


@pytest.mark.chain
def test_what_the_page_says_brings_everything_back(tmp_path: Path) -> None:
    commands = "\n".join(BLOCK.findall((ROOT / "docs" / "backup.md").read_text(encoding="utf-8")))
    assert len(re.findall(r"^suyuan ", commands, re.MULTILINE)) == 4
    (tmp_path / "passphrase").write_text("correct horse battery\n")
    with Devnet(tmp_path / "chain") as chain:
        given = settings(tmp_path / ".suyuan", rpc_urls=[chain.rpc_url], confirmations=1)
        with contextlib.closing(create_node(given)) as node:
            play(node, tmp_path)
            found_chain(node, chain.rpc_url)
            for _ in range(20):
                if node.anchorer().step().state == "final":
                    break
            size = node.database.log.tail().size
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
        environment |= {
            "PATH": path(),
            "LANG": "C.UTF-8",
            "SUYUAN_ORIGIN": "node.example/log",
            "SUYUAN_URI_BASE": BASE,
            "SUYUAN_RPC_URLS": f'["{chain.rpc_url}"]',
            "SUYUAN_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        }
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", commands],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert f"the contract knows of {size} records; all of them are here" in done.stdout
    assert "nothing differs" in done.stdout
    assert "all is whole" in done.stdout
