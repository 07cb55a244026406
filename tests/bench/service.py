"""The service as a process of its own on one core, and readers of it on another."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import world
from bench.context import TESTS


@dataclass(frozen=True, slots=True)
class Service:
    """A running `suyuan serve`."""

    url: str
    pid: int

    def get(self, path: str, accept: str = "text/html, */*;q=0.5") -> bytes:
        """Body of a GET; RuntimeError unless the answer is a good one."""
        request = urllib.request.Request(self.url + path, headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as problem:
            raise RuntimeError(f"{path}: {problem.code}") from None

    def kill(self) -> None:
        """End it at once, as a power cut does (SIGKILL)."""
        os.kill(self.pid, signal.SIGKILL)

    def seconds(self) -> float:
        """Time that its threads spent on a core so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path, **more: Any) -> Iterator[Service]:
    """Serve a node's folder on the first core until the block ends; settings may be given."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    wanted = world.settings(folder, port=port, workers=True, **more)
    names = ("data_dir", "origin", "uri_base", "public_url", "port", *more)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.served", "serve", "0"],
        env={
            **os.environ,
            "PYTHONPATH": str(TESTS),
            **{f"SUYUAN_{name.upper()}": _told(getattr(wanted, name)) for name in names},
        },
    )
    try:
        service = Service(f"http://127.0.0.1:{port}", process.pid)
        deadline = time.monotonic() + 60
        while True:
            try:
                service.get("/log/checkpoint", "*/*")
                break
            except (urllib.error.URLError, ConnectionError) as problem:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the service did not come up") from problem
                time.sleep(0.02)
        yield service
    finally:
        process.terminate()
        process.wait(30)


def _told(value: object) -> str:
    """A setting as the environment has it."""
    return json.dumps(value) if isinstance(value, list) else str(value)
