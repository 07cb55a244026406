"""The commands of docs/codes.md, one after the other: a county office and a cooperative."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from brand_world import PRODUCT, caller, template
from nodes import BASE, GTIN, World, settings
from readme.test_readme import BLOCK, path
from shared import ROOT

READER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}


def test_what_the_page_says_is_done(world: World, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    commands = [
        line.strip()
        for block in BLOCK.findall(page)
        for line in block.splitlines()
        if line.strip().startswith("suyuan ")
    ]
    assert len(commands) == 12
    node = world.node
    product = {
        "id": PRODUCT,
        "type": "Product",
        "name": "x",
        "suyuan:netWeight": {"value": 0.5, "uom": "KGM"},
        "suyuan:indication": f"{BASE.rstrip('/')}/brand/hickory",
    }
    node.masters.record(caller(world, "coop"), [("", product)])
    template(world)
    folder = settings(node.settings.data_dir).data_dir
    names = {
        "BASE": BASE.rstrip("/"), "COOP": world.org("coop"), "OFFICE": world.org("bureau"),
    }  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
    environment |= {
        "PATH": path(), "LANG": "C.UTF-8", "SUYUAN_DATA_DIR": str(folder), "SUYUAN_URI_BASE": BASE,
        "SUYUAN_ORIGIN": node.settings.origin,
    }  # fmt: skip

    def run(line: str) -> Any:
        command = re.sub(r"\$([A-Z]+)", lambda found: names[found[1]], line)
        done = subprocess.run(
            shlex.split(command), env=environment, cwd=tmp_path, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    told: dict[str, str] = {}
    for line in commands:
        if " codes cases " in line:
            serial = node.database.log.serials_of(int(names["RECORD"]))[0].serial
            world.client.get(f"/p/01/{GTIN}/10/L-1/21/{serial}", headers=READER)
            node.scans.flush()
        told[" ".join(line.split()[1:3])] = out = run(line)
        if " brand apply " in line:
            names["AUTHORISATION"] = json.loads(out)["authorisation"]
        elif " codes issue " in line:
            names["RECORD"] = str(json.loads(out)["index"])
        elif " codes cases " in line:
            names["CASE"] = json.loads(out)["id"]
    ledger = json.loads(told["brand ledger"])
    assert (ledger["ceiling"]["packs"], ledger["left"]) == (1000, 1000)
    shown = json.loads(told["codes show"])
    assert shown["sums"] == {
        "issued": 900, "waiting": 300, "active": 489, "returned": 100, "voided": 11, "used": 789,
    }  # fmt: skip
    assert json.loads(told["codes close"])["state"] == "closed"
