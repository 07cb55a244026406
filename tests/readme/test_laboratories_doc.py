"""The commands of docs/laboratories.md and docs/reports.md, on a service that runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Served
from nodes import BASE, LOT, event, make_world
from readme.test_readme import BLOCK, PATIENCE, path
from shared import ROOT

LAB = "https://id.gs1.org/417/9521234000013"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    world = make_world(tmp_path / ".suyuan")
    assert world.client.post("/events", json=event(), headers=world.head("coop")).status_code == 201
    world.node.sealer.seal()
    served = Served(world)
    # Links name the service as it is reached.
    world.node.settings.public_url = served.url("")
    served.start()
    yield served
    served.stop()


def run(site: Served, folder: Path, page: str, **more: str) -> str:
    commands = "\n".join(BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")))
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples", dirs_exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
    environment |= {
        "PATH": path(),
        "LANG": "C.UTF-8",
        "SERVICE": site.url(""),
        "LOT": LOT,
        "SUYUAN_ORIGIN": "node.example/log",
        "SUYUAN_URI_BASE": BASE,
        **more,
    }
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_what_the_pages_say_registers_asks_signs_reports_and_answers(
    site: Served, tmp_path: Path
) -> None:
    world = site.world
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4 measured")
    tokens = {"ADMIN": world.tokens["admin"], "COOP": world.tokens["coop"]}
    told = run(site, tmp_path, "laboratories.md", LAB=LAB, **tokens)
    assert '"purpose": "test"' in told
    answered = [json.loads(one) for one in re.findall(r'\{\s*"indices":[^}]*\}', told)]
    assert [len(one["indices"]) for one in answered] == [2, 2, 1]
    for one in answered:
        for index in one["indices"]:
            assert world.node.database.log.records([index])[index].owner == LAB
    told = run(site, tmp_path, "reports.md", COOP_ID=world.org("coop"))
    assert json.loads(told[told.rindex("{") :])["outcome"] == "unfounded"
    assert json.loads((tmp_path / "evidence.suyuan.json").read_bytes())["subject"] == LOT
