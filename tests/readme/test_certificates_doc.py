"""The commands of docs/certificates.md, on a season of tea leaves: issued, printed, released, voided."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from certified import LOT, grown
from nodes import BASE, make_world
from readme.test_readme import BLOCK, LINK, PATIENCE, path
from shared import ROOT

PAGE = ROOT / "docs" / "certificates.md"


def test_what_the_page_says_is_done(tmp_path: Path) -> None:
    commands = "\n".join(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    assert len(re.findall(r"^suyuan ", commands, re.MULTILINE)) == 10
    world = make_world(tmp_path / ".suyuan")
    grown(world)
    world.node.close()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
    environment |= {
        "PATH": path(),
        "LANG": "C.UTF-8",
        "LOT": LOT,
        "COOP": f"{BASE}org/coop",
        "SUYUAN_ORIGIN": "node.example/log",
        "SUYUAN_URI_BASE": BASE,
        "SUYUAN_PUBLIC_URL": "https://trace.example.cn",
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
    found = re.findall(r"^\{\n.*?^\}", done.stdout, re.DOTALL | re.MULTILINE)
    told = [json.loads(one) for one in found]
    assert [one["state"] for one in told if "says" in one] == ["valid", "voided"]
    assert [one["origin"]["state"] for one in told if "origin" in one] == ["closed", "open"]
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "label.zpl").read_bytes().startswith(b"^XA")
    assert "13812345678" not in done.stdout
    assert "https://trace.example.cn/desk/check-in/link/" in done.stdout


def test_its_links_lead_somewhere() -> None:
    for target in LINK.findall(PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
