"""What is killed: services, the devnet, PostgreSQL; and a small disk that runs full."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import postgres

from suyuan_devnet import Devnet
from suyuan_devnet.errors import DevnetError

TESTS = Path(__file__).resolve().parents[1]


class Victim:
    """One service process (fire/victim.py), started again and again on the same port."""

    def __init__(
        self, name: str, order: dict[str, Any], arrived: queue.Queue[tuple[Victim, str]], log: Path
    ) -> None:
        self.name, self.arrived = name, arrived
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.order = {**order, "port": self.port, "clock": 0.0}
        self.faults: Counter[str] = Counter()
        self.crashes: list[str] = []
        self.pid = 0
        self._ended = threading.Event()
        self._begun = threading.Event()
        self._up = threading.Event()
        self._changing = threading.Lock()
        self._wanted, self._starts = False, 0
        self.restarts: list[float] = []
        """Seconds from each start until it answered."""
        self._telling = threading.Lock()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("victim.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                env={**os.environ, "PYTHONPATH": str(TESTS)},
            )
        self._reader = threading.Thread(target=self._hear, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Have it start; ``wait`` says when it is up. One that ends by itself, for its database is
        down, starts again a moment later, as a supervisor would have it."""
        self._starts += 1
        self._begin()
        given = time.monotonic(), self._starts
        threading.Thread(target=self._rise, args=given, daemon=True).start()

    def wait(self, seconds: float = 90.0) -> None:
        if not self._up.wait(seconds):
            raise TimeoutError(f"service {self.name} does not come up: {self.crashes[-1:]}")

    def _begin(self) -> None:
        self._begun.clear()
        self._ended.clear()
        self._wanted = True
        self.order["seed"] += 1
        self._tell(self.order)
        self._begun.wait()

    def _rise(self, began: float, start: int) -> None:
        while self._wanted and start == self._starts:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                self.restarts.append(time.monotonic() - began)
                self._up.set()
                return
            time.sleep(0.02)
            with self._changing:
                if self._wanted and start == self._starts and self._ended.is_set():
                    time.sleep(0.2)
                    self._begin()

    def kill(self) -> bool:
        """False if it had ended by itself."""
        with self._changing:
            self._wanted = False
            self._up.clear()
            if self._ended.is_set():
                return False
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._ended.wait()
            return True

    def stop(self) -> None:
        """End it in order."""
        self.wait()
        self._wanted = False
        os.kill(self.pid, signal.SIGTERM)
        if not self._ended.wait(60):
            raise TimeoutError(f"service {self.name} does not end")

    def close(self) -> None:
        if self._begun.is_set():
            self.kill()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._reader.join(30)
        self._process.stdout.close()

    def arm(self, gap: str, passes: int) -> None:
        self._tell({"arm": gap, "passes": passes})

    def go(self) -> None:
        self._tell({"go": True})

    def clock(self, ahead: float) -> None:
        """Let its clock jump: so many seconds ahead of the machine's."""
        self.order["clock"] = ahead
        self._tell({"clock": ahead})

    def _tell(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with self._telling:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            match word:
                case "pid":
                    self.pid = int(rest)
                    self._begun.set()
                case "gap":
                    self.arrived.put((self, json.loads(rest)))
                case "fault":
                    self.faults[json.loads(rest)] += 1
                case "crash":
                    self.crashes.append(rest)
                case "end":
                    self._ended.set()


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


class Postgres:
    """A server of its own. Half of the kills take one of its processes, half all of them."""

    def __init__(self, folder: Path, draw: Random) -> None:
        found = postgres.binaries()
        assert found is not None
        self._binaries, self._folder, self._draw = found, folder, draw
        self.url = f"postgresql+psycopg://suyuan@/postgres?host={folder}"
        self.server = postgres.start(found, folder)

    def kill(self) -> None:
        of_server = children(self.server.pid)
        if of_server and self._draw.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(self._draw.choice(of_server), signal.SIGKILL)
            return
        for pid in (self.server.pid, *of_server):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.wait()

    def start(self) -> None:
        """Back if it is gone: where its processes need a moment to end, it is tried again."""
        for attempt in range(100):
            if self.server.poll() is None:
                return
            try:
                self.server = postgres.start(self._binaries, self._folder)
            except AssertionError:
                if attempt == 99:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(60)


class Chain:
    """A devnet. Half of the kills take the node, half its keeper (and the node with it)."""

    def __init__(self, folder: Path, draw: Random) -> None:
        self._draw = draw
        self.net = Devnet(folder, state_interval=0.3).start()

    @property
    def url(self) -> str:
        return self.net.rpc_url

    def kill(self) -> None:
        pid = self.net.pid if self._draw.random() < 0.5 else self.net.anvil_pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        while self.net.running:
            time.sleep(0.01)

    def start(self) -> None:
        for attempt in range(20):
            try:
                self.net.start()
                return
            except DevnetError:
                if attempt == 19:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        self.net.stop()


class SmallDisk:
    """A file system of a few hundred MB in memory, that ``full`` leaves no byte of.

    ``there`` is False where this machine does not let us mount one; then the folder is an ordinary one.
    """

    def __init__(self, folder: Path, size: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", str(folder)],
            check=False,
            capture_output=True,
        )
        self.there = mounted.returncode == 0

    @contextmanager
    def full(self) -> Iterator[None]:
        """While this lasts, every write that needs room is answered ENOSPC."""
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65536))
        try:
            yield
        finally:
            ballast.unlink()

    def close(self) -> None:
        if self.there:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)
