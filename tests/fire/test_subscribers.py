"""Webhooks of a real service, among receivers that are dead, that drip, and that answer; and ``kill -9``
between what was sent and its acknowledgement."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from epcis_asking import event
from nodes import World, make_world

from suyuan.core.epcis.reading import read_events

pytestmark = pytest.mark.slow

TIMEOUT = 2.0
EVENTS = 30
KILLS = 3


class Good:
    """A receiver that answers, and notes what came, when, and under which number."""

    def __init__(self) -> None:
        self.came: list[tuple[float, str, list[str]]] = []
        self.before: Callable[[], None] = lambda: None
        """Done when a delivery was noted, before it is answered."""

    def lots(self) -> list[str]:
        """In the order of their first coming."""
        return list(dict.fromkeys(lot for _, _, lots in self.came for lot in lots))

    @contextmanager
    def listening(self) -> Iterator[str]:
        good = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                events = read_events(body).events
                lots = [one["quantityList"][0]["epcClass"][-3:] for one in events]
                good.came.append((time.monotonic(), self.headers["Idempotency-Key"], lots))
                good.before()
                with contextlib.suppress(OSError):  # nobody may be there any more
                    self.send_response(204)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextmanager
def bad(says: bytes) -> Iterator[tuple[str, list[int]]]:
    """A receiver that takes all who come and says no more than a byte at a time, if anything; and how
    many have come."""
    count, stop = [0], threading.Event()
    connections: list[socket.socket] = []

    def serve() -> None:
        while not stop.is_set():
            if select.select([server], [], [], 0.1)[0]:
                connections.append(server.accept()[0])
                count[0] += 1
            for each in list(connections):
                try:
                    each.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        each.recv(1 << 20)
                    each.send(says)
                except OSError:
                    each.close()
                    connections.remove(each)

    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", count
        finally:
            stop.set()
            thread.join()
            for each in connections:
                each.close()


class Service:
    """`suyuan serve` over a world's folder, in a process that may be killed."""

    def __init__(self, folder: Path, hosts: list[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._env = {
            **os.environ,
            "SUYUAN_DATA_DIR": str(folder),
            "SUYUAN_ORIGIN": "node.example/log",
            "SUYUAN_URI_BASE": "https://node.example/",
            "SUYUAN_PORT": str(self.port),
            "SUYUAN_OUTGOING_HOSTS": json.dumps(hosts),
            "SUYUAN_OUTGOING_TIMEOUT": str(TIMEOUT),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        run = "from suyuan.cli.main import app; app()"
        self.process = subprocess.Popen([sys.executable, "-c", run, "serve"], env=self._env)
        until(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz") as answer:
            return bool(answer.status == 200)
        return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def post(self, path: str, body: Any, head: dict[str, str]) -> None:
        request = urllib.request.Request(
            f"{self.url}{path}",
            json.dumps(body).encode(),
            {**head, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 201


def until(done: Callable[[], bool]) -> None:
    for _ in range(6000):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("not within two minutes")


def subscribe(world: World, who: str, url: str, count: int = 1) -> None:
    head = world.head(who)
    world.client.post("/queries", json={"name": "all", "query": {}}, headers=head)
    for number in range(count):
        body = {"dest": f"{url}/{number}", "stream": True}
        answer = world.client.post("/queries/all/subscriptions", json=body, headers=head)
        assert answer.status_code == 201, answer.text


def test_a_good_receiver_among_dead_ones_and_a_service_that_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = Good()
    with (
        good.listening() as ours,
        bad(b"") as (dead, called),
        bad(b"H") as (dripping, dripped),
    ):
        hosts = [ours, dead, dripping]
        world = make_world(tmp_path / "node", outgoing_hosts=hosts)
        for who, url, count in (
            ("other", dripping, 40), ("other", dead, 60), ("bureau", dead, 30),
            ("coop", dead, 1), ("coop", dripping, 1), ("coop", ours, 1),
        ):  # fmt: skip
            subscribe(world, who, url, count)
        service = Service(tmp_path / "node", hosts)
        service.start()
        waits = _recorded(service, world, good, "A", EVENTS)
        # All those that are dead were tried meanwhile, or are being tried: they kept nobody.
        assert called[0] > 1
        assert dripped[0] > 1
        doubles = 0
        for number in range(KILLS):
            doubles += _killed(service, world, good, number)
        assert service.stop() == -signal.SIGTERM  # uvicorn ends in order, then as it was told
        failing = world.node.database.subscriptions.list(world.org("coop"), None)
        world.node.close()
    assert doubles == KILLS
    assert sorted(one.failures > 0 for one in failing) == [False, True, True]
    with capsys.disabled():
        print(
            f"\na good receiver beside {called[0]} calls of dead ones and {dripped[0]} of those that "
            f"drip: told after {statistics.median(waits):.2f} s in the median, {max(waits):.2f} s at "
            f"most, of {len(waits)} events; {doubles} of {KILLS} deliveries came again after kill -9"
        )


def _recorded(service: Service, world: World, good: Good, letter: str, count: int) -> list[float]:
    """Record events one after the other; how long each took until it was received."""
    wanted = [f"{letter}{number:02}" for number in range(count)]
    began: dict[str, float] = {}
    for lot in wanted:
        began[lot] = time.monotonic()
        service.post("/events", event(lot), world.head("coop"))
        time.sleep(0.2)
    until(lambda: set(wanted) <= set(good.lots()))
    found = [lot for lot in good.lots() if lot in wanted]
    assert found == wanted, "in the order of recording"
    first: dict[str, float] = {}
    for moment, _, lots in good.came:
        for lot in lots:
            first.setdefault(lot, moment)
    return [first[lot] - began[lot] for lot in wanted]


def _killed(service: Service, world: World, good: Good, number: int) -> int:
    """Kill the service when a delivery has arrived and is not answered yet; it comes again, the same
    under the same number, and what was recorded after it follows."""
    dead = threading.Event()

    def kill() -> None:
        if not dead.is_set():
            service.kill()
            dead.set()

    before = len(good.came)
    good.before = kill
    lots = [f"K{number}{part}" for part in range(3)]
    service.post("/events", event(lots[0]), world.head("coop"))
    assert dead.wait(60)
    service.start()
    for lot in lots[1:]:
        service.post("/events", event(lot), world.head("coop"))
    until(lambda: set(lots) <= set(good.lots()))
    came = [(key, found) for _, key, found in good.came[before:]]
    assert came[0] == came[1], "the same again"
    told = [lot for key, found in dict(came).items() for lot in found]
    assert told == lots, "each once where doubles are left out by their number, in order"
    return len(came) - len(dict(came))
