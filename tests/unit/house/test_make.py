"""What the documents and CI tell people to run is there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from shared import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE))
DOCUMENTS = [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")]


def test_documented_targets_exist() -> None:
    told = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:^ {4}|`)make ([a-z-]+)", document.read_text(), re.MULTILINE)
    }
    assert {"demo", "test"} <= told
    assert told <= TARGETS


def test_every_target_is_phony() -> None:
    """A file of the same name would make a target silently do nothing."""
    declared = set(" ".join(re.findall(r"^\.PHONY:(.*)", MAKEFILE, re.MULTILINE)).split())
    assert declared == TARGETS


def test_ci_runs_the_test_target() -> None:
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    assert "make test" in run.read_text()


SCRIPTS = [ROOT / ".ci" / "run", *(p for p in sorted((ROOT / "scripts").iterdir()) if not p.suffix)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shell_script_parses_and_stops_at_an_error(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", path], check=True)
    assert "set -euo pipefail" in text
    assert os.access(path, os.X_OK)
