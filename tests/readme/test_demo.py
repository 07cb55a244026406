"""The program of `make demo`: a season, verified by a stranger, continued, ended without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.executable).with_name("suyuan")


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k == "SUYUAN_ANVIL" or "SUYUAN" not in k}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [str(PROGRAM), "demo", "--folder", str(folder / "demo"), "--port", "0"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )


def facts(folder: Path, demo: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What the demo wrote last, once it has."""
    path = folder / "demo" / "demo.json"
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if path.exists() and (found := json.loads(path.read_bytes()))["pid"] == demo.pid:
            return dict(found)
        assert demo.poll() is None, (folder / "log").read_text(encoding="utf-8")
        time.sleep(0.2)
    raise AssertionError((folder / "log").read_text(encoding="utf-8"))


def end(demo: subprocess.Popen[bytes], number: signal.Signals) -> None:
    demo.send_signal(number)
    demo.wait(60)


def running(folder: Path) -> list[str]:
    """Command lines of processes that belong to this demo."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder / "demo") in line:
            found.append(line)
    return found


@pytest.mark.chain
def test_the_season_is_played_once_and_proved_to_a_stranger(tmp_path: Path) -> None:
    demo = start(tmp_path)
    try:
        told = facts(tmp_path, demo)
        assert set(told) == {
            "pageUrl", "lotUrl", "bundle", "policy", "rpcUrl", "labelSheet", "txHash", "pid",
        }  # fmt: skip
        for url in (told["pageUrl"], told["lotUrl"]):
            with urllib.request.urlopen(url, timeout=30) as answer:
                assert answer.status == 200
                assert "云岭" in answer.read().decode()
        words = ["verify", told["bundle"], "--policy", told["policy"], "--subject", told["pageUrl"]]
        verified = subprocess.run(
            [str(PROGRAM), *words, "--rpc", told["rpcUrl"], "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stdout + verified.stderr
        report = json.loads(verified.stdout)
        assert (report["verdict"], report["complete"]) == ("verified", "yes")
        assert (report["hidden"], report["erased"], report["testChain"]) == (0, 0, True)
        regulators = json.loads((tmp_path / "demo" / "pack.regulator.suyuan.json").read_bytes())
        public = json.loads(Path(told["bundle"]).read_bytes())
        assert any(r["disclosures"] for r in regulators["records"])
        assert not any(r["disclosures"] for r in public["records"])
        assert Path(told["labelSheet"]).read_bytes().startswith(b"%PDF")
    finally:
        end(demo, signal.SIGTERM)
    assert running(tmp_path) == []
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "proves nothing against whoever runs it" in said
    assert "{" not in said
    logged = (tmp_path / "demo" / "service.log").read_text(encoding="utf-8").splitlines()
    assert "policy in force" in {json.loads(line)["event"] for line in logged}

    again = start(tmp_path)
    try:
        assert facts(tmp_path, again)["pageUrl"] == told["pageUrl"]
        with urllib.request.urlopen(
            told["pageUrl"].split("/01/")[0] + "/readyz", timeout=30
        ) as answer:
            assert json.loads(answer.read())["records"] == report["size"]
    finally:
        end(again, signal.SIGINT)
    assert running(tmp_path) == []
