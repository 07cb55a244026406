"""A mirror of a real service, and a mirror of the mirror, from the command line."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn
from nodes import made_up_policy, make_world, play, settings
from typer.testing import CliRunner

from suyuan.adapters.keys import Seal, read_secret, service_key
from suyuan.bootstrap import Node, create_node
from suyuan.cli.main import app
from suyuan.core.note import NoteSigner
from suyuan.web.app import create_app

PROGRAM = Path(sys.executable).with_name("suyuan")


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@contextmanager
def served(node: Node) -> Iterator[str]:
    """The service's address, on loopback."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(node, workers=False), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def test_a_service_and_its_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "en")
    policy, first, second = (tmp_path / name for name in ("policy", "first", "second"))
    with closing(create_node(settings(tmp_path / "node"))) as node:
        play(node, tmp_path)
        policy.write_bytes(made_up_policy(node))
        size = node.database.log.tail().size
        common = ["--policy", str(policy)]
        with served(node) as url:
            told = run("mirror", url, *common, "--data", str(first), "--once")
            assert told == f"{size} records are mirrored, {size} of them new; chain: not asked"
            told = run("mirror", url, *common, "--data", str(first), "--once")
            assert told == f"{size} records are mirrored, 0 of them new; chain: not asked"
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            command = [PROGRAM, "mirror", url, *common, "--data", first, "--port", str(port)]
            process = subprocess.Popen([*map(str, command)])
            try:
                mirrored = f"http://127.0.0.1:{port}"
                until = time.monotonic() + 60
                while True:
                    try:
                        assert (
                            requests.get(f"{mirrored}/readyz", timeout=60).json()["records"] == size
                        )
                        break
                    except requests.ConnectionError:
                        assert process.poll() is None
                        assert time.monotonic() < until
                        time.sleep(0.1)
                told = run("mirror", mirrored, *common, "--data", str(second), "--once")
                assert told.startswith(f"{size} records are mirrored, {size} of them new")
                for path in ("checkpoint", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"):
                    there = requests.get(f"{url}/log/{path}", timeout=60)
                    assert there.status_code == 200
                    here = requests.get(f"{mirrored}/log/{path}", timeout=60)
                    assert here.content == there.content
            finally:
                process.terminate()
                process.wait(20)
        told = run("mirror", url, *common, "--data", str(first), "--once", code=3)
        assert "does not answer" in told
    # Another log behind the same name and key: what it shows is not what was shown.
    with closing(make_world(tmp_path / "other").node) as node:
        seal = Seal(read_secret(None, tmp_path / "node"))
        seed = service_key(tmp_path / "node", seal, "log")
        node.sealer.signer = NoteSigner(node.settings.origin, seed)
        node.sealer.seal()
        with served(node) as url:
            told = run("mirror", url, *common, "--data", str(first), "--once", code=1)
            assert "not of the history" in told
            assert (first / "alarm").exists()
