"""Every command of the README runs, in its order, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared import ROOT

PATIENCE = 1800.0
"""Seconds until commands count as hanging: some minutes on a machine that has much else to do."""
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
MAKE = re.compile(r"^    make ([a-z]+) ", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    yield tmp_path
    environment = {**os.environ, "PATH": path()}
    subprocess.run(
        ["suyuan-devnet", "stop", "--data", "chain"], cwd=tmp_path, env=environment, check=False
    )


def path() -> str:
    """The programs of the environment that the tests run in come first."""
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


@pytest.mark.chain
def test_the_commands_of_the_readme_run_in_order(folder: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = "\n".join(BLOCK.findall(text))
    assert commands.count("suyuan ") > 15
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
    environment |= {"PATH": path(), "LANG": "C.UTF-8"}
    if "SUYUAN_ANVIL" in os.environ:
        environment["SUYUAN_ANVIL"] = os.environ["SUYUAN_ANVIL"]
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "verified" in done.stdout
    assert "complete: yes" in done.stdout
    assert "nothing differs" in done.stdout
    assert (folder / "lot.pdf").read_bytes().startswith(b"%PDF")
    assert len(list((folder / "stickers").glob("*.png"))) == 1
    status = json.loads(re.findall(r"^\{\n.*?^\}", done.stdout, re.DOTALL | re.MULTILINE)[-1])
    assert status["anchored"] == status["sealed"] == status["records"]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_targets_and_files_that_the_readme_names_are_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = MAKE.findall(text)
    assert targets == ["demo", "test"]
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in LINK.findall(text):
        assert (ROOT / link).exists(), link
