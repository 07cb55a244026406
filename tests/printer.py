"""A label printer on loopback: speaks TSPL, runs out of paper, dies, keeps what it printed."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field

from PIL import Image

_BITMAP = re.compile(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,")


@dataclass
class Printer:
    """``paper``: labels left (None: any number). ``dies_after``: labels until it is gone."""

    paper: int | None = None
    dies_after: int | None = None
    silent: bool = False
    printed: list[Image.Image] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def load(self, count: int | None) -> None:
        """Put in a roll."""
        with self._lock:
            self.paper = count
            self._lock.notify_all()

    def close(self) -> None:
        self._open = False
        # Closing alone would leave the one open that waits in accept.
        with contextlib.suppress(OSError):  # a test that pulled the plug has closed it already
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while self._open:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        """A reader that answers at once, and a printer behind it that takes its time."""
        queue: list[Image.Image] = []
        ended = threading.Event()
        worker = threading.Thread(target=self._print, args=(line, queue, ended), daemon=True)
        worker.start()
        data, picture = b"", b""
        size = (0, 0)
        with line:
            while True:
                try:
                    more = line.recv(65_536)
                except OSError:
                    break
                if not more:
                    break
                data += more
                while True:
                    if data.startswith(b"\x1b!?"):
                        data = data[3:]
                        if not self.silent:
                            try:
                                line.sendall(self._state(queue))
                            except OSError:
                                break
                        continue
                    head = _BITMAP.match(data)
                    if head is not None:
                        stride, rows = int(head[3]), int(head[4])
                        if len(data) < head.end() + stride * rows + 2:
                            break
                        picture = data[head.end() : head.end() + stride * rows]
                        size = stride * 8, rows
                        data = data[head.end() + stride * rows + 2 :]
                        continue
                    if data.startswith(b"BITMAP") or b"\r\n" not in data:
                        break
                    command, _, data = data.partition(b"\r\n")
                    if command.startswith(b"PRINT"):
                        with self._lock:
                            queue.append(Image.frombytes("1", size, picture).convert("L"))
                            self._lock.notify_all()
        ended.set()
        with self._lock:
            self._lock.notify_all()

    def _state(self, queue: list[Image.Image]) -> bytes:
        with self._lock:
            if queue and self.paper == 0:
                return b"\x04"
            return b"\x20" if queue else b"\x04" if self.paper == 0 else b"\x00"

    def _print(self, line: socket.socket, queue: list[Image.Image], ended: threading.Event) -> None:
        while True:
            with self._lock:
                while not ended.is_set() and (not queue or self.paper == 0):
                    self._lock.wait(1)
                if not queue or self.paper == 0:
                    return  # switched off, and with it what it had in memory
                if self.dies_after is not None and len(self.printed) >= self.dies_after:
                    queue.clear()
                    line.shutdown(socket.SHUT_RDWR)
                    return
                self.printed.append(queue.pop(0))
                if self.paper is not None:
                    self.paper -= 1
