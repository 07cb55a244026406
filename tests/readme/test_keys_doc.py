"""The commands of docs/keys.md, on the demo's season: every key is stolen once, and the log goes on."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from nodes import BASE, play, settings
from readme.test_readme import BLOCK, PATIENCE, path
from shared import ROOT

from suyuan.bootstrap import Node, create_node
from suyuan.core.visibility import PUBLIC
from suyuan.demo import season
from suyuan.found import found_chain
from suyuan_devnet import Devnet

ORIGIN = "trace.example.cn/log"
SUBJECT = season.lot(season.GTIN_PACK, season.LOT_GOOD)


@pytest.mark.chain
def test_what_the_page_says_is_done_and_all_still_holds(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "keys.md").read_text(encoding="utf-8"))
    commands = "\n".join(blocks)
    assert len(re.findall(r"^suyuan ", commands, re.MULTILINE)) == 17
    (tmp_path / "passphrase").write_text("correct horse battery\n")
    with Devnet(tmp_path / "chain") as chain:
        given = settings(
            tmp_path / ".suyuan", origin=ORIGIN, rpc_urls=[chain.rpc_url], confirmations=1
        )
        with contextlib.closing(create_node(given)) as node:
            play(node, tmp_path)
            found_chain(node, chain.rpc_url)
            for _ in range(20):
                if node.anchorer().step().state == "final":
                    break
            (tmp_path / "first.json").write_bytes(node.database.anchors.policies()[-1].policy)
            (tmp_path / "first.suyuan.json").write_bytes(bundle_of(node))
            admin = node.database.log.records([0])[0].owner
            coop = recorder_of(node)
            _, token = node.accounts.add_token(coop, "recorder", "stolen")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
        environment |= {
            "PATH": path(),
            "LANG": "C.UTF-8",
            "SUYUAN_ORIGIN": ORIGIN,
            "SUYUAN_URI_BASE": BASE,
            "SUYUAN_CONFIRMATIONS": "1",
            "SUYUAN_PORT": "9",
            "SUYUAN_RPC_URLS": f'["{chain.rpc_url}"]',
            "SUYUAN_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
            "COOP": coop,
            "ADMIN": admin,
            "TOKEN": token.id,
            "SINCE": "2026-09-01T08:00:00+08:00",
            "RPC": chain.rpc_url,
        }
        check = (
            'suyuan verify first.suyuan.json --policy first.json --rpc "$RPC"\n'
            f"suyuan bundle '{SUBJECT}' --output now.suyuan.json\n"
            'suyuan verify now.suyuan.json --policy policy.json --rpc "$RPC"\n'
            'suyuan audit --rpc "$RPC"\n'
        )
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", f"{commands}\n{check}suyuan status"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.count("complete: yes") == 2
    assert "nothing differs" in done.stdout
    status = json.loads(re.findall(r"^\{\n.*?^\}", done.stdout, re.DOTALL | re.MULTILINE)[-1])
    assert status["closed"]["successor"]
    assert status["anchored"] == status["sealed"] == status["records"]


def bundle_of(node: Node) -> bytes:
    return node.prover.bundle(PUBLIC, SUBJECT)


def recorder_of(node: Node) -> str:
    """An organisation whose recorder's key the node keeps."""
    return next(
        key.organisation for key in node.database.accounts.keys(None) if key.role == "recorder"
    )
